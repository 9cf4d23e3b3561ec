package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import org.junit.jupiter.api.Test;

class ColorJitterTest {
  /** Two pixels: (100, 50, 200) and (20, 20, 20), as planes. */
  private static float[] pixels() {
    return new float[] {100, 20, 50, 20, 200, 20};
  }

  private static float[] changed(float brightness, float contrast, float saturation) {
    float[] values = pixels();
    new ColorJitter(brightness, contrast, saturation).apply(values, 2);
    return values;
  }

  @Test
  void shouldLeaveColoursAloneAtFactorsOfOne() {
    assertArrayEquals(pixels(), changed(1, 1, 1));
  }

  @Test
  void shouldScaleAndClip() {
    assertArrayEquals(new float[] {150, 30, 75, 30, 255, 30}, changed(1.5f, 1, 1));
  }

  @Test
  void shouldDrawContrastTowardsTheMeanGrey() {
    double grey = (0.299 * 100 + 0.587 * 50 + 0.114 * 200 + 20) / 2;
    for (float value : changed(1, 0, 1)) {
      assertEquals(grey, value, 1e-4);
    }
  }

  @Test
  void shouldDrawSaturationTowardsEachPixelsGrey() {
    float own = (float) (0.299 * 100 + 0.587 * 50 + 0.114 * 200);
    assertArrayEquals(new float[] {own, 20, own, 20, own, 20}, changed(1, 1, 0), 1e-4f);
  }

  @Test
  void shouldDrawFactorsWithinTheStrength() {
    RandomStream random = RandomStream.of(1, Purpose.AUGMENTATION);
    for (int i = 0; i < 1000; i++) {
      ColorJitter jitter = ColorJitter.draw(0.4, random.at(i), 64);
      for (float factor :
          new float[] {jitter.brightness(), jitter.contrast(), jitter.saturation()}) {
        assertTrue(factor >= 0.6f && factor <= 1.4f, jitter.toString());
      }
    }
  }
}
