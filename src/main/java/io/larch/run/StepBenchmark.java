package io.larch.run;

import io.larch.cluster.Interception;
import io.larch.config.RunSettings;
import io.larch.data.DataInMemory;
import io.larch.data.DataSource;
import io.larch.data.Normalisation;
import io.larch.data.PairsInMemory;
import io.larch.model.Networks;
import io.larch.observe.DevicePhases;
import io.larch.observe.Event;
import io.larch.observe.PeakMemory;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

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
   * @param forwardSeconds of the first device in a step, median
   * @param backwardSeconds likewise
   * @param profile where the first device's time went, if asked for
   */
  public record Rates(
      double imagesPerSecond,
      double best,
      double worst,
      Double tokensPerSecond,
      Long peakRssBytes,
      double forwardSeconds,
      double backwardSeconds,
      Optional<StepProfile> profile) {}

  /** Runs some steps of the network that the settings name; data, epochs and steps are not used. */
  public static Rates measure(RunSettings settings, int steps, boolean profile) {
    boolean translates = settings.model().name().equals("gnmt");
    Job whole = translates ? overPairs(settings) : overPictures(settings);
    Job job = whole.forSteps(WARM_UP_STEPS + (long) steps);
    List<Event.Step> measured = new ArrayList<>();
    Training training =
        new Training(job, Optional.empty(), event -> collect(event, measured), Interception.NONE);
    Event.Result result = training.train(false);
    List<Double> rates = sorted(measured, Event.Step::imagesPerSecond);
    double median = rates.get(rates.size() / 2);
    return new Rates(
        median,
        rates.get(rates.size() - 1),
        rates.get(0),
        result.tokensPerSecond() == null ? null : WORDS * median,
        PeakMemory.residentBytes(),
        sorted(measured, step -> firstDevice(step).forward()).get(rates.size() / 2),
        sorted(measured, step -> firstDevice(step).backward()).get(rates.size() / 2),
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

  private static StepProfile profile(Job job, Training training) {
    var settings = job.settings();
    int steps = job.network().translates() ? WORDS : 1;
    return new StepProfile(
        job.network(),
        steps * settings.microBatch(),
        training.timings(),
        PossibleRate.measure(settings.precision(), settings.threadsPerDevice()));
  }

  private static void collect(Event event, List<Event.Step> measured) {
    if (event instanceof Event.Step step && step.step() > WARM_UP_STEPS) {
      measured.add(step);
    }
  }

  private static List<Double> sorted(List<Event.Step> steps, Function<Event.Step, Double> value) {
    return steps.stream().map(value).sorted().toList();
  }

  private static DevicePhases firstDevice(Event.Step step) {
    return step.nodes().get(0).devices().get(0);
  }
}
