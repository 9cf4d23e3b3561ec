package io.larch.study;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.larch.config.Refusal;
import io.larch.config.StudyCell;
import io.larch.observe.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The outcomes of a study in a folder: a file for each run, written beside and renamed, so that one
 * is there whole or not at all. Runs of other studies may lie there too. Any thread may use it.
 */
public final class Outcomes {
  private final Path folder;

  private Outcomes(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens the folder, and makes it.
   *
   * @throws Refusal when that is not possible
   */
  public static Outcomes open(Path folder) {
    try {
      Files.createDirectories(folder);
      return new Outcomes(folder);
    } catch (IOException e) {
      throw new Refusal(
          "The folder %s for the runs of the study cannot be made: %s. Name another by --out."
              .formatted(folder, e),
          e);
    }
  }

  /** What came of a run, if it was done; an outcome that cannot be read counts as none. */
  public Optional<Outcome> of(StudyCell cell) {
    Path file = file(cell.id());
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.read(Files.readString(file), Outcome.class))
          .filter(outcome -> cell.id().equals(outcome.id()));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Keeps what came of a run. */
  public void keep(Outcome outcome) {
    Path file = file(outcome.id());
    Path beside = folder.resolve(".tmp-" + file.getFileName());
    try {
      Files.writeString(beside, Json.write(outcome) + "\n", UTF_8);
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("The outcome of a run cannot be written to " + file, e);
    }
  }

  private Path file(String id) {
    return folder.resolve(id + ".json");
  }
}
