package io.larch.chaos;

import io.larch.run.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where a node keeps what its runs leave: a folder for each run. */
record Folder(Path path) {
  private static final String ASIDE = ".aside";

  /** A new one for the cluster. */
  static Folder temporary() {
    try {
      return new Folder(Files.createTempDirectory("larch-chaos"));
    } catch (IOException e) {
      throw failed("No folder can be made for checkpoints", e);
    }
  }

  /** One in it for a node. */
  Folder of(String node) {
    return new Folder(path.resolve(node));
  }

  /**
   * Does something while files stand in the places of the runs' folders: whoever writes there
   * fails, even a user who may do anything.
   */
  void whileBlocked(Runnable work) {
    List<Path> runs = entries(path, Files::isDirectory);
    runs.forEach(Folder::block);
    try {
      work.run();
    } finally {
      runs.forEach(Folder::giveBack);
    }
  }

  private static void block(Path run) {
    try {
      Files.move(run, aside(run));
      Files.createFile(run);
    } catch (IOException e) {
      throw failed(run + " cannot be moved aside", e);
    }
  }

  private static void giveBack(Path run) {
    try {
      Files.delete(run);
      Files.move(aside(run), run);
    } catch (IOException e) {
      throw failed(run + " cannot be put back", e);
    }
  }

  private static Path aside(Path run) {
    return run.resolveSibling(run.getFileName() + ASIDE);
  }

  /** The checkpoints of all runs. */
  Set<Path> checkpoints() {
    return entries(path, Files::isDirectory).stream()
        .flatMap(run -> entries(run, Folder::isCheckpoint).stream())
        .collect(Collectors.toSet());
  }

  private static boolean isCheckpoint(Path entry) {
    return entry.getFileName().toString().startsWith("step-");
  }

  private static List<Path> entries(Path folder, Predicate<Path> wanted) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(wanted).toList();
    } catch (IOException e) {
      throw failed(folder + " cannot be read", e);
    }
  }

  /** Removes it with all that is in it. */
  void remove() {
    try (Stream<Path> entries = Files.walk(path)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    } catch (IOException e) {
      throw failed(path + " cannot be removed", e);
    }
  }

  private static Failure failed(String what, IOException e) {
    return new Failure(Failure.Kind.FAILED, what + ": " + e + ".", e);
  }
}
