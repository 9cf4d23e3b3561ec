package io.larch.run;

import io.larch.cluster.Interception;
import io.larch.compute.Timing;
import io.larch.config.RunSettings;
import io.larch.data.DataInMemory;
import io.larch.data.DataSource;
import io.larch.data.Normalisation;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.observe.Event;
import io.larch.observe.PeakMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Measures training steps: a real run, with actors, tree, optimizer and commit, on random pictures
 * in memory.
 */
public final class StepBenchmark {
  /** Steps before the measured ones: kernels are compiled, memory is touched, code is warmed up. */
  private static final int WARM_UP_STEPS = 3;

  private static final int PICTURES = 256;

  private StepBenchmark() {}

  /**
   * Rates over the measured steps.
   *
   * @param imagesPerSecond median
   * @param profile where the first device's time went, if asked for
   */
  public record Rates(
      double imagesPerSecond,
      double best,
      double worst,
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
    Job job = Job.over(settings, data).forSteps(WARM_UP_STEPS + (long) steps);
    List<Double> rates = new ArrayList<>();
    Training training =
        new Training(job, Optional.empty(), event -> collect(event, rates), Interception.NONE);
    training.train(false);
    rates.sort(null);
    return new Rates(
        rates.get(rates.size() / 2),
        rates.get(rates.size() - 1),
        rates.get(0),
        PeakMemory.residentBytes(),
        profile ? Optional.of(profile(job, training)) : Optional.empty());
  }

  private static Profile profile(Job job, Training training) {
    var settings = job.settings();
    Map<String, Double> operations = new HashMap<>();
    for (Network.Node node : job.network().nodes()) {
      operations.put(node.layer().name(), 2.0 * node.multiplyAdds() * settings.microBatch());
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
