package io.larch.observe;

import java.util.List;

/** Something a run tells. Null where a value does not apply. */
public sealed interface Event {
  /**
   * The run begins, or goes on after {@code step}.
   *
   * @param devices of all that train it; 0 if they are not known
   */
  record Started(
      long step, long lastStep, int globalBatch, int devices, String model, long parameters)
      implements Event {}

  /** The effective settings of each tensor: a heading, then a line a tensor. */
  record Settings(List<String> tensors) implements Event {}

  /**
   * A step was committed.
   *
   * @param loss mean over the global batch before the update, samples of weight 0 left out
   * @param lr the schedule's learning rate
   * @param dataWaitSeconds time the slowest device waited for samples
   * @param nodes where the time went, by node
   */
  record Step(
      long step,
      double epoch,
      double loss,
      double trainTop1,
      double lr,
      double imagesPerSecond,
      double stepSeconds,
      double dataWaitSeconds,
      List<NodePhases> nodes)
      implements Event {}

  /**
   * What the optimizer saw of every trained tensor in a step. Told of the first thousand steps,
   * then of every tenth up to ten thousand, and so on, so that a long run does not drown in them.
   */
  record Layers(long step, List<TensorFigures> tensors) implements Event {
    private static final long DENSE = 1_000;

    public Layers {
      tensors = List.copyOf(tensors);
    }

    /** Whether it is told of a step. */
    public static boolean isToldOf(long step) {
      long every = 1;
      while (step >= DENSE * every) {
        every *= 10;
      }
      return step % every == 0;
    }
  }

  /**
   * How noisy the gradient is, averaged up to a step. Told nine times until ten times as many
   * steps.
   *
   * @param scale in samples, in target words where these count: a global batch of about this size
   *     is the largest that pays; null where the gradient is lost in its noise
   */
  record Noise(long step, Double scale) implements Event {}

  /**
   * The test set was evaluated with the weights of a step.
   *
   * @param testBleu 0 to 100
   * @param samples that counted
   * @param dataWaitSeconds time the slowest device waited for samples
   */
  record Evaluated(
      long step,
      double loss,
      double testTop1,
      double testTop5,
      Double testBleu,
      long samples,
      double dataWaitSeconds)
      implements Event {}

  /**
   * A step counts, but no node has applied it: the gradient of a layer is not finite.
   *
   * @param lanes in which it is not; none if only their sum is not
   */
  record Skipped(long step, String layer, List<LaneSamples> lanes) implements Event {}

  /** A checkpoint is complete on disk. */
  record CheckpointWritten(long step, String folder) implements Event {}

  /** A new generation began: after a failure, or at the start. */
  record Generation(long number, long step, String reason) implements Event {}

  /** Nodes that compute different bits train together; the text says which and what is lost. */
  record BitsDiffer(String text) implements Event {}

  /** Who is waited for now; nobody any more, if the list is empty. Each node tells what it sees. */
  record Missing(List<Absence> nodes) implements Event {
    public Missing {
      nodes = List.copyOf(nodes);
    }
  }

  /** Something worth a person's attention that does not end the run. */
  record Warning(String text) implements Event {}

  /**
   * The run's result, the last event.
   *
   * @param reproducible whether the same run gives these weights again, whoever computes it
   * @param dataWaitSeconds time the slowest device waited for samples, evaluations included
   */
  record Result(
      long step,
      double epoch,
      long samples,
      Double trainLoss,
      Double testTop1,
      Double testTop5,
      Double testBleu,
      Double imagesPerSecond,
      Double tokensPerSecond,
      Double stepSeconds,
      Double dataWaitSeconds,
      Long peakRssBytes,
      String weightsSha256,
      boolean reproducible)
      implements Event {}

  /** Who listens; called from one thread at a time, must return quickly. */
  interface Listener {
    void on(Event event);
  }
}
