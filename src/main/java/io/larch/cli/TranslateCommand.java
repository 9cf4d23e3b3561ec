package io.larch.cli;

import io.larch.config.Refusal;
import io.larch.data.TextFile;
import io.larch.run.Translation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "translate",
    mixinStandardHelpOptions = true,
    description =
        "Translates text, a sentence a line. Line i of what it prints is the translation of line i; that of an empty line is empty.")
final class TranslateCommand implements Runnable {
  @Parameters(
      index = "0",
      paramLabel = "CHECKPOINT",
      description = "A folder step-NNNNNNNN, or a run's output folder for the newest valid one.")
  private Path checkpoint;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TEXT",
      description = "File to translate, UTF-8; standard input without it.")
  private Path text;

  @Option(
      names = "--beam",
      paramLabel = "N",
      description =
          "Beginnings of a translation that are gone on with; 1 takes the likeliest word each time. By default the run's larch.evaluate.beam.")
  private Integer beam;

  @Option(
      names = "--length-penalty",
      paramLabel = "ALPHA",
      description =
          "How much longer translations are favoured. By default the run's larch.evaluate.length-penalty.")
  private Double lengthPenalty;

  @Option(
      names = "--coverage-penalty",
      paramLabel = "BETA",
      description =
          "What a source word costs that nothing attends to. By default the run's larch.evaluate.coverage-penalty.")
  private Double coveragePenalty;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      defaultValue = "200",
      description =
          "Lines of more subwords are not translated: their translation is empty, and they are counted. By default ${DEFAULT-VALUE}.")
  private int maxLength;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  TranslateCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    if (maxLength < 1) {
      throw new Refusal("--max-length is " + maxLength + "; it must be at least 1.");
    }
    TextFile lines =
        text == null ? TextFile.read(System.in, "standard input") : TextFile.read(text);
    Translation.Answer answer =
        Translation.translate(checkpoint, overrides(), lines, maxLength, output::warn);
    for (int i = 0; i < answer.lines().size(); i++) {
      show(i, answer.lines().get(i));
    }
    warnOf(answer.tooLong());
    output.result(Map.of("lines", lines.size(), "too_long", answer.tooLong().size()));
  }

  private List<String> overrides() {
    List<String> overrides = new ArrayList<>();
    put(overrides, "beam", beam);
    put(overrides, "length-penalty", lengthPenalty);
    put(overrides, "coverage-penalty", coveragePenalty);
    overrides.addAll(options.overrides());
    return overrides;
  }

  private static void put(List<String> overrides, String key, Object value) {
    if (value != null) {
      overrides.add("evaluate." + key + "=" + value);
    }
  }

  private void show(int line, String translation) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("line", line + 1);
    values.put("text", translation);
    output.row("translation", values, () -> translation);
  }

  private void warnOf(List<Integer> tooLong) {
    if (!tooLong.isEmpty()) {
      output.warn(
          "%d lines, the first of them line %d, have more than %d subwords and were left empty; a larger --max-length translates them."
              .formatted(tooLong.size(), tooLong.get(0) + 1, maxLength));
    }
  }
}
