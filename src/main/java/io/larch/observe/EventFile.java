package io.larch.observe;

import io.larch.config.Refusal;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * The events of a run as a file of JSON lines, as {@link Json} says, those about layers among them.
 * Each line is whole once it is there. A run that goes on appends.
 */
public final class EventFile implements Event.Listener, AutoCloseable {
  private static final int WAITING = 4_096;

  private final OutputStream out;
  private final Backlog<Event> backlog;
  private long toldLeftOut;

  private EventFile(OutputStream out) {
    this.out = out;
    backlog = new Backlog<>("events", WAITING, this::write);
  }

  /**
   * Opens the file, in a folder that is made if it is not there.
   *
   * @throws Refusal if that cannot be done
   */
  public static EventFile append(Path file) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      return new EventFile(
          new BufferedOutputStream(
              Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)));
    } catch (IOException e) {
      throw new Refusal(
          "The run's events cannot be written to %s (%s); make its folder one that can be written to, or give another by --out or larch.out."
              .formatted(file, e),
          e);
    }
  }

  /**
   * Tells the events of a file from a place on. Half a line at the end is left for the next time;
   * lines that are no events, as of a process that was killed, are passed over.
   *
   * @param from 0, or where the last reading ended
   * @return where this one ended
   */
  public static long read(Path file, long from, Event.Listener listener) {
    try (FileChannel channel = FileChannel.open(file);
        BufferedReader lines =
            new BufferedReader(
                Channels.newReader(channel.position(from), StandardCharsets.UTF_8))) {
      long size = channel.size();
      long at = from;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        long next = at + line.getBytes(StandardCharsets.UTF_8).length + 1;
        if (next > size) {
          break;
        }
        event(line).ifPresent(listener::on);
        at = next;
      }
      return at;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static Optional<Event> event(String line) {
    try {
      return Optional.of(Json.readEvent(line));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public void on(Event event) {
    backlog.add(event);
  }

  private void write(List<Event> events, long leftOut) throws IOException {
    for (Event event : events) {
      line(event);
    }
    if (leftOut > toldLeftOut) {
      line(
          new Event.Warning(
              (leftOut - toldLeftOut) + " events are left out here: the disk is too slow"));
      toldLeftOut = leftOut;
    }
    out.flush();
  }

  private void line(Event event) throws IOException {
    out.write((Json.write(event) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Writes what is left; a warning says where that cannot be done. */
  @Override
  public void close() {
    backlog.end(out);
  }
}
