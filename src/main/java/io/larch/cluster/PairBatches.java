package io.larch.cluster;

import io.larch.compute.Device;
import io.larch.compute.FloatBlock;
import io.larch.compute.Outcome;
import io.larch.compute.StepProgram;
import io.larch.compute.TranslationInference;
import io.larch.compute.TranslationTraining;
import io.larch.data.Bucket;
import io.larch.data.PairBatch;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Micro-batches of sentence pairs, which are in memory, so that nobody need read ahead. */
final class PairBatches implements MicroBatches {
  private final Device device;
  private final RunContext context;
  private final Samples.Pairs samples;
  private final TranslationTraining training;
  private final Deque<Long> requests = new ArrayDeque<>();
  private TranslationInference inference;
  private TestTranslations translations;
  private PairBatch taken;

  PairBatches(Device device, RunContext context, Samples.Pairs samples) {
    this.device = device;
    this.context = context;
    this.samples = samples;
    var settings = context.settings();
    training =
        device.compileTranslation(
            context.network(),
            settings.microBatch(),
            samples.training().buckets().shapes(),
            settings.precision(),
            settings.seed());
  }

  @Override
  public StepProgram program() {
    return training;
  }

  @Override
  public void request(long first) {
    requests.add(first);
  }

  @Override
  public void clear() {
    requests.clear();
  }

  @Override
  public long waitedNs() {
    return 0;
  }

  @Override
  public void take() {
    taken = samples.training().read(requests.remove());
  }

  @Override
  public Outcome step(FloatBlock gradient, boolean accumulate, Consumer<String> layerReady) {
    return training.step(taken, gradient, accumulate, layerReady);
  }

  @Override
  public void release() {
    taken = null;
  }

  @Override
  public Outcome prove(FloatBlock gradient) {
    List<Bucket> shapes = samples.training().buckets().shapes();
    Bucket largest = shapes.get(shapes.size() - 1);
    RandomStream words = RandomStream.of(0, Purpose.PROOF);
    int[][] sources = sentences(words.named("source"), largest.source() - 1);
    int[][] targets = sentences(words.named("target"), largest.target() - 1);
    return training.step(PairBatch.of(sources, targets, largest, 0), gradient, false, layer -> {});
  }

  private int[][] sentences(RandomStream words, int length) {
    int[][] sentences = new int[context.settings().microBatch()][length];
    for (int i = 0; i < sentences.length; i++) {
      RandomStream own = words.at(i);
      Arrays.setAll(sentences[i], word -> own.below(word, context.network().classes()));
    }
    return sentences;
  }

  @Override
  public TestBatches test(FloatBlock weights, int from, int to) {
    if (inference == null) {
      var settings = context.settings();
      inference =
          device.compileTranslationLoss(
              context.network(),
              settings.microBatch(),
              samples.test().buckets().shapes(),
              settings.precision());
    }
    inference.pack(weights);
    return new PairTest(from, translations(weights));
  }

  private Optional<TestTranslations> translations(FloatBlock weights) {
    if (samples.scoring().isEmpty() || !context.settings().evaluate().beam().translates()) {
      return Optional.empty();
    }
    if (translations == null) {
      translations = new TestTranslations(device, context, samples);
    }
    translations.pack(weights);
    return Optional.of(translations);
  }

  private final class PairTest implements TestBatches {
    private final Optional<TestTranslations> translations;
    private int batch;

    PairTest(int from, Optional<TestTranslations> translations) {
      batch = from;
      this.translations = translations;
    }

    @Override
    public Outcome next() {
      PairBatch pairs = samples.test().read(batch++);
      Outcome outcome = inference.evaluate(pairs);
      return translations.map(each -> outcome.with(each.count(pairs))).orElse(outcome);
    }

    @Override
    public long waitedNs() {
      return 0;
    }

    @Override
    public void close() {
      // Nothing is read ahead.
    }
  }

  @Override
  public void close() {
    training.close();
    if (inference != null) {
      inference.close();
    }
    if (translations != null) {
      translations.close();
    }
  }
}
