package io.larch;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keeps the picture of the rooms true: imports run downwards only. */
class RoomsTest {
  /** Floors of the house from the roof down; rooms of one floor stand side by side. */
  private static final List<List<String>> FLOORS =
      List.of(
          List.of("cli"),
          List.of("chaos"),
          List.of("run"),
          List.of("cluster", "web", "simulate", "plan", "study"),
          List.of("coordinate"),
          List.of("reduce"),
          List.of("transport"),
          List.of("optim", "translate"),
          List.of("compute"),
          List.of("model"),
          List.of("data"),
          List.of("text"));

  private static final List<String> SIDE_ROOMS =
      List.of("config", "random", "record", "observe", "checkpoint");

  private static final JavaClasses LARCH =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages(RoomsTest.class.getPackageName());

  private static Stream<Integer> floors() {
    return IntStream.range(1, FLOORS.size()).boxed();
  }

  @ParameterizedTest
  @MethodSource("floors")
  void shouldImportDownwardsOnly(int floor) {
    String[] above = packages(FLOORS.subList(0, floor).stream().flatMap(List::stream));
    noClasses()
        .that(resideInAnyPackage(packages(FLOORS.get(floor).stream())))
        .should()
        .dependOnClassesThat(resideInAnyPackage(above))
        .allowEmptyShould(true)
        .check(LARCH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"config", "random", "record", "observe", "checkpoint"})
  void shouldKeepSideRoomsFreeOfMainRooms(String sideRoom) {
    noClasses()
        .that(resideInAPackage(room(sideRoom)))
        .should()
        .dependOnClassesThat(resideInAnyPackage(mainRooms()))
        .check(LARCH);
  }

  @Test
  void shouldLiveInKnownRooms() {
    classes()
        .should()
        .resideInAnyPackage(packages(Stream.concat(mainRoomNames(), SIDE_ROOMS.stream())))
        .check(LARCH);
  }

  @Test
  void shouldBeFreeOfCycles() {
    slices().matching("io.larch.(*)..").should().beFreeOfCycles().check(LARCH);
  }

  @Test
  void shouldUseAkkaOnlyInClusterAndWeb() {
    onlyIn("akka..", room("cluster"), room("web"));
  }

  @Test
  void shouldUseAeronOnlyInTransport() {
    onlyIn("io.aeron..", room("transport"));
  }

  @Test
  void shouldUseAgronaOnlyInTransport() {
    onlyIn("org.agrona..", room("transport"));
  }

  @Test
  void shouldKeepTransportFreeOfTraining() {
    noClasses()
        .that(resideInAPackage(room("transport")))
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                packages(Stream.of("compute", "model", "data", "checkpoint", "random"))))
        .check(LARCH);
  }

  @Test
  void shouldUseOneDnnOnlyInCompute() {
    onlyIn("org.bytedeco.dnnl..", room("compute"));
  }

  @Test
  void shouldDrawChartsOnlyInStudy() {
    onlyIn("org.jfree..", room("study"));
    onlyIn("org.apache.batik..", room("study"));
  }

  @Test
  void shouldUseOpenCvOnlyInData() {
    onlyIn("org.bytedeco.opencv..", room("data"));
  }

  @Test
  void shouldUseJavaCppOnlyInComputeAndData() {
    onlyIn("org.bytedeco..", room("compute"), room("data"));
  }

  private static void onlyIn(String library, String... homes) {
    noClasses()
        .that(not(resideInAnyPackage(homes)))
        .should()
        .dependOnClassesThat(resideInAPackage(library))
        .check(LARCH);
  }

  private static Stream<String> mainRoomNames() {
    return FLOORS.stream().flatMap(List::stream);
  }

  private static String[] mainRooms() {
    return packages(mainRoomNames());
  }

  private static String[] packages(Stream<String> rooms) {
    return rooms.map(RoomsTest::room).toArray(String[]::new);
  }

  private static String room(String name) {
    return RoomsTest.class.getPackageName() + "." + name + "..";
  }
}
