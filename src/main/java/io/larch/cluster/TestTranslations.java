package io.larch.cluster;

import io.larch.compute.Device;
import io.larch.compute.FloatBlock;
import io.larch.compute.TranslationDecoding;
import io.larch.config.BeamSettings;
import io.larch.data.Bucket;
import io.larch.data.PairBatch;
import io.larch.data.TranslationScore;
import io.larch.text.BleuCounts;
import io.larch.translate.BeamSearch;
import io.larch.translate.Hypothesis;
import java.util.List;

/** Translates test sentences and counts what BLEU wants to know. Used on its device's thread. */
final class TestTranslations implements AutoCloseable {
  private final TranslationDecoding decoding;
  private final BeamSearch search;
  private final TranslationScore scoring;

  TestTranslations(Device device, RunContext context, Samples.Pairs samples) {
    var settings = context.settings();
    BeamSettings beam = settings.evaluate().beam();
    decoding =
        device.compileDecoding(
            context.network(),
            settings.microBatch(),
            beam.width(),
            samples.test().buckets().shapes().stream().map(Bucket::source).distinct().toList(),
            settings.precision());
    search = new BeamSearch(decoding, beam);
    scoring = samples.scoring().orElseThrow();
  }

  void pack(FloatBlock weights) {
    decoding.pack(weights);
  }

  /** What is counted in the translations of a micro-batch. */
  BleuCounts count(PairBatch pairs) {
    List<Hypothesis> found = search.search(pairs.sentences());
    BleuCounts counts = BleuCounts.NONE;
    for (int row = 0; row < found.size(); row++) {
      counts = counts.plus(scoring.of(pairs.pairs()[row], found.get(row).ids()));
    }
    return counts;
  }

  @Override
  public void close() {
    decoding.close();
  }
}
