package io.larch.cli;

import io.larch.observe.DevicePhases;
import io.larch.observe.NodePhases;
import io.larch.web.Status;
import io.larch.web.Status.NodeStatus;
import io.larch.web.Status.SlicePlace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A run's status as people read it. */
final class StatusText {
  private StatusText() {}

  static List<String> lines(Status status) {
    List<String> lines = new ArrayList<>();
    lines.add(status.run() == null ? "no run has been submitted" : heading(status));
    for (NodeStatus node : status.nodes()) {
      lines.add(node(node));
      if (node.lastStep() != null) {
        lines.addAll(phases(node.lastStep()));
      }
    }
    if (!status.slices().isEmpty()) {
      lines.add(slices(status.slices()));
    }
    status.missing().forEach(absence -> lines.add("missing: " + absence.text()));
    status.warnings().forEach(warning -> lines.add("warning: " + warning));
    if (status.reason() != null) {
      lines.add(status.reason());
    }
    if (status.result() != null) {
      lines.add("weights " + status.result().weightsSha256());
    }
    return lines;
  }

  private static String heading(Status status) {
    return format(
            "%s: %s, step %d of %d, epoch %.2f",
            status.run(), status.state(), status.step(), status.steps(), status.epoch())
        + figure(", loss %.4f", status.loss())
        + figure(", lr %.4g", status.learningRate())
        + figure(", %.0f samples/s", status.samplesPerSecond())
        + format(", generation %d", status.generation());
  }

  private static String node(NodeStatus node) {
    String devices = node.devices() == 1 ? "1 device" : node.devices() + " devices";
    return format(
        "node %s  %s  %s  %s  lanes %s",
        node.name(), node.address(), node.state(), devices, ranges(node.lanes()));
  }

  /** Where the last step's time went: a line a device, then one for the node. */
  private static List<String> phases(NodePhases step) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < step.devices().size(); i++) {
      DevicePhases device = step.devices().get(i);
      lines.add(
          format(
              "  device %d  data %.3f s, pack %.3f s, forward %.3f s, backward %.3f s, waiting for reduction %.3f s",
              i,
              device.data(),
              device.pack(),
              device.forward(),
              device.backward(),
              device.reduce()));
    }
    lines.add(
        format("  update %.3f s, commit %.3f s", step.update(), step.commit())
            + figure(", communication %.3f s", step.communication())
            + figure(", %.0f %% of it hidden", percent(step.hidden())));
    return lines;
  }

  private static Double percent(Double share) {
    return share == null ? null : 100 * share;
  }

  /** {@code 0-3, 6} for 0, 1, 2, 3 and 6. */
  static String ranges(List<Integer> lanes) {
    List<String> ranges = new ArrayList<>();
    for (int i = 0; i < lanes.size(); i++) {
      int from = lanes.get(i);
      while (i + 1 < lanes.size() && lanes.get(i + 1) == lanes.get(i) + 1) {
        i++;
      }
      ranges.add(from == lanes.get(i) ? String.valueOf(from) : from + "-" + lanes.get(i));
    }
    return ranges.isEmpty() ? "none" : String.join(", ", ranges);
  }

  private static String slices(List<SlicePlace> slices) {
    return slices.stream()
        .collect(
            Collectors.groupingBy(
                SlicePlace::node, TreeMap::new, Collectors.summingDouble(s -> s.bytes() / 1e6)))
        .entrySet()
        .stream()
        .map(entry -> format("%s %.1f MB", entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(", ", slices.size() + " slices, summed at: ", ""));
  }

  private static String figure(String format, Double value) {
    return value == null ? "" : format(format, value);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
