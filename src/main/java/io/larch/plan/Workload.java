package io.larch.plan;

import io.larch.config.Wire;
import io.larch.reduce.Slice;
import java.util.List;

/**
 * The work of a step, as a run file says it.
 *
 * @param slices of parameters and statistics, in order of their ids
 * @param overAllLayers whether no layer is updated before something is decided over the gradients
 *     of all of them
 * @param samplesPerEpoch of the training set
 * @param steps of the whole run
 * @param buffers of the optimizer, each as large as the parameters
 */
public record Workload(
    String model,
    int lanes,
    int microBatchesPerLane,
    int microBatch,
    List<Slice> slices,
    Wire wire,
    boolean overAllLayers,
    long samplesPerEpoch,
    long steps,
    int buffers) {
  public Workload {
    slices = List.copyOf(slices);
  }

  /** Samples of a step. */
  public long globalBatch() {
    return (long) lanes * microBatchesPerLane * microBatch;
  }

  /** Values of all slices. */
  public long floats() {
    return slices.stream().mapToLong(Slice::count).sum();
  }

  /** Bytes that a value of this slice takes on its way; statistics are never rounded. */
  double wireBytes(Slice slice) {
    return wire == Wire.BF16 && !slice.statistic() ? 2 : Float.BYTES;
  }
}
