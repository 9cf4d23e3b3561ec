package io.larch.config;

import java.util.OptionalLong;

/**
 * A whole run, as its run file and {@code -D} options say; every value is checked. {@code
 * reference.conf} documents each key.
 *
 * @param devices number of devices of this node; 0 stands for {@code auto}
 * @param epochs length of the schedule
 * @param steps an earlier end of the run, in steps
 * @param determinism whether nodes that compute different bits may train together
 * @param nonFinite what is done with a step whose gradient is not finite
 */
public record RunSettings(
    long seed,
    int lanes,
    int microBatch,
    int microBatchesPerLane,
    double epochs,
    OptionalLong steps,
    int threadsPerDevice,
    int devices,
    int sliceBytes,
    Precision precision,
    Wire wire,
    Determinism determinism,
    NonFinite nonFinite,
    ModelSettings model,
    DataSettings data,
    OptimizerSettings optimizer,
    ScheduleSettings schedule,
    EvaluateSettings evaluate,
    CheckpointSettings checkpoint) {

  /** Samples in one step. */
  public int globalBatch() {
    return lanes * microBatchesPerLane * microBatch;
  }

  /** Whether something is decided in each step that depends on the gradient of all layers. */
  public boolean decidesOverAllLayers() {
    return optimizer.clipNorm().isPresent() || nonFinite == NonFinite.SKIP;
  }
}
