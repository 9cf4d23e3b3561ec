package io.larch.run;

import io.larch.observe.EventFile;
import io.larch.observe.RunHistory;
import io.larch.web.RunControl.PastRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The runs whose events lie in folders under an output folder. Where several nodes have written,
 * the longest record counts. What was read is kept while its run is in the list, and only what has
 * been added since is read again. Folders that cannot be read hold no runs. May be used from any
 * thread.
 */
final class PastRuns {
  private static final int MOST = 50;

  /** A file that was read up to a place. */
  private record Read(Path file, long end, RunHistory history) {}

  private final Path out;
  private final Map<String, Read> known = new HashMap<>();

  PastRuns(Path out) {
    this.out = out;
  }

  /** The newest first. */
  List<PastRun> list() {
    if (!Files.isDirectory(out)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(out)) {
      return folders
          .flatMap(folder -> longest(folder).map(file -> run(folder, file)).stream())
          .sorted(Comparator.comparingLong(PastRun::writtenMillis).reversed())
          .limit(MOST)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + out, e);
    }
  }

  private static PastRun run(Path folder, Path file) {
    return new PastRun(folder.getFileName().toString(), file.toFile().lastModified());
  }

  private static Optional<Path> longest(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches("events.*\\.jsonl"))
          .max(Comparator.comparingLong(file -> file.toFile().length()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** What a run told, in so many points a curve at most; nothing if it is not in the list. */
  synchronized Optional<RunHistory.View> read(String name, int points) {
    List<String> listed = list().stream().map(PastRun::name).toList();
    known.keySet().retainAll(listed);
    return Optional.of(name)
        .filter(listed::contains)
        .flatMap(run -> longest(out.resolve(run)))
        .map(file -> history(name, file).view(points));
  }

  private RunHistory history(String name, Path file) {
    Read last = known.get(name);
    boolean goesOn = last != null && last.file.equals(file) && last.end <= file.toFile().length();
    Read from = goesOn ? last : new Read(file, 0, new RunHistory());
    known.put(name, new Read(file, EventFile.read(file, from.end, from.history), from.history));
    return from.history;
  }
}
