package io.larch.cli;

import io.larch.config.Refusal;
import io.larch.data.TextFile;
import io.larch.text.Bleu;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "bleu",
    mixinStandardHelpOptions = true,
    description = "Scores translations, a sentence a line, as sacreBLEU does by default.")
final class BleuCommand implements Runnable {
  @Parameters(
      index = "0",
      paramLabel = "REFERENCES",
      description = "File of the right translations; it may be compressed, as NAME.gz.")
  private Path references;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TRANSLATIONS",
      description = "File of what is scored; standard input without it.")
  private Path translations;

  @Mixin private final Output output;

  BleuCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    TextFile right = TextFile.read(references);
    TextFile scored =
        translations == null
            ? TextFile.read(System.in, "standard input")
            : TextFile.read(translations);
    if (right.size() != scored.size()) {
      throw new Refusal(
          "%s has %d lines and %s has %d; line i of one must belong to line i of the other"
              .formatted(right.path(), right.size(), scored.path(), scored.size()));
    }
    Bleu bleu = Bleu.of(scored, right);
    output.say(bleu.toString());
    output.say(Bleu.SIGNATURE);
    output.result(values(bleu));
  }

  private static Map<String, Object> values(Bleu bleu) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("bleu", bleu.score());
    values.put("precisions", bleu.precisions());
    values.put("brevity_penalty", bleu.brevityPenalty());
    values.put("hypothesis_length", bleu.hypothesisLength());
    values.put("reference_length", bleu.referenceLength());
    values.put("signature", Bleu.SIGNATURE);
    return values;
  }
}
