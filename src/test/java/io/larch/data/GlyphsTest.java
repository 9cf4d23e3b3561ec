package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

class GlyphsTest {
  @Test
  void shouldPaintTheSameBytesOnEveryMachine() {
    assertEquals(
        "8c6c2296a12ce7211c936074b8a72374602e97100ace772fa88f5cb5deaafed4",
        Samples.sha256(Glyphs.train(720)));
    assertEquals(
        "4263767b87a9245f84da73d21afa837b7771d62639c66a20b05893033133ca8c",
        Samples.sha256(Glyphs.test(720)));
  }

  @Test
  void shouldPaintEachSampleFromItsIndexAlone() throws Exception {
    DataSet few = Glyphs.train(37);
    DataSet many = new ForkJoinPool(3).submit(() -> Glyphs.train(1601)).get();
    for (int i = 0; i < few.size(); i++) {
      assertArrayEquals(Samples.pixels(few, i), Samples.pixels(many, i));
    }
  }

  @Test
  void shouldHaveEveryClassEquallyOften() {
    DataSet data = Glyphs.train(720);
    int[] counts = new int[data.classes()];
    for (int i = 0; i < data.size(); i++) {
      counts[data.label(i)]++;
    }
    assertEquals(36, counts.length);
    assertTrue(Arrays.stream(counts).allMatch(count -> count == 20));
  }

  @Test
  void shouldNeverRepeatAPicture() {
    DataSet train = Glyphs.train(72);
    DataSet test = Glyphs.test(72);
    for (int i = 0; i < 36; i++) {
      assertFalse(Arrays.equals(Samples.pixels(train, i), Samples.pixels(train, i + 36)));
      assertFalse(Arrays.equals(Samples.pixels(train, i), Samples.pixels(test, i)));
    }
  }

  @Test
  void shouldShowInkOnEveryPicture() {
    DataSet data = Glyphs.train(3600);
    for (int i = 0; i < data.size(); i++) {
      int inked = 0;
      for (byte pixel : Samples.pixels(data, i)) {
        inked += (pixel & 0xFF) > 120 ? 1 : 0;
      }
      assertTrue(inked >= 15 && inked <= 400, "sample " + i + " has " + inked + " inked pixels");
    }
  }

  /** As many samples as the embedded default run sees; see {@code lenet}'s 95 % on the same. */
  @Test
  void shouldBeTooHardForALinearClassifier() {
    DataSet train = Glyphs.train(Glyphs.TRAIN_SAMPLES);
    SoftmaxRegression linear = new SoftmaxRegression(train);
    linear.train(train, 2.5, 0.5f);
    double accuracy = linear.accuracy(Glyphs.test(Glyphs.TEST_SAMPLES));
    assertTrue(accuracy < 0.70, "softmax regression reaches " + accuracy);
    assertTrue(accuracy > 0.40, "softmax regression learns nothing: " + accuracy);
  }
}
