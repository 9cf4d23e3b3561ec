package io.larch.cli;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import io.larch.data.ParallelText;
import io.larch.data.TextReport;
import io.larch.data.TextReport.Lengths;
import io.larch.data.TextReport.Shape;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Says what sentence pairs hold. */
record TextInspection(Output output) {
  void inspect(DataSettings settings) {
    if (!settings.isText()) {
      throw new Refusal(
          "The run file trains on %s, which holds no sentences; name the data set instead of the run file."
              .formatted(settings.name()));
    }
    ParallelText text = ParallelText.open(settings);
    TextReport report = text.report();
    describe(report, settings);
    report.shapes().forEach(this::describe);
    output.say("padding " + percent(report.padding()));
    output.say("fingerprint " + text.fingerprint());
    output.result(values(text));
  }

  private void describe(TextReport report, DataSettings settings) {
    output.say(
        "%d training pairs; left out: %d with an empty side, %d of more than %d subwords"
            .formatted(
                report.pairs(), report.empty(), report.tooLong(), settings.text().maxLength()));
    output.say("sources      " + line(report.source()));
    output.say("translations " + line(report.target()));
    output.say(
        "%d test pairs, in which %d subwords are unknown"
            .formatted(report.testPairs(), report.unknown()));
    output.say(
        "vocabulary of %d, of them 4 marks; %d byte pairs"
            .formatted(report.vocabulary(), report.merges()));
  }

  private static String line(Lengths lengths) {
    return "%d to %d subwords, median %d, %d in all"
        .formatted(lengths.least(), lengths.greatest(), lengths.median(), lengths.sum());
  }

  private void describe(Shape shape) {
    output.row(
        "bucket",
        Map.of(
            "source", shape.bucket().source(),
            "target", shape.bucket().target(),
            "pairs", shape.pairs(),
            "padding", shape.padding()),
        () ->
            "bucket %-7s %8d pairs, %s padding"
                .formatted(shape.bucket(), shape.pairs(), percent(shape.padding())));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static Map<String, Object> values(ParallelText text) {
    TextReport report = text.report();
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("train_pairs", report.pairs());
    values.put("empty_pairs", report.empty());
    values.put("long_pairs", report.tooLong());
    values.put("test_pairs", report.testPairs());
    values.put("source_subwords", report.source().sum());
    values.put("target_subwords", report.target().sum());
    values.put("unknown_subwords", report.unknown());
    values.put("vocabulary", report.vocabulary());
    values.put("merges", report.merges());
    values.put("padding", report.padding());
    values.put("fingerprint", text.fingerprint());
    return values;
  }
}
