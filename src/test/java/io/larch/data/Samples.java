package io.larch.data;

import io.larch.config.DataSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;

/** Small data sets, and what is read of them. */
final class Samples {
  private Samples() {}

  /** Pixel {@code j} of sample {@code i} is (7 i + j) % 256, its label i % classes. */
  static PicturesInMemory numbered(int size, int classes, int channels, int height, int width) {
    int pixels = channels * height * width;
    byte[] values = new byte[size * pixels];
    byte[] labels = new byte[size];
    for (int i = 0; i < size; i++) {
      labels[i] = (byte) (i % classes);
      for (int j = 0; j < pixels; j++) {
        values[i * pixels + j] = (byte) (7 * i + j);
      }
    }
    return new PicturesInMemory(size, classes, channels, height, width, values, labels);
  }

  /** Opens one of the data sets that are held in memory. */
  static DataInMemory open(DataSettings settings) {
    return (DataInMemory) DataSources.open(settings);
  }

  /** Leaves pixel values as they are, up to rounding. */
  static Normalisation identity(int channels) {
    return new Normalisation(
        Collections.nCopies(channels, new Normalisation.Channel(0, 1 / 255.0)));
  }

  static byte[] pixels(DataSet data, int index) {
    byte[] pixels = new byte[data.pixels()];
    data.copyPixels(index, pixels, 0);
    return pixels;
  }

  static FloatBuffer floats(int size) {
    return ByteBuffer.allocateDirect(4 * size).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** The floats that a reader gives for some positions. */
  static float[] read(Reader reader, long first, int count, int floatsPerSample) {
    FloatBuffer images = floats(count * floatsPerSample);
    reader.read(first, count, images, new int[count]);
    float[] values = new float[images.capacity()];
    images.get(0, values);
    return values;
  }

  static int[] labels(Reader reader, long first, int count, int floatsPerSample) {
    int[] labels = new int[count];
    reader.read(first, count, floats(count * floatsPerSample), labels);
    return labels;
  }

  static String sha256(DataSet data) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (int i = 0; i < data.size(); i++) {
        digest.update((byte) data.label(i));
        digest.update(pixels(data, i));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
