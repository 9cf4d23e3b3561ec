package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.RunSettings;
import io.larch.config.StudyFile;
import io.larch.config.StudySettings;
import io.larch.config.StudySettings.Pair;
import io.larch.model.Networks;
import io.larch.optim.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The study files and recipes that come along; their data need not be there. */
class ShippedStudiesTest {
  private static final Path FOLDER = Path.of("cluster-configs/studies");

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void shouldNameNetworksThatExist(Path file) {
    for (Pair pair : StudyFile.load(file, List.of()).pairs()) {
      RunSettings run = pair.candidates().get(0).repeats().get(0).run();
      String model = run.model().name();
      assertTrue(
          Networks.build(run.model(), Networks.usualInput(model), Networks.usualClasses(model))
                  .parameters()
              > 0);
      assertEquals(pair.batch(), run.globalBatch());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "goyal",
        "sgd-untuned",
        "sgd",
        "nesterov",
        "lars",
        "lars-outside",
        "larc",
        "lamb",
        "legw"
      })
  void shouldKnowTheRecipesOfTheField(String recipe) {
    StudySettings study =
        StudyFile.load(
            FOLDER.resolve("fashion-mnist.conf"), List.of("study.compare=[" + recipe + "]"));
    assertEquals(5, study.pairs().size(), "one a batch");
  }

  /** At 8,192 the linear rule takes 32 times the rate of 256, in the search as after it. */
  @Test
  void shouldSearchGoyalsRuleWithTheRateOfTheWholeSet() {
    StudySettings study = StudyFile.load(FOLDER.resolve("fashion-mnist.conf"), List.of());
    Pair pair =
        study.pairs().stream()
            .filter(p -> p.recipe().equals("goyal") && p.batch() == 8192)
            .findFirst()
            .orElseThrow();
    var highest = pair.candidates().get(3);
    assertEquals(0.1, highest.rate());
    RunSettings run = highest.repeats().get(0).run();
    RunSettings search = highest.search().run();
    double after = Schedule.of(run.schedule(), run.globalBatch(), 7.3, 147).peak();
    double before = Schedule.of(search.schedule(), search.globalBatch(), 7.3, 147).peak();
    assertEquals(3.2, after, 1e-12);
    assertEquals(after, before, 0.02 * after);
  }
}
