package io.larch.model;

/** Extents of one sample's activation: [channels, height, width]; a vector is [channels, 1, 1]. */
public record Shape(int channels, int height, int width) {
  public static Shape vector(int channels) {
    return new Shape(channels, 1, 1);
  }

  public int size() {
    return Math.multiplyExact(channels, Math.multiplyExact(height, width));
  }

  @Override
  public String toString() {
    return channels + "×" + height + "×" + width;
  }
}
