package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CroppingTest {
  private static final RandomStream RANDOM = RandomStream.of(3, Purpose.AUGMENTATION);

  @ParameterizedTest
  @CsvSource({
    "500, 375, 341, 256, 58, 16",
    "375, 500, 256, 341, 16, 58",
    "256, 256, 256, 256, 16, 16",
    "75, 56, 342, 256, 59, 16",
    "1, 1, 256, 256, 16, 16",
  })
  void shouldShowTheCentreAsTorchvisionDoes(
      int width, int height, int scaledWidth, int scaledHeight, int left, int top) {
    assertEquals(
        new View(0, 0, width, height, scaledWidth, scaledHeight, left, top, false),
        View.centre(width, height, 256, 224));
  }

  @Test
  void shouldCropARegionOfTheStatedAreaAndAspect() {
    RandomResizedCrop crop = new RandomResizedCrop(224);
    double areas = 0;
    int mirrored = 0;
    int draws = 4000;
    for (int i = 0; i < draws; i++) {
      View view = crop.view(500, 400, RANDOM.at(i));
      double area = view.width() * view.height() / 200_000.0;
      double aspect = view.width() / (double) view.height();
      assertTrue(area >= 0.078 && area <= 1, "area " + area);
      assertTrue(aspect >= 0.74 && aspect <= 1.35, "aspect " + aspect);
      assertTrue(view.x() >= 0 && view.x() + view.width() <= 500, view.toString());
      assertTrue(view.y() >= 0 && view.y() + view.height() <= 400, view.toString());
      areas += area;
      mirrored += view.mirrored() ? 1 : 0;
    }
    assertEquals(meanAreaByRejection(500, 400), areas / draws, 5 * 0.23 / Math.sqrt(draws));
    assertEquals(draws / 2.0, mirrored, 5 * Math.sqrt(draws / 4.0));
  }

  /** What is drawn over and over until it fits, in real numbers; its spread is about 0.23. */
  private static double meanAreaByRejection(double width, double height) {
    SplittableRandom random = new SplittableRandom(1);
    double sum = 0;
    int fitting = 0;
    for (int i = 0; i < 1_000_000; i++) {
      double area = 0.08 + 0.92 * random.nextDouble();
      double aspect = Math.pow(4 / 3.0, 2 * random.nextDouble() - 1);
      double pixels = area * width * height;
      if (Math.sqrt(pixels * aspect) <= width && Math.sqrt(pixels / aspect) <= height) {
        sum += area;
        fitting++;
      }
    }
    return sum / fitting;
  }

  @Test
  void shouldFallBackToTheCentreOfALongPicture() {
    View wide = new RandomResizedCrop(224).view(1000, 10, RANDOM);
    assertEquals(13, wide.width());
    assertEquals(10, wide.height());
    assertEquals(493, wide.x());
    View high = new RandomResizedCrop(224).view(10, 1000, RANDOM);
    assertEquals(10, high.width());
    assertEquals(13, high.height());
  }

  @Test
  void shouldReachEveryPlaceOfTheSquareCrop() {
    Cropping crop = new Cropping.SquareCrop(7, 4);
    Set<View> views = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      views.add(crop.view(30, 20, RANDOM.at(i)));
    }
    assertEquals(4 * 4 * 2, views.size());
    assertTrue(views.stream().allMatch(v -> v.scaledWidth() == 7 && v.scaledHeight() == 7));
  }

  @Test
  void shouldDependOnItsStreamAlone() {
    Cropping crop = new RandomResizedCrop(224);
    assertEquals(crop.view(500, 400, RANDOM.at(5)), crop.view(500, 400, RANDOM.at(5)));
    assertNotEquals(crop.view(500, 400, RANDOM.at(5)), crop.view(500, 400, RANDOM.at(6)));
  }
}
