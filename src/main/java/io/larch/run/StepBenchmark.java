package io.larch.run;

import io.larch.cluster.Interception;
import io.larch.compute.Timing;
import io.larch.config.RunSettings;
import io.larch.data.DataInMemory;
import io.larch.data.DataSource;
import io.larch.data.Normalisation;
import io.larch.data.PairsInMemory;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.observe.Event;
import io.larch.observe.PeakMemory;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Measures training steps: a real run, with actors, tree, optimizer and commit, on random pictures
 * or pairs of sentences in memory.
 */
public final class StepBenchmark {
  /** Steps before the measured ones: kernels are compiled, memory is touched, code is warmed up. */
  private static final int WARM_UP_STEPS = 3;

  private static final int PICTURES = 256;

  /** Length of each sentence. */
  private static final int WORDS = 30;

  private StepBenchmark() {}

  /**
   * Rates over the measured steps.
   *
   * @param imagesPerSecond median; pairs of sentences in a network that translates
   * @param tokensPerSecond median of target words; null for pictures
   * @param profile where the first device's time went, if asked for
   */
  public record Rates(
      double imagesPerSecond,
      double best,
      double worst,
      Double tokensPerSecond,
      Long peakRssBytes,
      Optional<Profile> profile) {}

  /**
   * Where the first device's time went.
   *
   * @param operations of each layer with multiplications, in one direction over a micro-batch
   * @param possible GFLOP/s that the device can reach at most
   */
  public record Profile(List<Timing> timings, Map<String, Double> operations, double possible) {
    /** GFLOP/s of an entry; empty for one that multiplies nothing. */
    public OptionalDouble reached(Timing timing) {
      boolean multiplies = timing.kind().matches("(convolution|linear) .*");
      return multiplies
          ? OptionalDouble.of(
              operations.get(timing.layer()) * timing.calls() / timing.nanoseconds())
          : OptionalDouble.empty();
    }
  }

  /** Runs some steps of the network that the settings name; data, epochs and steps are not used. */
  public static Rates measure(RunSettings settings, int steps, boolean profile) {
    boolean translates = settings.model().name().equals("gnmt");
    Job whole = translates ? overPairs(settings) : overPictures(settings);
    Job job = whole.forSteps(WARM_UP_STEPS + (long) steps);
    List<Double> rates = new ArrayList<>();
    Training training =
        new Training(job, Optional.empty(), event -> collect(event, rates), Interception.NONE);
    Event.Result result = training.train(false);
    rates.sort(null);
    return new Rates(
        rates.get(rates.size() / 2),
        rates.get(rates.size() - 1),
        rates.get(0),
        result.tokensPerSecond() == null ? null : WORDS * rates.get(rates.size() / 2),
        PeakMemory.residentBytes(),
        profile ? Optional.of(profile(job, training)) : Optional.empty());
  }

  private static Job overPictures(RunSettings settings) {
    String model = settings.model().name();
    RandomPictures pictures =
        new RandomPictures(PICTURES, Networks.usualClasses(model), Networks.usualInput(model));
    DataSource data =
        new DataInMemory(
            pictures,
            pictures,
            Normalisation.over(pictures),
            "random",
            settings.data().padCrop(),
            settings.data().flip());
    return Job.over(settings, data);
  }

  private static Job overPairs(RunSettings settings) {
    int words = Networks.usualClasses(settings.model().name());
    int pairs = Math.max(PICTURES, settings.globalBatch());
    RandomStream random = RandomStream.of(1, Purpose.BENCHMARK);
    int[][] sources = sentences(random.named("source"), pairs, words);
    int[][] targets = sentences(random.named("target"), pairs, words);
    return Job.over(settings, new PairsInMemory(sources, targets, 1, words, "random"));
  }

  /** With the mark at its end, a sentence is as long as it shall be. */
  private static int[][] sentences(RandomStream random, int count, int words) {
    int[][] sentences = new int[count][WORDS - 1];
    for (int i = 0; i < count; i++) {
      RandomStream own = random.at(i);
      Arrays.setAll(sentences[i], word -> own.below(word, words));
    }
    return sentences;
  }

  private static Profile profile(Job job, Training training) {
    var settings = job.settings();
    Map<String, Double> operations = new HashMap<>();
    for (Network.Node node : job.network().nodes()) {
      int steps = job.network().translates() ? WORDS : 1;
      double samples = (double) steps * settings.microBatch();
      operations.put(node.layer().name(), 2.0 * node.multiplyAdds() * samples);
    }
    double possible = PossibleRate.measure(settings.precision(), settings.threadsPerDevice());
    return new Profile(training.timings(), operations, possible);
  }

  private static void collect(Event event, List<Double> rates) {
    if (event instanceof Event.Step step && step.step() > WARM_UP_STEPS) {
      rates.add(step.imagesPerSecond());
    }
  }
}
