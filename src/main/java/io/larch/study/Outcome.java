package io.larch.study;

import io.larch.config.StudyCell;
import io.larch.observe.Event;
import java.util.Locale;

/**
 * What came of one run. Null where a value does not apply.
 *
 * @param id of the cell
 * @param status how it ended
 * @param reason one paragraph, where it ended badly
 * @param peakRate of the schedule, after its rule
 * @param score top-1 accuracy on the test set in percent; BLEU where the run gives it
 * @param seconds of the whole run
 */
public record Outcome(
    String id,
    String recipe,
    int batch,
    double rate,
    long seed,
    Status status,
    String reason,
    Double peakRate,
    Long steps,
    Double epochs,
    Double score,
    Double trainLoss,
    Double seconds,
    Double samplesPerSecond,
    String weightsSha256) {

  /** How a run ended. */
  public enum Status {
    FINISHED,
    /** A value was not finite: it would be so again. */
    DIVERGED,
    /** It could not be done as asked; the surroundings may be to blame, so it is tried again. */
    REFUSED,
    /** It broke on the way, and is tried again. */
    FAILED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A run with a result: its score is BLEU where the test set was translated, else top-1. */
  public static Outcome finished(
      StudyCell cell, double peakRate, Event.Result result, double seconds) {
    return new Outcome(
        cell.id(),
        cell.recipe(),
        cell.batch(),
        cell.rate(),
        cell.seed(),
        Status.FINISHED,
        null,
        peakRate,
        result.step(),
        result.epoch(),
        result.testBleu() == null ? Double.valueOf(100 * result.testTop1()) : result.testBleu(),
        result.trainLoss(),
        seconds,
        result.imagesPerSecond(),
        result.weightsSha256());
  }

  /** A run without a result. */
  public static Outcome broken(StudyCell cell, Status status, String reason, double seconds) {
    return new Outcome(
        cell.id(),
        cell.recipe(),
        cell.batch(),
        cell.rate(),
        cell.seed(),
        status,
        reason,
        null,
        null,
        null,
        null,
        null,
        seconds,
        null,
        null);
  }

  /** Whether there is a score. */
  public boolean isFinished() {
    return status == Status.FINISHED;
  }

  /** Whether the run need not be done again. */
  public boolean isSettled() {
    return status == Status.FINISHED || status == Status.DIVERGED;
  }
}
