package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.model.Tensor;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Which tensors the settings exclude from adaptation and, unless {@code decay-excluded}, from
 * weight decay. The paper excludes none; the code for TPUs and MLPerf excludes biases and the scale
 * and shift of batch norm.
 */
final class Exclusion {
  private final OptimizerSettings settings;
  private final List<Pattern> patterns;

  Exclusion(OptimizerSettings settings) {
    this.settings = settings;
    this.patterns = settings.excludePatterns().stream().map(Exclusion::pattern).toList();
  }

  boolean excludes(Tensor tensor) {
    return switch (settings.exclude()) {
      case NONE -> false;
      case MLPERF ->
          switch (tensor.kind()) {
            case BIAS, NORM_SCALE, NORM_SHIFT -> true;
            default -> false;
          };
      case PATTERNS -> patterns.stream().anyMatch(pattern -> matches(pattern, tensor));
    };
  }

  /** The patterns of the settings that name none of these tensors. */
  List<String> unmatched(List<Tensor> tensors) {
    return IntStream.range(0, patterns.size())
        .filter(i -> tensors.stream().noneMatch(t -> matches(patterns.get(i), t)))
        .mapToObj(settings.excludePatterns()::get)
        .toList();
  }

  private static boolean matches(Pattern pattern, Tensor tensor) {
    return pattern.matcher(tensor.name()).matches();
  }

  /** β of a tensor. */
  double weightDecay(Tensor tensor) {
    return excludes(tensor) && !settings.decayExcluded() ? 0 : settings.weightDecay();
  }

  private static Pattern pattern(String glob) {
    return Pattern.compile(Pattern.quote(glob).replace("*", "\\E.*\\Q"));
  }
}
