package io.larch.data;

import io.larch.config.PictureSettings;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Writes the square of a view as normalised floats, red, green and blue planes. */
final class PictureWriter {
  private static final int CHANNELS = 3;

  private final int size;
  private final Normalisation normalisation;
  private final float[][] tables;

  /** What is added to each value, [3, size, size]; none without a mean image. */
  private final Optional<float[]> shifts;

  PictureWriter(PictureSettings settings) {
    size = settings.imageSize();
    List<Normalisation.Channel> channels = new ArrayList<>();
    for (int c = 0; c < CHANNELS; c++) {
      channels.add(new Normalisation.Channel(settings.mean().get(c), settings.deviation().get(c)));
    }
    normalisation = new Normalisation(channels);
    tables = normalisation.tables();
    shifts =
        settings.meanImage().isEmpty()
            ? Optional.empty()
            : Optional.of(shifts(MeanImage.read(Path.of(settings.meanImage()), size)));
  }

  /** From values less the mean colour to values less the mean image. */
  private float[] shifts(float[] meanImage) {
    float[] shifts = new float[meanImage.length];
    for (int i = 0; i < shifts.length; i++) {
      shifts[i] = -normalisation.channels().get(i / (size * size)).normalised(meanImage[i]);
    }
    return shifts;
  }

  private void shift(float[] values, int from) {
    if (shifts.isPresent()) {
      for (int i = 0; i < values.length; i++) {
        values[i] += shifts.get()[from + i];
      }
    }
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
        shift(row, (channel * size + y) * size);
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
    shift(values, 0);
    images.put(slot * values.length, values);
  }

  /** A picture of the mean, all zeros. */
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
