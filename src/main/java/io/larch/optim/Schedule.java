package io.larch.optim;

import io.larch.config.ScheduleSettings;
import io.larch.config.ScheduleSettings.Length;
import io.larch.config.ScheduleSettings.Length.Unit;
import io.larch.config.ScheduleSettings.Policy;
import io.larch.config.ScheduleSettings.Rule;
import java.util.List;

/**
 * The learning rate γ of every step.
 *
 * <p>Steps count from 1; t = step − 1 is the number of updates already made, so that the first step
 * gets the value of the curve at t = 0. With T total steps and W steps of warm-up (a real number,
 * not rounded):
 *
 * <pre>
 *   t &lt; W   linear       start + (peak − start)·t / W
 *           exponential  peak·0.01^(1 − t / W)
 *   t ≥ W   constant    peak
 *           step        peak·factor^(number of boundaries ≤ t)
 *           polynomial  end + (peak − end)·(1 − p)^power
 *           cosine      end + (peak − end)·(1 + cos πp) / 2
 * </pre>
 *
 * where p = t / T counts from the run's start, as in Caffe and the LARS paper, so that the rate
 * drops as the warm-up ends; or, with {@code restart}, p = (t − W) / (T − W + 1), as in the TPU and
 * MLPerf code. A warm-up longer than the run never reaches the peak.
 *
 * <p>A rule derives peak and W from those of a base batch, with k = global batch / base batch:
 * linear (Goyal et al. 2017) peak·k; square root peak·√k; LEGW (You et al. 2019) peak·√k and epochs
 * of warm-up·k. LEGW keeps the number of warm-up steps, so a warm-up given in steps stays as it is.
 */
public final class Schedule {
  /** As in MLPerf's rnn_translator. */
  private static final double EXPONENTIAL_START = 0.01;

  private final ScheduleSettings settings;
  private final double peak;
  private final double warmupSteps;
  private final double[] boundarySteps;
  private final long totalSteps;

  private Schedule(ScheduleSettings settings, double scale, double stepsPerEpoch, long totalSteps) {
    this.settings = settings;
    this.peak = settings.rate() * rateScale(settings.rule(), scale);
    this.warmupSteps = settings.warmup().inSteps(stepsPerEpoch) * warmupScale(settings, scale);
    this.boundarySteps =
        settings.boundaries().stream().mapToDouble(at -> at.inSteps(stepsPerEpoch)).toArray();
    this.totalSteps = totalSteps;
  }

  /**
   * The schedule of a run.
   *
   * @param stepsPerEpoch may be a fraction
   * @param totalSteps of the whole schedule, even if the run ends earlier
   */
  public static Schedule of(
      ScheduleSettings settings, int globalBatch, double stepsPerEpoch, long totalSteps) {
    boolean scaled = settings.rule() != Rule.NONE;
    double scale = scaled ? globalBatch / (double) settings.baseBatch() : 1;
    return new Schedule(settings, scale, stepsPerEpoch, totalSteps);
  }

  /** A rate that never changes. */
  public static Schedule constant(double rate) {
    ScheduleSettings settings =
        new ScheduleSettings(
            Policy.CONSTANT, rate, 0, 1, List.of(), 1, false, Length.steps(0), 0, Rule.NONE, 0);
    return new Schedule(settings, 1, 1, 1);
  }

  /**
   * The learning rate of a step.
   *
   * @param step counted from 1
   */
  public double rate(long step) {
    double t = step - 1.0;
    if (t < warmupSteps) {
      return warming(t);
    }
    return switch (settings.policy()) {
      case CONSTANT -> peak;
      case STEP -> peak * StrictMath.pow(settings.factor(), boundariesUntil(t));
      case POLYNOMIAL -> decayed(StrictMath.pow(1 - progress(t), settings.power()));
      case COSINE -> decayed((1 + StrictMath.cos(StrictMath.PI * progress(t))) / 2);
    };
  }

  private double warming(double t) {
    double start = settings.warmupStartRate();
    return switch (settings.warmupShape()) {
      case LINEAR -> start + (peak - start) * t / warmupSteps;
      case EXPONENTIAL -> peak * StrictMath.pow(EXPONENTIAL_START, 1 - t / warmupSteps);
    };
  }

  /** The rate at the end of the warm-up, after the scaling rule. */
  public double peak() {
    return peak;
  }

  /** Length of the warm-up, after the scaling rule. */
  public double warmupSteps() {
    return warmupSteps;
  }

  private double decayed(double share) {
    return settings.endRate() + (peak - settings.endRate()) * share;
  }

  private double progress(double t) {
    double p =
        settings.restart() ? (t - warmupSteps) / (totalSteps - warmupSteps + 1) : t / totalSteps;
    return Math.min(1, p);
  }

  private int boundariesUntil(double t) {
    int passed = 0;
    for (double boundary : boundarySteps) {
      if (boundary <= t) {
        passed++;
      }
    }
    return passed;
  }

  private static double rateScale(Rule rule, double k) {
    return switch (rule) {
      case NONE -> 1;
      case LINEAR -> k;
      case SQUARE_ROOT, LEGW -> Math.sqrt(k);
    };
  }

  private static double warmupScale(ScheduleSettings settings, double k) {
    boolean scaled = settings.rule() == Rule.LEGW && settings.warmup().unit() == Unit.EPOCHS;
    return scaled ? k : 1;
  }
}
