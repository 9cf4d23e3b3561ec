package io.larch.data;

import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;

/**
 * The endless sequence of training samples of a run. With n samples, position p is sample {@code
 * permutation_e[p % n]} of epoch e = p / n. Every epoch has a permutation of its own; nothing is
 * dropped at the joint of two epochs, and a step may run over it.
 *
 * <p>Augmentation, if any: the picture is padded with black on every side and cropped to its own
 * size at random, then mirrored with probability one half (He et al., "Deep residual learning for
 * image recognition", 2015, section 4.2). Its random numbers belong to the position.
 */
public final class TrainingStream implements Reader {
  private final DataSet data;
  private final SampleWriter writer;
  private final Permutations permutations;
  private final RandomStream augmentation;
  private final int padCrop;
  private final boolean flip;

  /**
   * The stream of a run's seed.
   *
   * @param padCrop pixels of padding on every side; 0 for none
   * @param flip whether to mirror at random
   */
  public TrainingStream(
      DataSet data, Normalisation normalisation, long seed, int padCrop, boolean flip) {
    this.data = data;
    this.writer = new SampleWriter(data, normalisation);
    this.permutations = new Permutations(data.size(), RandomStream.of(seed, Purpose.SAMPLE_ORDER));
    this.augmentation = RandomStream.of(seed, Purpose.AUGMENTATION);
    this.padCrop = padCrop;
    this.flip = flip;
  }

  @Override
  public void read(long first, int count, FloatBuffer images, int[] labels) {
    SampleWriter.Scratch scratch = writer.scratch();
    for (int i = 0; i < count; i++) {
      int index = index(first + i);
      writer.write(index, placement(first + i), scratch, images, i);
      labels[i] = data.label(index);
    }
  }

  /** The index in the data set of the sample at a position of the run. */
  public int index(long position) {
    return permutations.of(position / data.size())[(int) (position % data.size())];
  }

  private SampleWriter.Placement placement(long position) {
    if (padCrop == 0 && !flip) {
      return SampleWriter.Placement.PLAIN;
    }
    RandomStream random = augmentation.at(position);
    int side = 2 * padCrop + 1;
    return new SampleWriter.Placement(
        random.below(0, side) - padCrop,
        random.below(1, side) - padCrop,
        flip && random.below(2, 2) == 1);
  }
}
