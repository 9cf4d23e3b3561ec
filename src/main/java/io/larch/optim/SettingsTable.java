package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What an optimizer does with each tensor, for people to read. */
public final class SettingsTable {
  private SettingsTable() {}

  /** A heading, then a line for each tensor, in order. */
  public static List<String> lines(Optimizer optimizer, List<Tensor> tensors) {
    int width = tensors.stream().mapToInt(tensor -> tensor.name().length()).max().orElse(0);
    String format = "%-" + Math.max(width, 6) + "s  %-16s  %-14s  %s";
    List<String> lines = new ArrayList<>();
    lines.add(String.format(format, "tensor", "shape", "trust ratio", "weight decay"));
    for (Tensor tensor : tensors) {
      lines.add(line(format, optimizer, tensor));
    }
    return lines;
  }

  /** What a user should know of settings that miss their aim, a sentence each. */
  public static List<String> remarks(OptimizerSettings settings, List<Tensor> tensors) {
    return new Exclusion(settings)
        .unmatched(tensors).stream()
            .map(
                pattern ->
                    "larch.optimizer.exclude holds \"%s\", which is the name of no tensor here; the table of settings has their names"
                        .formatted(pattern))
            .toList();
  }

  private static String line(String format, Optimizer optimizer, Tensor tensor) {
    String shape = tensor.shape().stream().map(String::valueOf).collect(Collectors.joining("x"));
    if (tensor.kind().isStatistic()) {
      return String.format(format, tensor.name(), shape, "running value", "-");
    }
    TensorRule rule = optimizer.rule(tensor);
    String ratio = rule.adapted() ? "adapted" : "fixed " + rule.fixedRatio();
    return String.format(format, tensor.name(), shape, ratio, rule.weightDecay());
  }
}
