package io.larch.run;

import io.larch.cluster.RunEnd;
import io.larch.cluster.RunObserver;
import io.larch.cluster.Samples;
import io.larch.config.Refusal;
import io.larch.observe.Event;
import io.larch.observe.LaneSamples;
import io.larch.observe.PeakMemory;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Passes a run's events on and adds up what its result line says. The first step of a process is
 * left out of rates, because kernels are compiled and memory is touched in it, unless it is the
 * only one.
 */
final class RunTally implements RunObserver {
  private final Event.Listener listener;
  private final CompletableFuture<String> end = new CompletableFuture<>();
  private boolean reproducible = true;
  private volatile Event.Step first;
  private Event.Step last;
  private Event.Evaluated evaluated;
  private long laterSteps;
  private double laterSeconds;
  private double dataWaitSeconds;

  RunTally(Event.Listener listener) {
    this.listener = listener;
  }

  @Override
  public void on(Event event) {
    if (event instanceof Event.Step step) {
      count(step);
    } else if (event instanceof Event.Evaluated evaluation) {
      evaluated = evaluation;
      dataWaitSeconds += evaluation.dataWaitSeconds();
    } else if (event instanceof Event.BitsDiffer) {
      reproducible = false;
    }
    listener.on(event);
  }

  /** Whether a step has been done; any thread may ask. */
  boolean hasBegun() {
    return first != null;
  }

  void warn(String text) {
    on(new Event.Warning(text));
  }

  private void count(Event.Step step) {
    last = step;
    dataWaitSeconds += step.dataWaitSeconds();
    if (first == null) {
      first = step;
    } else {
      laterSteps++;
      laterSeconds += step.stepSeconds();
    }
  }

  @Override
  public void begins(String run) {
    // One tally serves one run, and what begins it is told by whoever made it.
  }

  @Override
  public void ended(RunEnd how) {
    switch (how.kind()) {
      case FINISHED -> end.complete(how.weightsSha256());
      case REFUSED -> end.completeExceptionally(new Refusal(how.text()));
      case STOPPED -> end.completeExceptionally(failed("It was stopped on request."));
      case FAILED -> end.completeExceptionally(failed("The run cannot go on: " + how.text() + "."));
      case DIVERGED -> end.completeExceptionally(diverged(how));
    }
  }

  private static Failure failed(String text) {
    return new Failure(Failure.Kind.FAILED, text, null);
  }

  private static Failure diverged(RunEnd how) {
    return new Failure(
        Failure.Kind.DIVERGED,
        "Step %d is not finite: the gradient of layer %s in %s. It was not applied; the weights are those of step %d. Lower the learning rate or lengthen the warm-up."
            .formatted(how.step(), how.layer(), LaneSamples.text(how.lanes()), how.step() - 1),
        null);
  }

  /** Waits until the run has ended; returns the digest of its weights or throws how it failed. */
  String await() {
    try {
      return end.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.FAILED, "The run was interrupted.", e);
    } catch (ExecutionException e) {
      throw (RuntimeException) e.getCause();
    }
  }

  /** The result of a run whose steps are all told; throws if it ended in weights of no use. */
  Event.Result result(Job job, long step, String weightsSha256) {
    refuseUselessWeights();
    Double seconds = stepSeconds();
    int batch = job.settings().globalBatch();
    return new Event.Result(
        step,
        job.timetable().epoch(step),
        step * batch,
        last == null ? null : last.loss(),
        evaluated == null ? null : evaluated.testTop1(),
        evaluated == null ? null : evaluated.testTop5(),
        evaluated == null ? null : evaluated.testBleu(),
        seconds == null ? null : batch / seconds,
        seconds == null ? null : tokensPerSecond(job),
        seconds,
        dataWaitSeconds,
        PeakMemory.residentBytes(),
        weightsSha256,
        reproducible);
  }

  /** Target words of the steps that count, over their time; null for pictures. */
  private Double tokensPerSecond(Job job) {
    Samples samples = job.data().samples(job.settings());
    long from = laterSteps == 0 ? first.step() : first.step() + 1;
    double tokens = 0;
    for (long step = from; step <= last.step(); step++) {
      OptionalLong own = samples.tokens(step);
      if (own.isEmpty()) {
        return null;
      }
      tokens += own.getAsLong();
    }
    return tokens / (last.step() - from + 1) / stepSeconds();
  }

  /** The last step's update is seen by no later gradient, only by the evaluation. */
  private void refuseUselessWeights() {
    if (evaluated != null && !Double.isFinite(evaluated.loss())) {
      throw new Failure(
          Failure.Kind.DIVERGED,
          "The test loss after step %d is not finite, so the weights are of no use. Lower the learning rate or lengthen the warm-up."
              .formatted(evaluated.step()),
          null);
    }
  }

  private Double stepSeconds() {
    if (first == null) {
      return null;
    }
    return laterSteps == 0 ? first.stepSeconds() : laterSeconds / laterSteps;
  }
}
