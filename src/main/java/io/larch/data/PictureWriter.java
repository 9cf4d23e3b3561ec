package io.larch.data;

import io.larch.config.PictureSettings;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes the square of a view as normalised floats, red, green and blue planes. */
final class PictureWriter {
  private static final int CHANNELS = 3;

  private final int size;
  private final Normalisation normalisation;
  private final float[][] tables;

  PictureWriter(PictureSettings settings) {
    size = settings.imageSize();
    List<Normalisation.Channel> channels = new ArrayList<>();
    for (int c = 0; c < CHANNELS; c++) {
      channels.add(new Normalisation.Channel(settings.mean().get(c), settings.deviation().get(c)));
    }
    normalisation = new Normalisation(channels);
    tables = normalisation.tables();
  }

  /**
   * Writes to place {@code slot} of {@code images}, which is [slots, 3, size, size].
   *
   * @param scaled blue, green, red bytes [scaledHeight, scaledWidth, 3]
   */
  void write(byte[] scaled, View view, FloatBuffer images, int slot) {
    float[] row = new float[size];
    int at = slot * CHANNELS * size * size;
    for (int channel = 0; channel < CHANNELS; channel++) {
      for (int y = 0; y < size; y++, at += size) {
        fillRow(scaled, view, channel, y, tables[channel], row);
        images.put(at, row);
      }
    }
  }

  /** The same with other colours. */
  void write(byte[] scaled, View view, ColorJitter jitter, FloatBuffer images, int slot) {
    int plane = size * size;
    float[] values = new float[CHANNELS * plane];
    float[] row = new float[size];
    for (int i = 0; i < CHANNELS * size; i++) {
      fillRow(scaled, view, i / size, i % size, BYTE_VALUES, row);
      System.arraycopy(row, 0, values, i * size, size);
    }
    jitter.apply(values, plane);
    for (int i = 0; i < values.length; i++) {
      values[i] = normalisation.channels().get(i / plane).normalised(values[i]);
    }
    images.put(slot * values.length, values);
  }

  /** A picture of the mean colour, all zeros. */
  void writeMeanColor(FloatBuffer images, int slot) {
    float[] zeros = new float[CHANNELS * size * size];
    images.put(slot * zeros.length, zeros);
  }

  private static final float[] BYTE_VALUES = byteValues();

  private static float[] byteValues() {
    float[] values = new float[256];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return values;
  }

  private void fillRow(byte[] scaled, View view, int channel, int y, float[] table, float[] row) {
    int source = y + view.top();
    Arrays.fill(row, table[0]);
    if (source < 0 || source >= view.scaledHeight()) {
      return;
    }
    int begin = Math.max(0, -view.left());
    int end = Math.min(size, view.scaledWidth() - view.left());
    int from = CHANNELS * (source * view.scaledWidth() + view.left()) + CHANNELS - 1 - channel;
    for (int x = begin; x < end; x++) {
      row[view.mirrored() ? size - 1 - x : x] = table[scaled[from + CHANNELS * x] & 0xFF];
    }
  }
}
