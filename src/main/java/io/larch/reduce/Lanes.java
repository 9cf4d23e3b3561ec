package io.larch.reduce;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The lanes that one device computes.
 *
 * @param ranges in order, none empty, none touching the next
 */
public record Lanes(List<LaneRange> ranges) {
  public static final Lanes NONE = new Lanes(List.of());

  public Lanes {
    ranges = List.copyOf(ranges);
    for (int i = 0; i < ranges.size(); i++) {
      if (ranges.get(i).count() == 0 || (i > 0 && ranges.get(i - 1).to() >= ranges.get(i).from())) {
        throw new IllegalArgumentException("no ranges in order, apart and not empty: " + ranges);
      }
    }
  }

  public static Lanes of(LaneRange range) {
    return range.count() == 0 ? NONE : new Lanes(List.of(range));
  }

  /** These lanes, in whatever order. */
  public static Lanes of(Iterable<Integer> lanes) {
    NavigableSet<Integer> sorted = new TreeSet<>();
    lanes.forEach(sorted::add);
    List<LaneRange> ranges = new ArrayList<>();
    for (int lane : sorted) {
      LaneRange last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
      if (last != null && last.to() == lane) {
        ranges.set(ranges.size() - 1, new LaneRange(last.from(), lane + 1));
      } else {
        ranges.add(new LaneRange(lane, lane + 1));
      }
    }
    return new Lanes(ranges);
  }

  /** How many. */
  public int count() {
    return ranges.stream().mapToInt(LaneRange::count).sum();
  }

  /** Each lane, in order. */
  public IntStream all() {
    return ranges.stream().flatMapToInt(range -> IntStream.range(range.from(), range.to()));
  }

  /** The largest aligned blocks that make them up, in order of lanes. */
  public List<TreeNode> blocks() {
    return ranges.stream().flatMap(range -> range.blocks().stream()).toList();
  }
}
