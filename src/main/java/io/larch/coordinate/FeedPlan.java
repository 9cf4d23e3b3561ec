package io.larch.coordinate;

import io.larch.reduce.Slice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which of those who have a state give which of its slices. */
final class FeedPlan {
  private FeedPlan() {}

  /** Deals all slices to feeders, longest first to the one with the fewest bytes. */
  static Map<String, List<Integer>> deal(List<Slice> slices, List<String> feeders) {
    Map<String, List<Integer>> dealt = new LinkedHashMap<>();
    Map<String, Long> floats = new LinkedHashMap<>();
    feeders.forEach(feeder -> dealt.put(feeder, new ArrayList<>()));
    feeders.forEach(feeder -> floats.put(feeder, 0L));
    slices.stream()
        .sorted(Comparator.comparingInt(slice -> -slice.count()))
        .forEach(
            slice -> {
              String least = least(floats);
              dealt.get(least).add(slice.id());
              floats.merge(least, (long) slice.count(), Long::sum);
            });
    dealt.values().removeIf(List::isEmpty);
    return dealt;
  }

  private static String least(Map<String, Long> floats) {
    return floats.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }
}
