package io.larch.observe;

import java.util.Locale;
import java.util.stream.Collectors;

/** Events as people read them. */
final class Wording {
  private Wording() {}

  /** A line, or several; steps too. */
  static String of(Event event) {
    if (event instanceof Event.Step step) {
      return "step %d  %s".formatted(step.step(), figures(step));
    } else if (event instanceof Event.Started started) {
      return started(started);
    } else if (event instanceof Event.Settings settings) {
      return String.join(System.lineSeparator(), settings.tensors());
    } else if (event instanceof Event.Evaluated evaluated) {
      return format(
          "step %d  test %saccuracy %s (top 5 %s), loss %.4f over %d samples",
          evaluated.step(),
          evaluated.testBleu() == null ? "" : format("BLEU %.2f, ", evaluated.testBleu()),
          percent(evaluated.testTop1()),
          percent(evaluated.testTop5()),
          evaluated.loss(),
          evaluated.samples());
    } else if (event instanceof Event.CheckpointWritten written) {
      return format("step %d  checkpoint %s", written.step(), written.folder());
    } else if (event instanceof Event.Generation generation) {
      return format(
          "step %d  generation %d: %s",
          generation.step(), generation.number(), generation.reason());
    } else if (event instanceof Event.Layers layers) {
      return format("step %d  %d tensors updated", layers.step(), layers.tensors().size());
    } else if (event instanceof Event.Noise noise) {
      return noise(noise);
    } else if (event instanceof Event.Warning warning) {
      return "warning: " + warning.text();
    } else if (event instanceof Event.Skipped skipped) {
      return "step %d  not applied: the gradient of layer %s is not finite in %s"
          .formatted(skipped.step(), skipped.layer(), LaneSamples.text(skipped.lanes()));
    } else if (event instanceof Event.BitsDiffer differ) {
      return "warning: " + differ.text();
    } else if (event instanceof Event.Missing missing) {
      return missing(missing);
    }
    return result((Event.Result) event);
  }

  private static String noise(Event.Noise noise) {
    String scale = noise.scale() == null ? "above all bounds" : format("%.0f", noise.scale());
    return "step %d  gradient noise scale %s: about the batch beyond which more machines stop paying"
        .formatted(noise.step(), scale);
  }

  private static String missing(Event.Missing missing) {
    return missing.nodes().isEmpty()
        ? "no node is missing any more"
        : missing.nodes().stream()
            .map(absence -> "warning: " + absence.text())
            .collect(Collectors.joining(System.lineSeparator()));
  }

  /** What a step measured, in a few words. */
  static String figures(Event.Step step) {
    return format(
        "epoch %.2f  loss %.4f  accuracy %s  lr %.4g  %.0f samples/s",
        step.epoch(), step.loss(), percent(step.trainTop1()), step.lr(), step.imagesPerSecond());
  }

  private static String started(Event.Started started) {
    return format(
        "%s with %d parameters, global batch %d%s: steps %d to %d",
        started.model(),
        started.parameters(),
        started.globalBatch(),
        devices(started.devices()),
        started.step() + 1,
        started.lastStep());
  }

  private static String devices(int count) {
    return count == 0 ? "" : " on " + count + (count == 1 ? " device" : " devices");
  }

  private static String result(Event.Result result) {
    StringBuilder text = new StringBuilder();
    text.append(format("%d steps, %.2f epochs", result.step(), result.epoch()));
    append(text, ", loss %.4f", result.trainLoss());
    append(text, ", %.0f samples/s", result.imagesPerSecond());
    append(text, ", %.0f target words/s", result.tokensPerSecond());
    append(text, ", at most %.0f MB in memory", megabytes(result.peakRssBytes()));
    if (result.testTop1() != null) {
      text.append(
          format(
              "%ntest accuracy %s (top 5 %s)",
              percent(result.testTop1()), percent(result.testTop5())));
    }
    append(text, "%ntest BLEU %.2f", result.testBleu());
    append(text, "%nweights %s", result.weightsSha256());
    return text.append(result.reproducible() ? "" : ", not reproducible").toString();
  }

  private static Double megabytes(Long bytes) {
    return bytes == null ? null : bytes / 1e6;
  }

  private static void append(StringBuilder text, String format, Object value) {
    if (value != null) {
      text.append(format(format, value));
    }
  }

  private static String percent(Double share) {
    return share == null ? "unknown" : format("%.2f %%", 100 * share);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
