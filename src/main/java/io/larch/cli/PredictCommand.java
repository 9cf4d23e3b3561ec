package io.larch.cli;

import io.larch.run.Failure;
import io.larch.run.Prediction;
import io.larch.run.Prediction.Answer;
import io.larch.run.Prediction.Guess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = "Names the five most probable classes of each picture.")
final class PredictCommand implements Runnable {
  @Parameters(
      index = "0",
      paramLabel = "CHECKPOINT",
      description = "A folder step-NNNNNNNN, or a run's output folder for the newest valid one.")
  private Path checkpoint;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE",
      description = "JPEG or PNG files, seen as the run's evaluation sees its test pictures.")
  private List<Path> pictures;

  @Mixin private final Output output;

  private final List<String> damaged = new ArrayList<>();

  PredictCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    Prediction.predict(checkpoint, pictures, output::warn, this::show);
    output.result(Map.of("pictures", pictures.size(), "damaged", damaged.size()));
    if (!damaged.isEmpty()) {
      throw new Failure(
          Failure.Kind.FAILED,
          "%d of %d pictures cannot be decoded: %s. Correct them or leave them out."
              .formatted(damaged.size(), pictures.size(), String.join("; ", damaged)),
          null);
    }
  }

  private void show(Answer answer) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("picture", answer.picture().toString());
    values.put("classes", answer.best().stream().map(PredictCommand::values).toList());
    values.put("damage", answer.damage().orElse(null));
    answer.damage().ifPresent(why -> damaged.add(answer.picture() + ": " + why));
    output.row("prediction", values, () -> text(answer));
  }

  private static Map<String, Object> values(Guess guess) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", guess.className());
    values.put("probability", guess.probability());
    return values;
  }

  private static String text(Answer answer) {
    List<String> lines = new ArrayList<>();
    lines.add(answer.picture() + answer.damage().map(why -> ": " + why).orElse(""));
    for (Guess guess : answer.best()) {
      lines.add(
          String.format(
              Locale.ROOT, "  %6.2f %%  %s", 100 * guess.probability(), guess.className()));
    }
    return String.join(System.lineSeparator(), lines);
  }
}
