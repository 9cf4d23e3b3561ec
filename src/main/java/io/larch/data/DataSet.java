package io.larch.data;

/**
 * Labelled pictures in memory: {@code size} samples of shape [C, H, W] (channels, height, width),
 * one unsigned byte a pixel. Immutable, so any thread may read.
 */
public interface DataSet extends Labels {
  /** Labels are 0 to {@code classes - 1}. */
  int classes();

  int channels();

  int height();

  int width();

  /** Copies the pixels of a sample, row-major [C, H, W], to {@code target[at …]}. */
  void copyPixels(int index, byte[] target, int at);

  /** Values of one sample, C · H · W. */
  default int pixels() {
    return channels() * height() * width();
  }
}
