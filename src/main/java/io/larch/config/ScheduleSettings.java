package io.larch.config;

import java.util.List;

/**
 * The learning rate over the run. Lengths are in epochs; the run file may give them in steps.
 *
 * @param rate the peak (after the scaling rule, see {@link #rule})
 * @param boundaries of {@code STEP}: epochs at which the rate is multiplied by {@code factor}
 * @param restart whether polynomial and cosine start anew after the warm-up instead of counting
 *     from 0
 * @param warmupStartRate where the linear warm-up begins
 * @param rule how rate and warm-up follow from those of {@code baseBatch}
 */
public record ScheduleSettings(
    Policy policy,
    double rate,
    double endRate,
    double power,
    List<Double> boundaries,
    double factor,
    boolean restart,
    Length warmup,
    double warmupStartRate,
    Rule rule,
    int baseBatch) {

  /** The shape after the warm-up. */
  public enum Policy {
    CONSTANT,
    STEP,
    POLYNOMIAL,
    COSINE
  }

  /** How rate and warm-up scale with the batch. */
  public enum Rule {
    NONE,
    LINEAR,
    SQUARE_ROOT,
    LEGW
  }

  /** A length in epochs or steps. */
  public record Length(double value, Unit unit) {
    /** What a length counts. */
    public enum Unit {
      EPOCHS,
      STEPS
    }
  }
}
