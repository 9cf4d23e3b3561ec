package io.larch.observe;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * A node's figures for Prometheus, in base units: counted from the events of runs, and asked for
 * when somebody looks. Counters count since the node was started; those of a peer's streams since
 * the peer was connected, and they are told only while it is; retransmits since the host's media
 * driver was started.
 */
public final class Metrics implements Event.Listener {
  /** Content type of {@link #text}, version 0.0.4 of the format. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double[] SECONDS = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60
  };

  private static final double MILLIS = 1e-3;

  private final PrometheusRegistry registry = new PrometheusRegistry();

  private final Counter steps = counter("larch_steps", "Steps that were committed.");
  private final Counter samples = counter("larch_samples", "Samples in the steps committed.");
  private final Counter skipped =
      counter(
          "larch_skipped_steps", "Steps that were not applied, their gradient not being finite.");
  private final Counter generations = counter("larch_generations", "Generations that began.");
  private final Counter warnings = counter("larch_warnings", "Warnings of runs.");
  private final Gauge step = gauge("larch_step", "The last step committed.");
  private final Gauge epoch = gauge("larch_epoch", "Passes over the training set so far.");
  private final Gauge loss =
      gauge("larch_loss", "Mean loss over the data, by set: train or test.", "set");
  private final Gauge accuracy =
      gauge("larch_accuracy_ratio", "Share of samples classified right, by set.", "set");
  private final Gauge rate = gauge("larch_learning_rate", "Learning rate of the schedule.");
  private final Gauge generation = gauge("larch_generation", "Number of the generation.");
  private final Gauge hidden =
      gauge(
          "larch_hidden_communication_ratio",
          "Share of the communication of the last step that lay under computation.",
          "node");
  private final Histogram stepSeconds =
      histogram("larch_step_seconds", "Time from the order of a step to its commit.");
  private final Histogram phaseSeconds =
      histogram("larch_phase_seconds", "Time of a device in a phase of a step.", "phase");

  private volatile List<Absence> missing = List.of();

  /**
   * Figures that begin at zero.
   *
   * @param nativeBytes bytes outside the heap in blocks of parameters, gradients and activations
   */
  public Metrics(Supplier<Network> network, LongSupplier nativeBytes) {
    ofNetwork(network);
    GaugeWithCallback.builder()
        .name("larch_native_memory_bytes")
        .help("Memory outside the heap that is held, by owner.")
        .unit(Unit.BYTES)
        .labelNames("owner")
        .callback(figure -> figure.call((double) nativeBytes.getAsLong(), "blocks"))
        .register(registry);
    ofMissing();
    JvmMetrics.builder().register(registry);
  }

  private void ofMissing() {
    GaugeWithCallback.builder()
        .name("larch_missing_seconds")
        .help("How long the run has stood still because of a node, as this node sees it.")
        .unit(Unit.SECONDS)
        .labelNames("node", "phase", "layer")
        .callback(
            figure ->
                missing.forEach(
                    absence ->
                        figure.call(
                            (System.currentTimeMillis() - absence.sinceMillis()) * MILLIS,
                            absence.node(),
                            absence.phase(),
                            absence.layer())))
        .register(registry);
  }

  private void ofNetwork(Supplier<Network> network) {
    ofStreams(network, "larch_sent_bytes", "Bytes sent to a peer.", Network.OfStream::bytesSent);
    ofStreams(
        network,
        "larch_received_bytes",
        "Bytes received of a peer.",
        Network.OfStream::bytesReceived);
    ofStreams(
        network,
        "larch_back_pressure",
        "Attempts to send that found the stream to a peer full.",
        Network.OfStream::backPressured);
    dropped(network);
    CounterWithCallback.builder()
        .name("larch_retransmits")
        .help("Frames that the media driver of this host sent again.")
        .callback(figure -> figure.call((double) network.get().retransmits()))
        .register(registry);
  }

  private Counter counter(String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }

  private Gauge gauge(String name, String help, String... labels) {
    return Gauge.builder().name(name).help(help).labelNames(labels).register(registry);
  }

  private Histogram histogram(String name, String help, String... labels) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .unit(Unit.SECONDS)
        .labelNames(labels)
        .classicOnly()
        .classicUpperBounds(SECONDS)
        .register(registry);
  }

  private void ofStreams(
      Supplier<Network> network, String name, String help, ToLongFunction<Network.OfStream> value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("peer", "stream")
        .callback(
            figure ->
                network
                    .get()
                    .streams()
                    .forEach(s -> figure.call((double) value.applyAsLong(s), s.peer(), s.stream())))
        .register(registry);
  }

  private void dropped(Supplier<Network> network) {
    CounterWithCallback.builder()
        .name("larch_dropped_frames")
        .help("Frames that were dropped, by reason: stranger, corrupt or stale.")
        .labelNames("reason")
        .callback(
            figure -> {
              Network now = network.get();
              figure.call((double) now.strangers(), "stranger");
              figure.call((double) now.corrupt(), "corrupt");
              figure.call((double) now.stale(), "stale");
            })
        .register(registry);
  }

  @Override
  public void on(Event event) {
    if (event instanceof Event.Step done) {
      count(done);
    } else if (event instanceof Event.Evaluated evaluated) {
      loss.labelValues("test").set(evaluated.loss());
      accuracy.labelValues("test").set(evaluated.testTop1());
    } else if (event instanceof Event.Generation begun) {
      generations.inc();
      generation.set((double) begun.number());
    } else if (event instanceof Event.Skipped) {
      skipped.inc();
    } else if (event instanceof Event.Missing now) {
      missing = now.nodes();
    } else if (event instanceof Event.Warning) {
      warnings.inc();
    }
  }

  private void count(Event.Step done) {
    steps.inc();
    samples.inc(done.imagesPerSecond() * done.stepSeconds());
    step.set((double) done.step());
    epoch.set(done.epoch());
    loss.labelValues("train").set(done.loss());
    accuracy.labelValues("train").set(done.trainTop1());
    rate.set(done.lr());
    stepSeconds.observe(done.stepSeconds());
    done.nodes().forEach(this::count);
  }

  private void count(NodePhases node) {
    if (node.hidden() != null) {
      hidden.labelValues(node.node()).set(node.hidden());
    }
    for (DevicePhases device : node.devices()) {
      phase("data", device.data());
      phase("pack", device.pack());
      phase("forward", device.forward());
      phase("backward", device.backward());
      phase("reduce", device.reduce());
    }
  }

  private void phase(String name, double seconds) {
    phaseSeconds.labelValues(name).observe(seconds);
  }

  /** All figures as they stand, in the text format of Prometheus. */
  public String text() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(text, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return text.toString(StandardCharsets.UTF_8);
  }
}
