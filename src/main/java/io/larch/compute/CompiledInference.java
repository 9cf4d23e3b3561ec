package io.larch.compute;

import java.nio.FloatBuffer;

/** An inference program: forward only. */
final class CompiledInference implements InferenceProgram {
  private final Program program;
  private final PackedWeights weights;
  private final Owned owned;
  private final int batch;
  private final FloatBuffer images;
  private final FloatBuffer logits;
  private final CrossEntropy loss;
  private final Call call = new Call();

  CompiledInference(
      Program program,
      PackedWeights weights,
      Owned owned,
      int batch,
      FloatBuffer images,
      FloatBuffer logits,
      CrossEntropy loss) {
    this.program = program;
    this.weights = weights;
    this.owned = owned;
    this.batch = batch;
    this.images = images;
    this.logits = logits;
    this.loss = loss;
  }

  @Override
  public int batch() {
    return batch;
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
  public FloatBuffer logits() {
    program.run(call);
    return logits;
  }

  @Override
  public Outcome evaluate(int[] labels) {
    if (labels.length > batch) {
      throw new IllegalArgumentException(labels.length + " labels for a batch of " + batch);
    }
    program.run(call);
    return loss.evaluate(logits, labels, null);
  }

  @Override
  public void close() {
    owned.close();
  }
}
