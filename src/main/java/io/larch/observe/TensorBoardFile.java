package io.larch.observe;

import io.larch.config.Refusal;
import io.larch.record.RecordFrame;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A run as TensorBoard shows it: an event file, which is a sequence of records with masked CRCs.
 * Scalars of steps, evaluations and tensors, histograms of the trust ratios, and what it is given
 * besides.
 */
public final class TensorBoardFile implements Event.Listener, AutoCloseable {
  private static final int WAITING = 1_024;
  private static final double MILLIS = 1e-3;

  private final LongSupplier clock;
  private final OutputStream out;
  private final Backlog<Entry> backlog;

  /** Values of a step, made on the thread that writes. */
  private record Entry(double seconds, long step, Consumer<Summary> values) {}

  private TensorBoardFile(OutputStream file, LongSupplier clock) throws IOException {
    this.clock = clock;
    out = new BufferedOutputStream(file);
    RecordFrame.write(out, Summary.version(clock.getAsLong() * MILLIS));
    out.flush();
    backlog = new Backlog<>("tensorboard", WAITING, this::write);
  }

  /**
   * Begins a new file in a folder, which is made if it is not there.
   *
   * @param clock milliseconds since 1970, such as {@link System#currentTimeMillis}
   * @throws Refusal if that cannot be done
   */
  public static TensorBoardFile create(Path folder, LongSupplier clock) {
    try {
      Files.createDirectories(folder);
      String name =
          "events.out.tfevents.%010d.larch.%d"
              .formatted(clock.getAsLong() / 1_000, ProcessHandle.current().pid());
      return begin(Files.newOutputStream(folder.resolve(name)), clock);
    } catch (IOException e) {
      throw new Refusal(
          "TensorBoard's file cannot be written in %s (%s); make it a folder that can be written to, or give another by --out or larch.out."
              .formatted(folder, e),
          e);
    }
  }

  /** The same into a stream, which is closed in any case. */
  static TensorBoardFile begin(OutputStream file, LongSupplier clock) throws IOException {
    try {
      return new TensorBoardFile(file, clock);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Shows a text, in Markdown. */
  public void text(String tag, long step, String markdown) {
    add(step, summary -> summary.text(tag, markdown));
  }

  /** Shows a picture. */
  public void image(String tag, long step, BufferedImage picture) {
    add(step, summary -> summary.image(tag, picture));
  }

  @Override
  public void on(Event event) {
    if (event instanceof Event.Step step) {
      add(step.step(), summary -> show(step, summary));
    } else if (event instanceof Event.Evaluated evaluated) {
      add(evaluated.step(), summary -> show(evaluated, summary));
    } else if (event instanceof Event.Noise noise && noise.scale() != null) {
      add(noise.step(), summary -> summary.scalar("train/noise_scale", noise.scale()));
    } else if (event instanceof Event.Layers layers) {
      add(layers.step(), summary -> show(layers, summary));
    }
  }

  private void add(long step, Consumer<Summary> values) {
    backlog.add(new Entry(clock.getAsLong() * MILLIS, step, values));
  }

  private static void show(Event.Step step, Summary summary) {
    summary
        .scalar("train/loss", step.loss())
        .scalar("train/accuracy", step.trainTop1())
        .scalar("train/learning_rate", step.lr())
        .scalar("train/epoch", step.epoch())
        .scalar("speed/images_per_second", step.imagesPerSecond())
        .scalar("speed/step_seconds", step.stepSeconds())
        .scalar("speed/data_wait_seconds", step.dataWaitSeconds());
    for (NodePhases node : step.nodes()) {
      for (int i = 0; i < node.devices().size(); i++) {
        show(node.devices().get(i), "phases/" + node.node() + "/device_" + i, summary);
      }
      summary.scalar("phases/" + node.node() + "/hidden_communication", node.hidden());
    }
  }

  private static void show(DevicePhases device, String tag, Summary summary) {
    summary
        .scalar(tag + "/data", device.data())
        .scalar(tag + "/pack", device.pack())
        .scalar(tag + "/forward", device.forward())
        .scalar(tag + "/backward", device.backward())
        .scalar(tag + "/reduce", device.reduce());
  }

  private static void show(Event.Evaluated evaluated, Summary summary) {
    summary
        .scalar("test/loss", evaluated.loss())
        .scalar("test/top1", evaluated.testTop1())
        .scalar("test/top5", evaluated.testTop5());
    if (evaluated.testBleu() != null) {
      summary.scalar("test/bleu", evaluated.testBleu());
    }
  }

  private static void show(Event.Layers layers, Summary summary) {
    List<Double> ratios = new ArrayList<>();
    for (TensorFigures tensor : layers.tensors()) {
      ratios.add(tensor.ratio());
      summary
          .scalar("trust_ratio/" + tensor.tensor(), tensor.ratio())
          .scalar("weight_norm/" + tensor.tensor(), tensor.weight())
          .scalar("gradient_norm/" + tensor.tensor(), tensor.gradient());
    }
    summary.histogram("trust_ratios", ratios);
  }

  private void write(List<Entry> entries, long leftOut) throws IOException {
    for (Entry entry : entries) {
      Summary summary = new Summary();
      entry.values().accept(summary);
      RecordFrame.write(out, summary.event(entry.seconds(), entry.step()));
    }
    out.flush();
  }

  /** Writes what is left; a warning says where that cannot be done. */
  @Override
  public void close() {
    backlog.end(out);
  }
}
