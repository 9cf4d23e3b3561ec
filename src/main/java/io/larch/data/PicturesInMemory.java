package io.larch.data;

/** Pictures in two flat arrays, which are handed over and never written again. */
final class PicturesInMemory implements DataSet {
  private final int size;
  private final int classes;
  private final int channels;
  private final int height;
  private final int width;
  private final byte[] pixels;
  private final byte[] labels;

  /**
   * The first {@code size} samples of two arrays.
   *
   * @param pixels at least [size, C, H, W]
   * @param labels at least [size], unsigned
   */
  PicturesInMemory(
      int size, int classes, int channels, int height, int width, byte[] pixels, byte[] labels) {
    this.size = size;
    this.classes = classes;
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.pixels = pixels;
    this.labels = labels;
  }

  /** The first samples of these, sharing memory. */
  PicturesInMemory first(int samples) {
    return new PicturesInMemory(samples, classes, channels, height, width, pixels, labels);
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
    return channels;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int label(int index) {
    return labels[index] & 0xFF;
  }

  @Override
  public void copyPixels(int index, byte[] target, int at) {
    System.arraycopy(pixels, index * pixels(), target, at, pixels());
  }
}
