package io.larch.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a node tells Prometheus, read by the rules of the text format 0.0.4 (each family together,
 * help text and type before its samples, no sample twice) and of its naming (Prometheus, "Metric
 * and label naming"). What breaks a rule fails the test.
 */
final class Exposition {
  private static final Pattern SAMPLE =
      Pattern.compile("([a-z][a-z0-9_]*)(?:\\{([a-z_]+=\"[^\"\\n]*\",?)*})? (\\S+)");
  private static final Pattern BOUND = Pattern.compile(",?le=\"[^\"]*\"");
  private static final Pattern RESERVED = Pattern.compile(".*_(bucket|sum|count)");
  private static final Pattern MISNAMED =
      Pattern.compile(
          ".*_(milliseconds|millis|ms|micros|nanos|minutes|hours|kilobytes|megabytes|kb|mb|percent"
              + "|counter|gauge|histogram|summary)(_.*|)");

  /** What may follow a family's name in its samples, by type. */
  private static final Map<String, String> SUFFIXES =
      Map.ofEntries(
          Map.entry("counter", ""),
          Map.entry("gauge", ""),
          Map.entry("histogram", "_(bucket|sum|count)"),
          Map.entry("summary", "_(sum|count)"));

  private final Map<String, String> types = new LinkedHashMap<>();
  private final Map<String, Double> samples = new LinkedHashMap<>();
  private String helped = "";
  private String family = "";

  /** Values by name and labels, as in {@code larch_loss{set="train"}}. */
  static Map<String, Double> read(String text) {
    Exposition all = new Exposition();
    text.lines().forEach(all::line);
    all.types.forEach(Exposition::requireName);
    all.types.forEach(all::requireWholeHistogram);
    return all.samples;
  }

  private void line(String line) {
    String[] words = line.split(" ", 4);
    if (line.startsWith("# HELP ")) {
      assertFalse(words[3].isBlank(), line);
      helped = words[2];
    } else if (line.startsWith("# TYPE ")) {
      family = words[2];
      assertEquals(helped, family, "the help text comes before: " + line);
      assertTrue(SUFFIXES.containsKey(words[3]), line);
      assertNull(types.put(family, words[3]), "a family comes once: " + line);
    } else {
      sample(line);
    }
  }

  private void sample(String line) {
    Matcher sample = SAMPLE.matcher(line);
    assertTrue(sample.matches(), line);
    String name = sample.group(1);
    String type = types.get(family);
    assertTrue(type != null && name.matches(family + SUFFIXES.get(type)), line + " is no " + type);
    String key = line.substring(0, line.lastIndexOf(' '));
    assertNull(samples.put(key, value(sample.group(3))), "a sample comes once: " + line);
  }

  private static double value(String text) {
    return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  private static void requireName(String name, String type) {
    assertEquals(type.equals("counter"), name.endsWith("_total"), name + " is a " + type);
    assertFalse(MISNAMED.matcher(name).matches(), name);
    assertFalse(RESERVED.matcher(name).matches(), name);
  }

  /** Buckets count all that is not above their bound, the last all there is. */
  private void requireWholeHistogram(String name, String type) {
    if (!type.equals("histogram")) {
      return;
    }
    Map<String, List<Double>> buckets = new LinkedHashMap<>();
    samples.forEach(
        (key, count) -> {
          if (key.startsWith(name + "_bucket{")) {
            buckets.computeIfAbsent(labels(key), all -> new ArrayList<>()).add(count);
          }
        });
    buckets.forEach(
        (labels, counts) -> {
          assertEquals(counts.stream().sorted().toList(), counts, name);
          assertEquals(counts.get(counts.size() - 1), samples.get(name + "_count" + labels), name);
          assertTrue(samples.containsKey(name + "_sum" + labels), name);
        });
  }

  /** Those of a bucket without its bound. */
  private static String labels(String bucket) {
    String rest = BOUND.matcher(bucket.substring(bucket.indexOf('{'))).replaceFirst("");
    return rest.equals("{}") ? "" : rest;
  }
}
