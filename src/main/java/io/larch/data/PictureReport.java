package io.larch.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a look at every picture of a data set has shown, training and test pictures together. Widths
 * and heights are those of the picture with the fewest, median and most pixels; bytes are the
 * least, median and greatest length, perhaps of other pictures.
 *
 * @param damaged a sentence for each picture that cannot be decoded, naming it
 */
public record PictureReport(Extent least, Extent median, Extent greatest, List<String> damaged) {
  private static final int NAMED = 20;

  /**
   * How large a picture is.
   *
   * @param bytes of its encoded form
   */
  public record Extent(int width, int height, long bytes) {
    private long pixels() {
      return (long) width * height;
    }
  }

  public PictureReport {
    damaged = List.copyOf(damaged);
  }

  /**
   * A report of what was found.
   *
   * @param sound not empty
   */
  static PictureReport of(List<Extent> sound, List<String> damaged) {
    List<Extent> frames = new ArrayList<>(sound);
    frames.sort(Comparator.comparingLong(Extent::pixels).thenComparingInt(Extent::width));
    long[] bytes = sound.stream().mapToLong(Extent::bytes).sorted().toArray();
    int last = bytes.length - 1;
    return new PictureReport(
        ranked(frames, bytes, 0),
        ranked(frames, bytes, last / 2),
        ranked(frames, bytes, last),
        damaged);
  }

  private static Extent ranked(List<Extent> frames, long[] bytes, int rank) {
    return new Extent(frames.get(rank).width(), frames.get(rank).height(), bytes[rank]);
  }

  /** The first of the damaged pictures, so few that they can be read. */
  public List<String> firstDamaged() {
    return damaged.subList(0, Math.min(NAMED, damaged.size()));
  }

  /** What is left out, for the user. */
  List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    firstDamaged().forEach(one -> remarks.add("left out, damaged: " + one));
    if (damaged.size() > NAMED) {
      remarks.add("left out, damaged: %d more pictures".formatted(damaged.size() - NAMED));
    }
    return remarks;
  }
}
