package io.larch.compute;

import io.larch.observe.Track;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Consumer;

/** A training program: forward, loss and backward in one list. */
final class CompiledTraining implements TrainingProgram {
  private final Program program;
  private final PackedWeights weights;
  private final Owned owned;
  private final int microBatch;
  private final FloatBuffer images;
  private final Call call = new Call();
  private Track track = Track.OFF;

  CompiledTraining(
      Program program, PackedWeights weights, Owned owned, int microBatch, FloatBuffer images) {
    this.program = program;
    this.weights = weights;
    this.owned = owned;
    this.microBatch = microBatch;
    this.images = images;
  }

  @Override
  public int microBatch() {
    return microBatch;
  }

  @Override
  public FloatBuffer images() {
    return images;
  }

  @Override
  public void pack(FloatBlock block) {
    weights.pack(block);
  }

  @Override
  public Outcome step(
      int[] labels,
      long firstPosition,
      FloatBlock gradient,
      boolean accumulate,
      Consumer<String> layerReady) {
    if (labels.length != microBatch) {
      throw new IllegalArgumentException(
          labels.length + " labels for a micro-batch of " + microBatch);
    }
    call.labels = labels;
    call.firstPosition = firstPosition;
    call.gradient = gradient;
    call.accumulate = accumulate;
    call.layerReady = layerReady;
    if (track.isTaken()) {
      program.run(call, track);
    } else {
      program.run(call);
    }
    return call.outcome;
  }

  @Override
  public void tell(Track newTrack) {
    track = newTrack;
  }

  @Override
  public long backwardBeganNs() {
    return call.backwardBeganNs;
  }

  @Override
  public List<Timing> timings() {
    return program.timings();
  }

  @Override
  public void close() {
    owned.close();
  }
}
