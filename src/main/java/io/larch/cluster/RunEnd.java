package io.larch.cluster;

import io.larch.observe.LaneSamples;
import java.util.List;

/**
 * How a run ended.
 *
 * @param text why, a sentence, or for a refusal a paragraph; empty where the kind says it all
 * @param weightsSha256 of a finished or stopped run: of weights and statistics after {@code step},
 *     the same on every node that has committed it; empty if none has told
 * @param step of a finished or stopped run: the last one committed; of a diverged run: the one that
 *     was not applied
 * @param layer of a diverged run: the one whose gradient is not finite
 * @param lanes of a diverged run: those whose gradient is not finite
 */
public record RunEnd(
    Kind kind,
    String text,
    String weightsSha256,
    long step,
    String layer,
    List<LaneSamples> lanes) {
  /** How. */
  public enum Kind {
    /** All steps are done, evaluated and kept. */
    FINISHED,
    /** It could not begin. */
    REFUSED,
    /** It was ended on request. */
    STOPPED,
    /** It could not go on. */
    FAILED,
    /** A gradient is not finite. */
    DIVERGED
  }

  /** The end with what it ended in. */
  RunEnd in(long lastStep, String sha256) {
    return new RunEnd(kind, text, sha256, lastStep, layer, lanes);
  }

  /** Ended by something that a sentence or a paragraph says. */
  public static RunEnd because(Kind kind, String text) {
    return new RunEnd(kind, text, "", 0, "", List.of());
  }

  static RunEnd diverged(long step, String layer, List<LaneSamples> lanes) {
    return new RunEnd(Kind.DIVERGED, "", "", step, layer, lanes);
  }
}
