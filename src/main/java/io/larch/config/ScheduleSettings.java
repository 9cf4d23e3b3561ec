package io.larch.config;

import java.util.List;

/**
 * The learning rate over the run.
 *
 * @param rate the peak, at {@code baseBatch} where a rule is given
 * @param endRate where polynomial and cosine end; not scaled by a rule
 * @param power of {@code POLYNOMIAL}
 * @param boundaries of {@code STEP}: where the rate is multiplied by {@code factor}, ascending
 * @param restart whether polynomial and cosine start anew after the warm-up instead of counting
 *     from 0
 * @param warmup length of the warm-up; it may be longer than the run
 * @param warmupShape of its curve
 * @param warmupStartRate where the linear warm-up begins; not scaled by a rule
 * @param rule how rate and warm-up follow from those of {@code baseBatch}
 * @param baseBatch the global batch that {@code rate} and {@code warmup} are given for; 0 without a
 *     rule
 */
public record ScheduleSettings(
    Policy policy,
    double rate,
    double endRate,
    double power,
    List<Length> boundaries,
    double factor,
    boolean restart,
    Length warmup,
    WarmupShape warmupShape,
    double warmupStartRate,
    Rule rule,
    int baseBatch) {

  public ScheduleSettings {
    boundaries = List.copyOf(boundaries);
  }

  /** A linear warm-up. */
  public ScheduleSettings(
      Policy policy,
      double rate,
      double endRate,
      double power,
      List<Length> boundaries,
      double factor,
      boolean restart,
      Length warmup,
      double warmupStartRate,
      Rule rule,
      int baseBatch) {
    this(
        policy,
        rate,
        endRate,
        power,
        boundaries,
        factor,
        restart,
        warmup,
        WarmupShape.LINEAR,
        warmupStartRate,
        rule,
        baseBatch);
  }

  /** The shape after the warm-up. */
  public enum Policy {
    CONSTANT,
    STEP,
    POLYNOMIAL,
    COSINE
  }

  /** The shape of the warm-up. */
  public enum WarmupShape {
    LINEAR,
    EXPONENTIAL
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
    public static Length epochs(double value) {
      return new Length(value, Unit.EPOCHS);
    }

    public static Length steps(double value) {
      return new Length(value, Unit.STEPS);
    }

    /** The length in steps; a fraction of a step is kept. */
    public double inSteps(double stepsPerEpoch) {
      return unit == Unit.EPOCHS ? value * stepsPerEpoch : value;
    }

    /** What a length counts. */
    public enum Unit {
      EPOCHS,
      STEPS
    }
  }
}
