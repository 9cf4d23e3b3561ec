package io.larch.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.cluster.AllReduceRank;
import io.larch.cluster.AllReduceRank.Measured;
import io.larch.config.NodeFile;
import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import io.larch.plan.Reduction;
import io.larch.transport.DataAddress;
import io.larch.transport.OwnProgram;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Measures the reduction of a training step between processes: each is a JVM of its own, here or on
 * a host of its own, all sums are checked, and the time runs until the last process holds the
 * result. A rehearsal comes first, many sums of few values, in which the compilers do their work.
 */
public final class AllReduceBenchmark {
  private static final long PATIENCE_SECONDS = 60;
  private static final Duration ENDLESS = Duration.ofDays(365);
  private static final int REHEARSALS = 10_000;
  private static final int REHEARSED_FLOATS = 16_384;
  private static final ObjectMapper JSON = new ObjectMapper();

  private AllReduceBenchmark() {}

  /**
   * What is measured.
   *
   * @param transport ipc or udp; over udp each process has a media driver of its own, as nodes on
   *     hosts of their own have
   * @param warmUps reductions before those that are measured
   * @param options further settings of each process, {@code key=value}
   */
  public record Task(
      int nodes,
      int floats,
      String transport,
      int warmUps,
      int repeats,
      int sliceBytes,
      List<String> options) {

    private Task rehearsal() {
      int few = Math.min(REHEARSED_FLOATS, floats);
      return new Task(nodes, few, transport, 0, REHEARSALS, sliceBytes, options);
    }
  }

  /**
   * Of the slowest process's time of each repeat; and of each process the bytes of values that it
   * sent, counted and as planned.
   *
   * @param bytesOfRing what each would send in a ring: 2·M·(P−1)/P of M bytes and P processes
   * @param reduction what explains the times of the rehearsal and of the task; empty where these
   *     are of equally many values
   */
  public record Result(
      double medianMs,
      double bestMs,
      double worstMs,
      List<Long> bytesSent,
      List<Long> bytesPlanned,
      long bytesOfRing,
      Optional<Reduction> reduction) {}

  /**
   * Where the processes run.
   *
   * @param addresses of their hosts, in order of ranks; none for this machine
   * @param shell words of a command that runs what follows a host's address on that host, as ssh
   *     does; this program and its Java lie there as they do here
   */
  public record Hosts(List<String> addresses, List<String> shell) {

    private Rank start(int rank, List<String> bench) {
      List<String> command = new ArrayList<>();
      List<String> arguments = new ArrayList<>(bench);
      if (!addresses.isEmpty()) {
        String address = addresses.get(rank);
        command.addAll(shell);
        command.add(address);
        arguments.addAll(List.of("-D", "cluster.transport.bind=" + address));
      }
      command.addAll(OwnProgram.command(List.of("-Xmx512m"), arguments));
      try {
        return new Rank(
            addresses.isEmpty() ? "process " + rank : addresses.get(rank),
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
      } catch (IOException e) {
        throw new Refusal(
            "%s cannot be run on this machine: %s. --shell takes a command that is given a host's address and what to run there, such as ssh."
                .formatted(command.get(0), e.getMessage()),
            e);
      }
    }
  }

  /**
   * One of the processes.
   *
   * @param name as whoever started the measurement knows it
   */
  private record Rank(String name, Process process) {

    /** Reads the next line of what it says. */
    private String line() {
      return line(ENDLESS);
    }

    /** The same, for what takes no time. */
    private String lineSoon() {
      return line(Duration.ofSeconds(PATIENCE_SECONDS));
    }

    private String line(Duration limit) {
      try {
        return ChildOutput.line(process, limit).orElseThrow(this::ended);
      } catch (TimeoutException e) {
        process.destroyForcibly();
        throw failure(
            "%s has not begun for %d s, and was ended.".formatted(name, limit.toSeconds()), e);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }

    private Failure ended() {
      return failure(
          "%s ended before it had measured anything; why, it says above.".formatted(name), null);
    }

    private void tell(String line) throws IOException {
      BufferedWriter input = process.outputWriter(StandardCharsets.UTF_8);
      input.write(line + "\n");
      input.flush();
    }

    private void end() {
      try {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Starts the processes and waits for what they measure. */
  public static Result run(Task task, Hosts hosts) {
    List<Rank> ranks = new ArrayList<>();
    boolean done = false;
    try {
      for (int rank = 0; rank < task.nodes(); rank++) {
        ranks.add(hosts.start(rank, command(rank, task)));
      }
      List<Measured> rehearsed = measured(ranks);
      List<Measured> measured = measured(ranks);
      done = true;
      return summary(rehearsed, measured, task);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      end(ranks, done);
    }
  }

  /** Whoever was interrupted waits too, for what was told to end does so at once. */
  private static void end(List<Rank> ranks, boolean done) {
    boolean interrupted = Thread.interrupted();
    if (!done) {
      ranks.forEach(rank -> rank.process.destroy());
    }
    ranks.forEach(Rank::end);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static Failure interrupted(Exception e) {
    Thread.currentThread().interrupt();
    return failure("The measurement was interrupted.", e);
  }

  private static Failure failure(String paragraph, Exception cause) {
    return new Failure(Failure.Kind.FAILED, paragraph, cause);
  }

  private static List<String> command(int rank, Task task) {
    List<String> bench = new ArrayList<>(List.of("bench", "allreduce"));
    bench.addAll(List.of("--rank", String.valueOf(rank)));
    bench.addAll(List.of("--nodes", String.valueOf(task.nodes())));
    bench.addAll(List.of("--floats", String.valueOf(task.floats())));
    bench.addAll(List.of("--transport", task.transport()));
    bench.addAll(List.of("--warm-ups", String.valueOf(task.warmUps())));
    bench.addAll(List.of("--repeats", String.valueOf(task.repeats())));
    bench.addAll(List.of("--slice-bytes", String.valueOf(task.sliceBytes())));
    task.options().forEach(option -> bench.addAll(List.of("-D", option)));
    return bench;
  }

  private static List<Measured> measured(List<Rank> ranks) throws IOException {
    List<DataAddress> addresses = new ArrayList<>();
    for (Rank rank : ranks) {
      addresses.add(JSON.readValue(rank.lineSoon(), DataAddress.class));
    }
    for (Rank rank : ranks) {
      rank.tell(JSON.writeValueAsString(addresses));
    }
    List<Measured> measured = new ArrayList<>();
    for (Rank rank : ranks) {
      measured.add(JSON.readValue(rank.line(), Measured.class));
    }
    return measured;
  }

  private static Result summary(List<Measured> rehearsed, List<Measured> measured, Task task) {
    List<Double> slowest = slowest(measured, Measured::milliseconds);
    long all = 2L * task.floats() * Float.BYTES;
    return new Result(
        median(slowest),
        slowest.get(0),
        slowest.get(slowest.size() - 1),
        measured.stream().map(Measured::bytesSent).toList(),
        measured.stream().map(Measured::bytesPlanned).toList(),
        all * (task.nodes() - 1) / task.nodes(),
        reduction(point(rehearsed), point(measured), task.nodes()));
  }

  /** What the slowest process took in each repeat, in ascending order. */
  private static List<Double> slowest(
      List<Measured> measured, Function<Measured, List<Double>> milliseconds) {
    List<Double> slowest = new ArrayList<>();
    for (int i = 0; i < measured.get(0).milliseconds().size(); i++) {
      int repeat = i;
      slowest.add(
          measured.stream()
              .mapToDouble(each -> milliseconds.apply(each).get(repeat))
              .max()
              .orElseThrow());
    }
    slowest.sort(null);
    return slowest;
  }

  private static Reduction.Point point(List<Measured> measured) {
    return new Reduction.Point(
        measured.stream().mapToLong(Measured::bytesSent).max().orElseThrow(),
        median(slowest(measured, Measured::milliseconds)) / 1e3,
        median(slowest(measured, Measured::busyMilliseconds)) / 1e3);
  }

  private static double median(List<Double> ascending) {
    return ascending.get(ascending.size() / 2);
  }

  /** A reduction goes up and down the tree, and so does the one value that ends its measurement. */
  private static Optional<Reduction> reduction(
      Reduction.Point few, Reduction.Point many, int nodes) {
    int levels = Integer.numberOfTrailingZeros(Integer.highestOneBit(2 * nodes - 1));
    return many.bytes() <= few.bytes()
        ? Optional.empty()
        : Optional.of(Reduction.between(4 * levels, few, many));
  }

  /**
   * The part of one process: tells its address, reads all of them, measures and tells the result, a
   * JSON object a line; first in the rehearsal, then in earnest.
   *
   * @param in from the process that started this one, with which it ends
   * @throws Failure if that ends before, or the thread is interrupted
   */
  public static void serve(int rank, Task task, BufferedReader in, PrintStream out) {
    List<String> options = new ArrayList<>();
    if (task.transport().equals("udp")) {
      options.add("cluster.transport.driver.ownership=embedded");
    }
    options.addAll(task.options());
    options.add("cluster.transport.mode=" + task.transport());
    TransportSettings transport = NodeFile.load(Optional.empty(), options).cluster().transport();
    Parent parent = Parent.listen(in);
    try {
      serve(rank, transport, task.rehearsal(), parent, out);
      serve(rank, transport, task, parent, out);
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      throw Thread.currentThread().isInterrupted() ? interrupted(e) : e;
    }
  }

  private static void serve(
      int rank, TransportSettings transport, Task task, Parent parent, PrintStream out)
      throws InterruptedException, JsonProcessingException {
    try (AllReduceRank end = new AllReduceRank(transport, task.floats(), task.sliceBytes())) {
      tell(out, end.address());
      List<DataAddress> all =
          JSON.readValue(parent.line(), new TypeReference<List<DataAddress>>() {});
      tell(out, end.measure(rank, all, task.warmUps(), task.repeats()));
    }
  }

  private static void tell(PrintStream out, Object value) throws JsonProcessingException {
    out.println(JSON.writeValueAsString(value));
    out.flush();
  }

  /** Refuses what cannot be measured. */
  public static void check(Task task) {
    if (task.nodes() < 2 || task.floats() < 1 || task.warmUps() < 0 || task.repeats() < 1) {
      throw new Refusal(
          "Nothing can be measured with --nodes %d, --floats %d, --warm-ups %d and --repeats %d; it takes at least 2, 1, 0 and 1."
              .formatted(task.nodes(), task.floats(), task.warmUps(), task.repeats()));
    }
  }
}
