package io.larch.data;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Writes one sample as normalised floats, shifted and mirrored. The value of a pixel is looked up:
 * a byte has only 256 values.
 */
final class SampleWriter {
  /**
   * Where a sample's pixels go: output (y, x) shows input (y + down, x + right), mirrored if asked.
   * What lies outside the sample is black, pixel value 0.
   */
  record Placement(int down, int right, boolean mirrored) {
    static final Placement PLAIN = new Placement(0, 0, false);
  }

  /** Memory for one sample, to be used by one thread. */
  static final class Scratch {
    private final byte[] pixels;
    private final float[] values;

    private Scratch(int size) {
      pixels = new byte[size];
      values = new float[size];
    }
  }

  private final DataSet data;
  private final float[][] tables;

  SampleWriter(DataSet data, Normalisation normalisation) {
    this.data = data;
    this.tables = normalisation.tables();
  }

  Scratch scratch() {
    return new Scratch(data.pixels());
  }

  /** Writes a sample to place {@code slot} of {@code images}, which is [slots, C, H, W]. */
  void write(int index, Placement placement, Scratch scratch, FloatBuffer images, int slot) {
    data.copyPixels(index, scratch.pixels, 0);
    for (int row = 0; row < data.channels() * data.height(); row++) {
      writeRow(row, placement, scratch);
    }
    images.put(slot * data.pixels(), scratch.values, 0, data.pixels());
  }

  /** One row of one channel; rows are counted over all channels. */
  private void writeRow(int row, Placement placement, Scratch scratch) {
    int height = data.height();
    int width = data.width();
    float[] table = tables[row / height];
    int at = row * width;
    int source = row % height + placement.down;
    if (source < 0 || source >= height) {
      Arrays.fill(scratch.values, at, at + width, table[0]);
      return;
    }
    int from = (row + placement.down) * width;
    int begin = Math.max(0, -placement.right);
    int end = Math.min(width, width - placement.right);
    Arrays.fill(scratch.values, at, at + begin, table[0]);
    Arrays.fill(scratch.values, at + end, at + width, table[0]);
    for (int x = begin; x < end; x++) {
      scratch.values[at + x] = table[scratch.pixels[from + x + placement.right] & 0xFF];
    }
    if (placement.mirrored) {
      mirror(scratch.values, at, at + width - 1);
    }
  }

  private static void mirror(float[] values, int left, int right) {
    for (; left < right; left++, right--) {
      float value = values[left];
      values[left] = values[right];
      values[right] = value;
    }
  }
}
