package io.larch.checkpoint;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointsTest {
  private static final long PLENTY = 1_000_000;

  private static final Map<String, List<String>> TEXTS =
      Map.of("a.txt", List.of("ä b", "", " c"), "empty.txt", List.of());

  @TempDir private Path temporary;
  private final List<String> warnings = new ArrayList<>();

  @Test
  void shouldReadBackWhatWasWritten() throws IOException {
    Path written = write(open(2), 12);
    assertEquals("step-00000012", written.getFileName().toString());

    Checkpoint read = Checkpoints.find(out(), warnings::add);

    assertHolds(12, read);
    assertEquals(Samples.position(12), read.position());
    assertEquals(Samples.RUN_CONF, Files.readString(read.runFile()));
    assertEquals(WeightsDigest.sha256(Samples.model(12)), read.weightsSha256());
    assertEquals(List.of(), warnings);
  }

  @Test
  void shouldWriteTheSameBytesTwice() throws IOException {
    Path first = write(Checkpoints.open(temporary.resolve("a"), 1), 3);
    Path second = write(Checkpoints.open(temporary.resolve("b"), 1), 3);
    for (Path file : files(first)) {
      assertEquals(-1, Files.mismatch(file, second.resolve(file.getFileName())), file.toString());
    }
  }

  @Test
  void shouldKeepTheLast() throws IOException {
    Checkpoints checkpoints = open(2);
    for (long step : new long[] {1, 2, 3, 10}) {
      write(checkpoints, step);
    }
    assertEquals(List.of("step-00000003", "step-00000010"), names(out()));
  }

  @Test
  void shouldReplaceACheckpointOfTheSameStep() throws IOException {
    Checkpoints checkpoints = open(2);
    Files.delete(write(checkpoints, 5).resolve(Checkpoint.MODEL));
    write(checkpoints, 5);
    assertHolds(5, Checkpoints.find(out(), warnings::add));
    assertEquals(List.of("step-00000005"), names(out()));
  }

  @Test
  void shouldNotRemoveWhatItJustWroteForADamagedLaterOne() throws IOException {
    Checkpoints checkpoints = open(1);
    Files.delete(write(checkpoints, 40).resolve(Checkpoint.MODEL));
    write(checkpoints, 35);
    assertHolds(35, checkpoints.newestValid(warnings::add).orElseThrow());
  }

  @Test
  void shouldNoticeEveryFlippedBitAndUseTheOneBefore() throws IOException {
    Checkpoints checkpoints = open(2);
    write(checkpoints, 1);
    for (Path file : files(write(checkpoints, 2))) {
      byte[] whole = Files.readAllBytes(file);
      for (int bit = 0; bit < whole.length * 8; bit += 11) {
        byte[] flipped = whole.clone();
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
        Files.write(file, flipped);
        assertFallsBack(checkpoints, file + ", bit " + bit);
      }
      Files.write(file, whole);
    }
    assertHolds(2, checkpoints.newestValid(warnings::add).orElseThrow());
  }

  @Test
  void shouldRefuseWeightsThatAreNotThoseOfTheirDigest() throws IOException {
    Path written = write(open(1), 1);
    Meta meta = Meta.read(written);
    Meta wrong = new Meta(meta.position(), WeightsDigest.sha256(Samples.model(2)), meta.files());
    Files.write(written.resolve(Meta.FILE), wrong.encode());
    Checkpoint checkpoint = Checkpoint.open(written);
    Refusal refusal = assertThrows(Refusal.class, checkpoint::weightsSha256);
    assertTrue(refusal.getMessage().contains(meta.weightsSha256()), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(wrong.weightsSha256()), refusal.getMessage());
  }

  @Test
  void shouldNoticeEveryCutFileAndUseTheOneBefore() throws IOException {
    Checkpoints checkpoints = open(2);
    write(checkpoints, 1);
    for (Path file : files(write(checkpoints, 2))) {
      byte[] whole = Files.readAllBytes(file);
      for (int length = 0; length < whole.length - 1; length++) {
        Files.write(file, Arrays.copyOf(whole, length));
        assertFallsBack(checkpoints, file + " cut at " + length);
      }
      Files.delete(file);
      assertFallsBack(checkpoints, file + " missing");
      Files.write(file, whole);
    }
  }

  private void assertFallsBack(Checkpoints checkpoints, String damage) throws IOException {
    warnings.clear();
    Checkpoint found = checkpoints.newestValid(warnings::add).orElseThrow();
    assertEquals(1, found.position().step(), damage);
    assertEquals(1, warnings.size(), damage);
    assertTrue(warnings.get(0).contains("step-00000002"), warnings.get(0));
  }

  @Test
  void shouldSurviveBeingKilledAtEveryPoint() throws IOException {
    MortalDisk counting = MortalDisk.killedAfter(PLENTY);
    write(Checkpoints.open(temporary.resolve("count"), 1, counting), 2);
    long operations = PLENTY - counting.left();

    for (long after = 0; after < operations; after++) {
      Path folder = temporary.resolve("killed-" + after);
      write(Checkpoints.open(folder, 1, MortalDisk.immortal()), 1);
      long limit = after;
      assertThrows(
          MortalDisk.Killed.class,
          () -> write(Checkpoints.open(folder, 1, MortalDisk.killedAfter(limit)), 2),
          "after " + after);

      Checkpoints reopened = Checkpoints.open(folder, 1, MortalDisk.immortal());
      Checkpoint survivor = reopened.newestValid(warnings::add).orElseThrow();
      assertHolds(survivor.position().step(), survivor);
      assertEquals(List.of(), warnings, "after " + after);
      write(reopened, 3);
      assertEquals(List.of("step-00000003"), names(folder), "after " + after);
    }
  }

  @Test
  void shouldOpenWhileOthersOpenAndOneWrites() throws IOException {
    Checkpoints keeper = open(1);
    Checkpoints.open(out(), 1, new SharedDisk(() -> open(1)));
    Checkpoints.open(out(), 1, new SharedDisk(() -> assertWrites(keeper, 1)));
    assertEquals(List.of("step-00000001"), names(out()));
  }

  @Test
  void shouldWriteWhileOthersOpen() throws IOException {
    Checkpoints keeper = Checkpoints.open(out(), 1, new SharedDisk(() -> open(1)));
    write(keeper, 1);
    write(keeper, 2);
    assertEquals(List.of("step-00000002"), names(out()));
    assertHolds(2, Checkpoints.find(out(), warnings::add));
  }

  private static void assertWrites(Checkpoints checkpoints, long step) {
    assertDoesNotThrow(() -> write(checkpoints, step));
  }

  @Test
  void shouldLeaveTheOldOneWhenTheDiskIsFull() throws IOException {
    write(open(1), 1);
    long bytes = 0;
    for (Path file : files(out().resolve("step-00000001"))) {
      bytes += Files.size(file);
    }
    for (long full = 0; full < bytes; full += 7) {
      Checkpoints checkpoints = Checkpoints.open(out(), 1, MortalDisk.fullAfter(full));
      CheckpointNotWritten error =
          assertThrows(CheckpointNotWritten.class, () -> write(checkpoints, 2));
      assertTrue(
          error.getMessage().matches(".*No space left on device.*needs \\d+ bytes and \\d+ are.*"),
          error.getMessage());
      assertEquals(List.of("step-00000001"), names(out()), "full after " + full);
    }
    assertHolds(1, Checkpoints.find(out(), warnings::add));
  }

  /** On a file system of 64 KiB where one can be mounted; elsewhere the test above must do. */
  @Test
  void shouldLeaveTheOldOneWhenARealDiskIsFull() throws Exception {
    Path mount = Files.createDirectory(temporary.resolve("tiny"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount.toString()),
        "no file system can be mounted here");
    try {
      Checkpoints checkpoints = Checkpoints.open(mount, 2);
      write(checkpoints, 1);
      List<NamedTensor> large = List.of(Samples.tensor("large", List.of(100_000), 0));
      assertThrows(
          CheckpointNotWritten.class,
          () ->
              checkpoints.write(Samples.position(2), Samples.RUN_CONF, Map.of(), large, List.of()));
      assertEquals(List.of("step-00000001"), names(mount));
      assertHolds(1, Checkpoints.find(mount, warnings::add));
    } finally {
      assertTrue(run("umount", mount.toString()));
    }
  }

  private static boolean run(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void shouldRefuseAFolderThatIsAFile() throws IOException {
    Files.writeString(out(), "a file");
    Refusal refusal = assertThrows(Refusal.class, () -> open(1));
    assertTrue(refusal.getMessage().contains(out().toString()), refusal.getMessage());
  }

  @Test
  void shouldRefuseAFolderThatCannotBeWritten() throws IOException {
    Path proc = Path.of("/proc/self/fdinfo");
    assumeTrue(Files.isDirectory(proc), "no folder here refuses root");
    assertThrows(Refusal.class, () -> Checkpoints.open(proc.resolve("out"), 1));
  }

  @Test
  void shouldRefuseTensorsOfAnotherNetwork() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(write(open(1), 1));
    assertEquals(TEXTS, checkpoint.texts());
    List<NamedTensor> other = List.of(Samples.tensor("fc.weight", List.of(2, 3), 0));
    Refusal names = assertThrows(Refusal.class, () -> checkpoint.readModel(other));
    assertTrue(names.getMessage().contains("[bn.running_mean, fc.bias]"), names.getMessage());

    List<NamedTensor> turned = List.of(Samples.tensor("velocity/fc.weight", List.of(3, 2), 0));
    Refusal shape = assertThrows(Refusal.class, () -> checkpoint.readOptimizer(turned));
    assertTrue(shape.getMessage().contains("[2, 3], the network has [3, 2]"), shape.getMessage());
  }

  @Test
  void shouldRefuseToMixANewRunWithAnEarlierOne() throws IOException {
    Checkpoints.refuseOccupied(out());
    Checkpoints checkpoints = open(1);
    Checkpoints.refuseOccupied(out());
    write(checkpoints, 7);
    Refusal refusal = assertThrows(Refusal.class, () -> Checkpoints.refuseOccupied(out()));
    assertTrue(refusal.getMessage().contains("step-00000007"), refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "step-00000009"})
  void shouldRefuseAPathWithoutCheckpoint(String below) throws IOException {
    Path path = Files.createDirectory(out()).resolve(below);
    assertThrows(Refusal.class, () -> Checkpoints.find(path, warnings::add));
  }

  @Test
  void shouldFindNothingInANewFolder() {
    assertFalse(open(1).newestValid(warnings::add).isPresent());
  }

  private void assertHolds(long step, Checkpoint checkpoint) throws IOException {
    List<NamedTensor> model = Samples.empty(Samples.model(step));
    checkpoint.readModel(model);
    assertEquals(Samples.model(step), model);
    List<NamedTensor> optimizer = Samples.empty(Samples.optimizer(step));
    checkpoint.readOptimizer(optimizer);
    assertEquals(Samples.optimizer(step), optimizer);
  }

  private static Path write(Checkpoints checkpoints, long step) throws CheckpointNotWritten {
    return checkpoints.write(
        Samples.position(step),
        Samples.RUN_CONF,
        TEXTS,
        Samples.model(step),
        Samples.optimizer(step));
  }

  private Checkpoints open(int keep) {
    return Checkpoints.open(out(), keep);
  }

  private Path out() {
    return temporary.resolve("out");
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static List<String> names(Path folder) throws IOException {
    return files(folder).stream().map(file -> file.getFileName().toString()).toList();
  }
}
