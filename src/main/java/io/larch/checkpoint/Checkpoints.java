package io.larch.checkpoint;

import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints in a run's output folder, one folder {@code step-NNNNNNNN} each.
 *
 * <p>One is written beside the others under a name beginning with {@code .tmp-}, synced to disk
 * file by file and folder by folder, then renamed. A folder called {@code step-…} is therefore
 * complete unless the disk damaged it later, which its digests tell. What a killed write or removal
 * has left is removed when the next one is written.
 *
 * <p>Several nodes may open one folder at a time, and while one of them writes to it; only one may
 * write.
 */
public final class Checkpoints {
  private static final Pattern STEP = Pattern.compile("step-(\\d{8,18})");
  private static final String TEMPORARY = ".tmp-";

  private final Path folder;
  private final int keep;
  private final Disk disk;

  private Checkpoints(Path folder, int keep, Disk disk) {
    if (keep < 1) {
      throw new IllegalArgumentException("keep=" + keep + " < 1");
    }
    this.folder = folder;
    this.keep = keep;
    this.disk = disk;
  }

  /**
   * Opens a run's output folder for writing, making it if need be. What others write there stays as
   * it is.
   *
   * @param keep how many of the last checkpoints stay
   * @throws Refusal when nothing can be written there
   */
  public static Checkpoints open(Path folder, int keep) {
    return open(folder, keep, Disk.REAL);
  }

  static Checkpoints open(Path folder, int keep, Disk disk) {
    Checkpoints checkpoints = new Checkpoints(folder, keep, disk);
    try {
      Files.createDirectories(folder);
      checkpoints.tryToWrite();
    } catch (IOException e) {
      throw new Refusal(
          "Cannot write to the output folder %s: %s. Make it writable or name another with --out."
              .formatted(folder.toAbsolutePath(), reason(e)),
          e);
    }
    return checkpoints;
  }

  /**
   * Refuses a folder with checkpoints of an earlier run, which a new run would mix with its own.
   */
  public static void refuseOccupied(Path folder) {
    if (Files.isDirectory(folder)) {
      List<Path> occupants = new Checkpoints(folder, 1, Disk.REAL).newestFirst();
      if (!occupants.isEmpty()) {
        throw new Refusal(
            "The output folder %s holds checkpoints of an earlier run, %s the newest; go on with it by --resume, or name another folder with --out."
                .formatted(folder, occupants.get(0).getFileName()));
      }
    }
  }

  /**
   * The checkpoint that a path names: a folder {@code step-NNNNNNNN} itself, or the newest valid
   * one in a run's output folder.
   *
   * @param warning told about each damaged one that was passed over
   * @throws Refusal when there is none
   */
  public static Checkpoint find(Path path, Consumer<String> warning) {
    if (Files.exists(path.resolve(Meta.FILE)) || STEP.matcher(name(path)).matches()) {
      return open(path);
    }
    return new Checkpoints(path, 1, Disk.REAL)
        .newestValid(warning)
        .orElseThrow(() -> new Refusal("There is no valid checkpoint in " + path + "."));
  }

  private static Checkpoint open(Path path) {
    try {
      return Checkpoint.open(path);
    } catch (IOException e) {
      throw new Refusal(
          "Cannot use the checkpoint %s: %s. Use another one.".formatted(path, reason(e)), e);
    }
  }

  /**
   * Removes leftovers, writes the checkpoint of {@code position.step()}, then removes the oldest
   * beyond those kept.
   *
   * @param runConf the run file, with everything that had been set by options
   * @param texts lines of what else a user of the network needs, by file name
   * @return its folder, complete and synced
   * @throws CheckpointNotWritten when it could not be written; those before it are intact
   */
  public Path write(
      Position position,
      String runConf,
      Map<String, List<String>> texts,
      List<NamedTensor> model,
      List<NamedTensor> optimizer)
      throws CheckpointNotWritten {
    Path complete = folder.resolve("step-%08d".formatted(position.step()));
    Path temporary = folder.resolve(TEMPORARY + complete.getFileName());
    try {
      removeLeftovers();
      new CheckpointWriter(disk, temporary).write(position, runConf, texts, model, optimizer);
      putInPlace(temporary, complete);
      removeOldest(position.step());
      return complete;
    } catch (IOException e) {
      throw notWritten(position.step(), temporary, bytes(model, optimizer), e);
    }
  }

  /** The newest checkpoint whose files are what was written. */
  public Optional<Checkpoint> newestValid(Consumer<String> warning) {
    for (Path candidate : newestFirst()) {
      try {
        return Optional.of(Checkpoint.open(candidate));
      } catch (IOException e) {
        warning.accept(
            "The checkpoint %s is passed over: %s. The one before it is used if there is one."
                .formatted(candidate.getFileName(), reason(e)));
      }
    }
    return Optional.empty();
  }

  /** The folders of all checkpoints, unverified, newest first. */
  public List<Path> newestFirst() {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> STEP.matcher(name(entry)).matches())
          .sorted(Comparator.comparingLong(Checkpoints::step).reversed())
          .toList();
    } catch (IOException e) {
      throw new Refusal("Cannot read the folder %s: %s.".formatted(folder, reason(e)), e);
    }
  }

  private void putInPlace(Path temporary, Path complete) throws IOException {
    if (Files.exists(complete)) {
      disk.rename(complete, aside(complete));
    }
    disk.rename(temporary, complete);
    disk.syncFolder(folder);
    remove(aside(complete));
  }

  private void removeOldest(long writtenStep) throws IOException {
    List<Path> candidates =
        newestFirst().stream().filter(path -> step(path) <= writtenStep).skip(keep).toList();
    for (Path old : candidates) {
      Path aside = aside(old);
      disk.rename(old, aside);
      remove(aside);
    }
  }

  private Path aside(Path complete) {
    return folder.resolve(TEMPORARY + "old-" + complete.getFileName());
  }

  private void removeLeftovers() throws IOException {
    List<Path> leftovers;
    try (Stream<Path> entries = Files.list(folder)) {
      leftovers = entries.filter(entry -> name(entry).startsWith(TEMPORARY)).toList();
    }
    for (Path leftover : leftovers) {
      remove(leftover);
    }
  }

  private void remove(Path path) throws IOException {
    for (Path entry : deepestFirst(path)) {
      disk.delete(entry);
    }
  }

  private static List<Path> deepestFirst(Path path) throws IOException {
    try (Stream<Path> entries = Files.walk(path)) {
      return entries.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException removed) {
      return List.of();
    }
  }

  /** Under a name that no other node tries at the same time. */
  private void tryToWrite() throws IOException {
    Path probe = folder.resolve(TEMPORARY + "probe-" + UUID.randomUUID());
    disk.create(probe).close();
    disk.delete(probe);
  }

  private CheckpointNotWritten notWritten(
      long step, Path temporary, long neededBytes, IOException cause) {
    String free = freeBytes();
    try {
      remove(temporary);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    return new CheckpointNotWritten(
        ("Cannot write the checkpoint of step %d to %s: %s. It needs %d bytes and %s are free there."
                + " The checkpoints before it are intact; make room, then go on with --resume.")
            .formatted(step, folder.toAbsolutePath(), reason(cause), neededBytes, free),
        cause);
  }

  private String freeBytes() {
    try {
      return Long.toString(Files.getFileStore(folder).getUsableSpace());
    } catch (IOException e) {
      return "an unknown number";
    }
  }

  private static long bytes(List<NamedTensor> model, List<NamedTensor> optimizer) {
    return Stream.concat(model.stream(), optimizer.stream()).mapToLong(NamedTensor::bytes).sum();
  }

  private static long step(Path path) {
    Matcher matcher = STEP.matcher(name(path));
    if (!matcher.matches()) {
      throw new IllegalArgumentException(path + " is no checkpoint");
    }
    return Long.parseLong(matcher.group(1));
  }

  private static String name(Path path) {
    return path.toAbsolutePath().normalize().getFileName().toString();
  }

  /** What went wrong; the system's exceptions say it by their name, with only a path as message. */
  private static String reason(IOException e) {
    return e instanceof FileSystemException
        ? e.getClass().getSimpleName() + ": " + e.getMessage()
        : e.getMessage();
  }
}
