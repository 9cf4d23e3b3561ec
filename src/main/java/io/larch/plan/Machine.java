package io.larch.plan;

import java.util.List;

/**
 * What one node can do.
 *
 * @param cores of its host
 * @param devices that compute lanes
 * @param threads of each device
 * @param layers times of one micro-batch, in the network's order
 * @param addSeconds for adding a received value to one of its own, per value
 * @param copySeconds for handing a value to a peer's stream, per value
 * @param updateSeconds for the norms and the update of a parameter, per parameter
 * @param hopSeconds between handing values to a peer on the same host and its having them
 * @param messageSeconds for an actor's message to another, on the same host, and of a core's time
 *     on each side
 * @param wakeSeconds of a core's time until the thread that reduces is at work after a pause
 * @param stepSeconds of a step that are none of these: samples, packing, commit
 * @param inputRate samples a second that it can read and decode; infinite if they lie ready
 * @param bytes of memory that a run needs besides state and gradients: activations, samples, heap
 */
public record Machine(
    String name,
    int cores,
    int devices,
    int threads,
    List<LayerTime> layers,
    double addSeconds,
    double copySeconds,
    double updateSeconds,
    double hopSeconds,
    double messageSeconds,
    double wakeSeconds,
    double stepSeconds,
    double inputRate,
    long bytes) {
  /** Of rings in shared memory, where nobody has measured it. */
  public static final double USUAL_HOP_SECONDS = 20e-6;

  /** A switch to a thread whose code and data the core's caches have lost meanwhile. */
  public static final double USUAL_WAKE_SECONDS = 50e-6;

  public Machine {
    layers = List.copyOf(layers);
  }

  /** Seconds of a micro-batch, forward and backward. */
  public double microBatchSeconds() {
    return layers.stream().mapToDouble(layer -> layer.forward() + layer.backward()).sum();
  }

  /** The same, with what a step takes and a run needs besides. */
  public Machine withRest(double seconds, long rest) {
    return with(copySeconds, hopSeconds, seconds, rest);
  }

  /**
   * The same, with what was measured of reductions between two such nodes. Each sends all its
   * values once and adds half of them, so what a value takes of a core beyond adding is handing it
   * over: the sender's part and the receiver's.
   */
  public Machine withReduction(Reduction measured) {
    double valueSeconds = measured.coreSecondsPerByte() * Float.BYTES;
    double handing = Math.max(0, valueSeconds - addSeconds / 2);
    return with(handing, measured.latencySeconds(), stepSeconds, bytes);
  }

  private Machine with(double copying, double hop, double rest, long needed) {
    return new Machine(
        name,
        cores,
        devices,
        threads,
        layers,
        addSeconds,
        copying,
        updateSeconds,
        hop,
        messageSeconds,
        wakeSeconds,
        rest,
        inputRate,
        needed);
  }
}
