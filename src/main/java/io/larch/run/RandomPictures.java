package io.larch.run;

import io.larch.data.DataSet;
import io.larch.model.Shape;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;

/** Random pixels and labels in memory, for measurements. */
final class RandomPictures implements DataSet {
  private final int size;
  private final int classes;
  private final Shape shape;
  private final byte[] pixels;
  private final RandomStream random = RandomStream.of(1, Purpose.BENCHMARK);

  RandomPictures(int size, int classes, Shape shape) {
    this.size = size;
    this.classes = classes;
    this.shape = shape;
    pixels = new byte[Math.multiplyExact(size, shape.size())];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) random.bits(i);
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public int channels() {
    return shape.channels();
  }

  @Override
  public int height() {
    return shape.height();
  }

  @Override
  public int width() {
    return shape.width();
  }

  @Override
  public int label(int index) {
    return random.at(-1).below(index, classes);
  }

  @Override
  public void copyPixels(int index, byte[] target, int at) {
    System.arraycopy(pixels, index * shape.size(), target, at, shape.size());
  }
}
