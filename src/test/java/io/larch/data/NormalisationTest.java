package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NormalisationTest {
  /** Two samples of two channels and two pixels: channel 0 has 0 255 0 255, channel 1 has 51. */
  private final DataSet data =
      new PicturesInMemory(
          2, 2, 2, 1, 2, new byte[] {0, -1, 51, 51, 0, -1, 51, 51}, new byte[] {0, 1});

  @Test
  void shouldGiveMeanAndDeviationOfEachChannel() {
    List<Normalisation.Channel> channels = Normalisation.over(data).channels();
    assertEquals(new Normalisation.Channel(0.5, 0.5), channels.get(0));
    assertEquals(0.2, channels.get(1).mean(), 1e-15);
  }

  @Test
  void shouldNotDivideByTheDeviationOfAConstantChannel() {
    assertEquals(1, Normalisation.over(data).channels().get(1).deviation());
    assertEquals(0, Normalisation.over(data).tables()[1][51], 1e-7f);
  }

  @Test
  void shouldMapPixelsToZeroMeanAndUnitDeviation() {
    DataSet glyphs = Glyphs.train(100);
    float[] table = Normalisation.over(glyphs).tables()[0];
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < glyphs.size(); i++) {
      for (byte pixel : Samples.pixels(glyphs, i)) {
        sum += table[pixel & 0xFF];
        squares += table[pixel & 0xFF] * (double) table[pixel & 0xFF];
      }
    }
    double count = 100.0 * glyphs.pixels();
    assertEquals(0, sum / count, 1e-6);
    assertEquals(1, squares / count, 1e-6);
  }
}
