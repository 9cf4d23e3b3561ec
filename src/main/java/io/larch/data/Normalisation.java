package io.larch.data;

import java.util.Arrays;
import java.util.List;

/**
 * How pixels become floats: (pixel / 255 − mean) / deviation, each channel by itself.
 *
 * @param channels one entry a channel
 */
public record Normalisation(List<Channel> channels) {
  /** Pixel values over 255. A deviation of 0 (all pixels equal) is recorded as 1. */
  public record Channel(double mean, double deviation) {
    /** The float of a pixel value in [0, 255]. */
    float normalised(double value) {
      return (float) ((value / 255.0 - mean) / deviation);
    }
  }

  public Normalisation {
    channels = List.copyOf(channels);
  }

  /**
   * Mean and population standard deviation over a whole data set. The sums are whole numbers, so
   * the result does not depend on the order of addition nor on the machine.
   */
  public static Normalisation over(DataSet data) {
    int plane = data.height() * data.width();
    long[][] counts = countValues(data, plane);
    double pixels = (double) data.size() * plane;
    return new Normalisation(Arrays.stream(counts).map(count -> channel(count, pixels)).toList());
  }

  /** For every channel, how often each of the 256 pixel values occurs. */
  private static long[][] countValues(DataSet data, int plane) {
    long[][] counts = new long[data.channels()][256];
    byte[] sample = new byte[data.pixels()];
    for (int i = 0; i < data.size(); i++) {
      data.copyPixels(i, sample, 0);
      for (int pixel = 0; pixel < sample.length; pixel++) {
        counts[pixel / plane][sample[pixel] & 0xFF]++;
      }
    }
    return counts;
  }

  private static Channel channel(long[] counts, double pixels) {
    long sum = 0;
    long squares = 0;
    for (int value = 0; value < 256; value++) {
      sum += value * counts[value];
      squares += (long) value * value * counts[value];
    }
    double mean = sum / pixels;
    double deviation = Math.sqrt(Math.max(0, squares / pixels - mean * mean));
    return new Channel(mean / 255, deviation == 0 ? 1 : deviation / 255);
  }

  /** The float of each pixel value: [C][256]. */
  float[][] tables() {
    float[][] tables = new float[channels.size()][256];
    for (int c = 0; c < tables.length; c++) {
      Channel channel = channels.get(c);
      for (int value = 0; value < 256; value++) {
        tables[c][value] = channel.normalised(value);
      }
    }
    return tables;
  }
}
