package io.larch.reduce;

import io.larch.config.RunSettings;

/**
 * When a run ends, evaluates and writes checkpoints; steps count from 1. Step s ends at sample s ×
 * global batch of the run's stream; what is due every so many epochs is due after the step that
 * reaches or passes the mark.
 */
public record Timetable(
    int globalBatch,
    long samplesPerEpoch,
    long scheduleSteps,
    long lastStep,
    double evaluateEpochs,
    boolean evaluateAtEnd,
    boolean checkpointAtEnd,
    double checkpointEpochs,
    long checkpointSteps) {

  /** The timetable of a run over a training set of so many samples. */
  public static Timetable of(RunSettings settings, long samplesPerEpoch) {
    double samples = settings.epochs() * samplesPerEpoch;
    long scheduled = Math.max(1, (long) Math.ceil(samples / settings.globalBatch() - 1e-9));
    return new Timetable(
        settings.globalBatch(),
        samplesPerEpoch,
        scheduled,
        Math.min(scheduled, settings.steps().orElse(scheduled)),
        settings.evaluate().everyEpochs(),
        settings.evaluate().atEnd(),
        true,
        settings.checkpoint().everyEpochs(),
        settings.checkpoint().everySteps());
  }

  /** The same run without checkpoints. */
  public Timetable withoutCheckpoints() {
    return with(lastStep, evaluateEpochs, evaluateAtEnd, false, 0, 0);
  }

  /** So many steps and nothing besides. */
  public Timetable onlySteps(long steps) {
    return with(steps, 0, false, false, 0, 0);
  }

  /** Nothing but an evaluation of a step that is done. */
  public Timetable onlyEvaluation(long step) {
    return with(step, 0, true, false, 0, 0);
  }

  private Timetable with(
      long newLastStep,
      double newEvaluateEpochs,
      boolean newEvaluateAtEnd,
      boolean newCheckpointAtEnd,
      double newCheckpointEpochs,
      long newCheckpointSteps) {
    return new Timetable(
        globalBatch,
        samplesPerEpoch,
        scheduleSteps,
        newLastStep,
        newEvaluateEpochs,
        newEvaluateAtEnd,
        newCheckpointAtEnd,
        newCheckpointEpochs,
        newCheckpointSteps);
  }

  /** Epochs passed after a step. */
  public double epoch(long step) {
    return (double) step * globalBatch / samplesPerEpoch;
  }

  /** Steps in an epoch, with fraction. */
  public double stepsPerEpoch() {
    return (double) samplesPerEpoch / globalBatch;
  }

  public boolean evaluateAfter(long step) {
    return (step == lastStep && evaluateAtEnd) || passesMark(step, evaluateEpochs);
  }

  public boolean checkpointAfter(long step) {
    return (step == lastStep && checkpointAtEnd)
        || passesMark(step, checkpointEpochs)
        || (checkpointSteps > 0 && step % checkpointSteps == 0);
  }

  /**
   * How far nodes may run after a step without asking: to the next step after which something is
   * due.
   */
  public long leaseAfter(long step) {
    long next = step + 1;
    while (next < lastStep && !evaluateAfter(next) && !checkpointAfter(next)) {
      next++;
    }
    return Math.min(next, lastStep);
  }

  private boolean passesMark(long step, double epochs) {
    return epochs > 0
        && Math.floor(epoch(step) / epochs + 1e-9) > Math.floor(epoch(step - 1) / epochs + 1e-9);
  }
}
