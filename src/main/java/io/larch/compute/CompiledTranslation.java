package io.larch.compute;

import io.larch.data.Bucket;
import io.larch.data.PairBatch;
import io.larch.observe.Track;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Programs over one arena, one for each shape; they train, or tell the loss alone. */
final class CompiledTranslation implements TranslationTraining, TranslationInference {
  private record Shaped(Program program, Sentences sentences) {}

  private final List<Program> programs;
  private final Map<Bucket, Shaped> byBucket = new HashMap<>();
  private final PackedWeights weights;
  private final Owned owned;
  private final int microBatch;
  private final Call call = new Call();
  private Track track = Track.OFF;

  /**
   * @param programs one for each bucket
   */
  CompiledTranslation(
      List<Program> programs,
      List<Bucket> buckets,
      PackedWeights weights,
      Owned owned,
      int microBatch) {
    this.programs = programs;
    this.weights = weights;
    this.owned = owned;
    this.microBatch = microBatch;
    for (int i = 0; i < programs.size(); i++) {
      Sentences room = Sentences.room(microBatch, buckets.get(i));
      byBucket.put(buckets.get(i), new Shaped(programs.get(i), room));
    }
  }

  @Override
  public void pack(FloatBlock block) {
    weights.pack(block);
  }

  @Override
  public Outcome step(
      PairBatch pairs, FloatBlock gradient, boolean accumulate, Consumer<String> layerReady) {
    Shaped shaped = byBucket.get(pairs.bucket());
    if (shaped == null || pairs.count() != microBatch) {
      throw new IllegalArgumentException(
          "%d pairs of shape %s for programs of %d pairs of %s"
              .formatted(pairs.count(), pairs.bucket(), microBatch, byBucket.keySet()));
    }
    shaped.sentences().fill(pairs);
    call.sentences = shaped.sentences();
    call.firstPosition = pairs.first();
    call.gradient = gradient;
    call.accumulate = accumulate;
    call.layerReady = layerReady;
    if (track.isTaken()) {
      shaped.program().run(call, track);
    } else {
      shaped.program().run(call);
    }
    return call.outcome;
  }

  @Override
  public Outcome evaluate(PairBatch pairs) {
    return step(pairs, null, false, null);
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
    return programs.stream().flatMap(program -> program.timings().stream()).toList();
  }

  @Override
  public void close() {
    owned.close();
  }
}
