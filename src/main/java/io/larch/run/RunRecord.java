package io.larch.run;

import io.larch.config.Refusal;
import io.larch.data.DataSource;
import io.larch.data.DataUnavailable;
import io.larch.observe.Event;
import io.larch.observe.EventFile;
import io.larch.observe.FanOut;
import io.larch.observe.TensorBoardFile;
import java.awt.image.BufferedImage;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * What a run leaves in its folder beside checkpoints: its events as JSON lines, and for TensorBoard
 * scalars, histograms, the run file and some training pictures.
 */
final class RunRecord implements Event.Listener, AutoCloseable {
  private static final int PICTURES = 8;
  private static final int WHITE = 255;

  private final EventFile events;
  private final TensorBoardFile board;
  private final FanOut both;

  /**
   * Opens the files.
   *
   * @param name of the node that writes, where several have the same folder; empty otherwise
   * @throws Refusal if they cannot be written
   */
  static RunRecord open(Path folder, String name, Job job) {
    String suffix = name.isEmpty() ? "" : "-" + name;
    EventFile events = EventFile.append(folder.resolve("events" + suffix + ".jsonl"));
    try {
      Path board = folder.resolve("tensorboard").resolve(name);
      return new RunRecord(events, TensorBoardFile.create(board, System::currentTimeMillis), job);
    } catch (RuntimeException e) {
      events.close();
      throw e;
    }
  }

  private RunRecord(EventFile events, TensorBoardFile board, Job job) {
    this.events = events;
    this.board = board;
    both = new FanOut(List.of(events, board));
    board.text("run_file", 0, job.runFile().indent(4));
    if (job.data() instanceof RunData.Pictures pictures) {
      showPictures(job, pictures.source());
    }
  }

  /**
   * The first training pictures as the network sees them, each from its least to its greatest
   * value.
   */
  private void showPictures(Job job, DataSource data) {
    if (data.channels() != 1 && data.channels() != 3) {
      return;
    }
    FloatBuffer values = FloatBuffer.allocate(PICTURES * data.floats());
    try {
      data.training(job.settings().seed()).read(0, PICTURES, values, new int[PICTURES]);
    } catch (DataUnavailable e) {
      // The run itself ends at such a picture, and says which it is.
      return;
    }
    for (int i = 0; i < PICTURES; i++) {
      FloatBuffer picture = values.slice(i * data.floats(), data.floats());
      board.image("pictures/" + i, 0, drawn(picture, data.channels(), data.height(), data.width()));
    }
  }

  private static BufferedImage drawn(FloatBuffer values, int channels, int height, int width) {
    int type = channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB;
    BufferedImage image = new BufferedImage(width, height, type);
    float least = Float.MAX_VALUE;
    float greatest = -Float.MAX_VALUE;
    for (int i = 0; i < values.limit(); i++) {
      least = Math.min(least, values.get(i));
      greatest = Math.max(greatest, values.get(i));
    }
    float scale = greatest > least ? WHITE / (greatest - least) : 0;
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < height * width; i++) {
        int shade = Math.round((values.get(c * height * width + i) - least) * scale);
        image.getRaster().setSample(i % width, i / width, c, shade);
      }
    }
    return image;
  }

  @Override
  public void on(Event event) {
    both.on(event);
  }

  /** Writes what is left. */
  @Override
  public void close() {
    try {
      events.close();
    } finally {
      board.close();
    }
  }
}
