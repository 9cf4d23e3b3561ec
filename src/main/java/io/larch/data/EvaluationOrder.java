package io.larch.data;

import java.nio.FloatBuffer;
import java.util.Objects;

/** The samples of a data set in the order of their indices, unchanged but for normalisation. */
public final class EvaluationOrder implements Reader {
  private final DataSet data;
  private final SampleWriter writer;

  public EvaluationOrder(DataSet data, Normalisation normalisation) {
    this.data = data;
    this.writer = new SampleWriter(data, normalisation);
  }

  /**
   * Positions are indices; reading past the last sample is an {@link IndexOutOfBoundsException}.
   */
  @Override
  public void read(long first, int count, FloatBuffer images, int[] labels) {
    Objects.checkFromIndexSize(first, count, (long) data.size());
    SampleWriter.Scratch scratch = writer.scratch();
    for (int i = 0; i < count; i++) {
      int index = (int) first + i;
      writer.write(index, SampleWriter.Placement.PLAIN, scratch, images, i);
      labels[i] = data.label(index);
    }
  }
}
