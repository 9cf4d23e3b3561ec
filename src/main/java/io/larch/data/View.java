package io.larch.data;

import java.util.OptionalInt;

/**
 * What of a picture is shown: a region, in pixels of the picture as it is stored, is scaled to a
 * size, and of that a square from (left, top) on is shown, perhaps mirrored. Where the square lies
 * outside, it is black.
 */
record View(
    int x,
    int y,
    int width,
    int height,
    int scaledWidth,
    int scaledHeight,
    int left,
    int top,
    boolean mirrored) {

  /** Everything, as it is. */
  static View whole(int width, int height) {
    return new View(0, 0, width, height, width, height, 0, 0, false);
  }

  /**
   * The centre of the whole picture as in torchvision's {@code Resize} and {@code CenterCrop}: the
   * shorter side is scaled to {@code resize}, the longer one by the same factor, rounded down.
   */
  static View centre(int width, int height, int resize, int size) {
    int shorter = Math.min(width, height);
    int scaledWidth = Math.max(resize, (int) ((long) resize * width / shorter));
    int scaledHeight = Math.max(resize, (int) ((long) resize * height / shorter));
    return new View(
        0,
        0,
        width,
        height,
        scaledWidth,
        scaledHeight,
        (scaledWidth - size) / 2,
        (scaledHeight - size) / 2,
        false);
  }

  View moved(int right, int down) {
    return new View(
        x, y, width, height, scaledWidth, scaledHeight, left + right, top + down, mirrored);
  }

  View mirroredIf(boolean flip) {
    return new View(x, y, width, height, scaledWidth, scaledHeight, left, top, flip);
  }

  /** The largest of 8, 4 and 2 by which the picture may shrink before the region is scaled. */
  OptionalInt reduction() {
    for (int by = 8; by > 1; by /= 2) {
      if (width >= by * scaledWidth && height >= by * scaledHeight) {
        return OptionalInt.of(by);
      }
    }
    return OptionalInt.empty();
  }
}
