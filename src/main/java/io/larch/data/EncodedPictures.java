package io.larch.data;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The encoded pictures of a data set, each part in a fixed order.
 *
 * @param classNames in the order of the labels
 */
record EncodedPictures(
    List<String> classNames, List<EncodedPicture> train, List<EncodedPicture> test) {

  /** So many pictures, evenly spaced, because they may be sorted by class. */
  static List<EncodedPicture> spread(List<EncodedPicture> pictures, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> pictures.get((int) ((long) i * pictures.size() / count)))
        .toList();
  }

  static Labels labels(List<EncodedPicture> pictures) {
    return new Labels() {
      @Override
      public int size() {
        return pictures.size();
      }

      @Override
      public int label(int index) {
        return pictures.get(index).label();
      }
    };
  }
}
