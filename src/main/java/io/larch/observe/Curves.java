package io.larch.observe;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Figures over the steps of a run, however long it is, in bounded memory: neighbouring steps share
 * a bucket, of which the least, the greatest and the mean value remain. As soon as the buckets are
 * not enough each becomes twice as wide.
 */
public final class Curves {
  private static final int BUCKETS = 4_096;
  private static final MathContext SHOWN = new MathContext(6);

  /**
   * Curves of at most so many points as were asked for.
   *
   * @param steps the last step of each point
   */
  record View(List<Long> steps, Map<String, Band> figures) {}

  /** One figure, a value a point; null where there is none. */
  public record Band(List<Double> mean, List<Double> least, List<Double> greatest) {}

  /** Some steps' values of all figures. */
  private static final class Bucket {
    private long lastStep;
    private final long[] counts;
    private final double[] sums;
    private final double[] least;
    private final double[] greatest;

    private Bucket(int figures) {
      counts = new long[figures];
      sums = new double[figures];
      least = new double[figures];
      greatest = new double[figures];
    }

    private void add(long step, double... values) {
      lastStep = Math.max(lastStep, step);
      for (int i = 0; i < values.length; i++) {
        if (Double.isFinite(values[i])) {
          add(i, 1, values[i], values[i], values[i]);
        }
      }
    }

    private void add(Bucket other) {
      lastStep = Math.max(lastStep, other.lastStep);
      for (int i = 0; i < counts.length; i++) {
        if (other.counts[i] > 0) {
          add(i, other.counts[i], other.sums[i], other.least[i], other.greatest[i]);
        }
      }
    }

    private void add(int figure, long count, double sum, double low, double high) {
      boolean first = counts[figure] == 0;
      counts[figure] += count;
      sums[figure] += sum;
      least[figure] = first ? low : Math.min(least[figure], low);
      greatest[figure] = first ? high : Math.max(greatest[figure], high);
    }
  }

  private final List<String> names;
  private final int most;
  private List<Bucket> buckets = new ArrayList<>();
  private long firstStep;
  private long width = 1;

  /**
   * @param names of the figures
   */
  Curves(List<String> names) {
    this(names, BUCKETS);
  }

  Curves(List<String> names, int most) {
    this.names = List.copyOf(names);
    this.most = most;
  }

  /**
   * Adds a step.
   *
   * @param values in order of the names; those that are not finite are left out
   */
  void add(long step, double... values) {
    if (buckets.isEmpty()) {
      firstStep = step;
    }
    long index = Math.max(0, (step - firstStep) / width);
    while (index >= most) {
      buckets = paired();
      width *= 2;
      index /= 2;
    }
    while (buckets.size() <= index) {
      buckets.add(new Bucket(names.size()));
    }
    buckets.get((int) index).add(step, values);
  }

  private List<Bucket> paired() {
    return inGroupsOf(2);
  }

  private List<Bucket> inGroupsOf(int size) {
    List<Bucket> groups = new ArrayList<>();
    for (int i = 0; i < buckets.size(); i++) {
      if (i % size == 0) {
        groups.add(new Bucket(names.size()));
      }
      groups.get(groups.size() - 1).add(buckets.get(i));
    }
    return groups;
  }

  /**
   * All steps so far.
   *
   * @param points at most
   */
  View view(int points) {
    List<Bucket> shown =
        inGroupsOf(Math.max(1, (buckets.size() + points - 1) / Math.max(1, points)));
    shown.removeIf(bucket -> bucket.lastStep == 0);
    Map<String, Band> figures = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      figures.put(names.get(i), band(shown, i));
    }
    return new View(shown.stream().map(bucket -> bucket.lastStep).toList(), figures);
  }

  private static Band band(List<Bucket> shown, int figure) {
    List<Double> mean = new ArrayList<>();
    List<Double> least = new ArrayList<>();
    List<Double> greatest = new ArrayList<>();
    for (Bucket bucket : shown) {
      boolean empty = bucket.counts[figure] == 0;
      mean.add(empty ? null : shown(bucket.sums[figure] / bucket.counts[figure]));
      least.add(empty ? null : shown(bucket.least[figure]));
      greatest.add(empty ? null : shown(bucket.greatest[figure]));
    }
    return new Band(mean, least, greatest);
  }

  /** With as many digits as a picture can show. */
  static double shown(double value) {
    return BigDecimal.valueOf(value).round(SHOWN).doubleValue();
  }
}
