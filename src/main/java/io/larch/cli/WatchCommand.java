package io.larch.cli;

import io.larch.config.Refusal;
import io.larch.observe.Event;
import io.larch.observe.Json;
import io.larch.run.Failure;
import io.larch.web.RunEvents.End;
import io.larch.web.RunEvents.Ended;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = "Follows the run on a cluster to its end, with the words and exit code of train.")
final class WatchCommand implements Runnable {
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final String DATA = "data:";
  private static final String KIND = "event:";

  @Mixin private final ClusterAccess cluster = new ClusterAccess();
  @Mixin private final Output output;

  WatchCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    output.follow(this::watch);
  }

  private void watch(Event.Listener listener) {
    ClusterAccess.Lines lines = cluster.lines("run/events");
    try {
      conclude(follow(lines, listener));
    } finally {
      lines.ended().cancel(true);
    }
  }

  /**
   * Tells every event. One that is sent is lines with its data, its kind and its number, in any
   * order, then an empty line; without data it is a sign of life.
   */
  private Ended follow(ClusterAccess.Lines lines, Event.Listener listener) {
    String data = "";
    boolean last = false;
    while (true) {
      String line = next(lines);
      if (line.startsWith(DATA)) {
        data = line.substring(DATA.length()).strip();
      } else if (line.startsWith(KIND)) {
        last = line.substring(KIND.length()).strip().equals("ended");
      } else if (line.isEmpty() && last) {
        return Json.read(data, Ended.class);
      } else if (line.isEmpty() && !data.isEmpty()) {
        listener.on(Json.readEvent(data));
        data = "";
      }
    }
  }

  private String next(ClusterAccess.Lines lines) {
    try {
      Optional<String> line = lines.queue().next(SILENCE);
      if (line.isEmpty()) {
        cluster.sound(lines.ended());
      }
      return line.orElseThrow(() -> lost("ended the connection", null));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.FAILED, "Watching was interrupted; the run goes on.", e);
    } catch (TimeoutException e) {
      throw lost("has been silent for " + SILENCE.toSeconds() + " s", e);
    }
  }

  private Failure lost(String what, Throwable cause) {
    return new Failure(
        Failure.Kind.FAILED,
        "The node at "
            + cluster.url()
            + " "
            + what
            + " before the run's end was told. The run may go on without it; larch status --to another node tells.",
        cause);
  }

  private static void conclude(Ended ended) {
    if (ended.end() == End.STOPPED) {
      throw new Failure(Failure.Kind.FAILED, "The run " + ended.run() + " was stopped.", null);
    } else if (ended.end() == End.REFUSED) {
      throw new Refusal(ended.reason());
    } else if (ended.end() == End.FAILED) {
      throw new Failure(Failure.Kind.FAILED, ended.reason(), null);
    } else if (ended.end() == End.DIVERGED) {
      throw new Failure(Failure.Kind.DIVERGED, ended.reason(), null);
    }
  }
}
