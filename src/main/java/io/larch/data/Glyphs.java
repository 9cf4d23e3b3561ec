package io.larch.data;

import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.stream.IntStream;

/**
 * The embedded data set: 36 classes of hand-drawn looking digits and capital letters ({@code 0} to
 * {@code 9}, {@code A} to {@code Z}), grey, 28 × 28. Every picture is a pure function of the split
 * and its index; sample {@code i} is of class {@code i % 36}. The seed is fixed: the data set is
 * the same for every run.
 */
public final class Glyphs {
  /** Samples of the full data set. */
  public static final int TRAIN_SAMPLES = 60_000;

  /** Samples of the full test set. */
  public static final int TEST_SAMPLES = 10_000;

  static final long SEED = 20190611;

  private static final int PIXELS = GlyphPainter.SIDE * GlyphPainter.SIDE;
  private static final int BLOCK = 500;

  private Glyphs() {}

  /** The first samples for training. */
  public static DataSet train(int samples) {
    return paint("train", samples);
  }

  /** The first samples for testing. */
  public static DataSet test(int samples) {
    return paint("test", samples);
  }

  private static DataSet paint(String split, int samples) {
    RandomStream stream = RandomStream.of(SEED, Purpose.GENERATED_DATA).named(split);
    byte[] pixels = new byte[Math.multiplyExact(samples, PIXELS)];
    byte[] labels = new byte[samples];
    int blocks = (samples + BLOCK - 1) / BLOCK;
    IntStream.range(0, blocks)
        .parallel()
        .forEach(block -> paintBlock(block, stream, pixels, labels));
    return new PicturesInMemory(
        samples, GlyphShapes.count(), 1, GlyphPainter.SIDE, GlyphPainter.SIDE, pixels, labels);
  }

  private static void paintBlock(int block, RandomStream stream, byte[] pixels, byte[] labels) {
    GlyphPainter painter = new GlyphPainter();
    int end = Math.min(labels.length, (block + 1) * BLOCK);
    for (int i = block * BLOCK; i < end; i++) {
      int label = i % GlyphShapes.count();
      labels[i] = (byte) label;
      painter.paint(label, stream.at(i), pixels, i * PIXELS);
    }
  }
}
