package io.larch.cli;

import io.larch.plan.Reduction;
import io.larch.run.AllReduceBenchmark;
import io.larch.run.AllReduceBenchmark.Hosts;
import io.larch.run.AllReduceBenchmark.Result;
import io.larch.run.AllReduceBenchmark.Task;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "allreduce",
    mixinStandardHelpOptions = true,
    description = {
      "Measures how long processes, of this machine or of several hosts, take to sum arrays and to hold the sums.",
      "Sums are checked; the time runs until the last process has them all."
    })
final class BenchAllReduceCommand implements Runnable {
  @Option(
      names = "--nodes",
      defaultValue = "2",
      description = "Processes of this machine; by default ${DEFAULT-VALUE}.")
  private int nodes;

  @Option(
      names = "--hosts",
      split = ",",
      paramLabel = "ADDRESS",
      description =
          "Instead: a process on each of these hosts, over udp, each bound to its address. This program and its Java lie there as they do here.")
  private List<String> hosts = List.of();

  @Option(
      names = "--shell",
      defaultValue = "ssh",
      paramLabel = "COMMAND",
      description =
          "Runs on a host, whose address is its first argument, what follows; by default ${DEFAULT-VALUE}.")
  private String shell;

  @Option(
      names = "--floats",
      defaultValue = "25557032",
      description = "Values of each; by default ${DEFAULT-VALUE}, as ResNet-50 has parameters.")
  private int floats;

  @Option(
      names = "--transport",
      defaultValue = "ipc",
      description = "ipc or udp; by default ${DEFAULT-VALUE}.")
  private String transport;

  @Option(
      names = "--warm-ups",
      defaultValue = "3",
      description = "Not measured, before; by default ${DEFAULT-VALUE}.")
  private int warmUps;

  @Option(
      names = "--repeats",
      defaultValue = "15",
      description = "Measured; by default ${DEFAULT-VALUE}.")
  private int repeats;

  @Option(
      names = "--slice-bytes",
      defaultValue = "4194304",
      description = "Bytes of a slice; by default ${DEFAULT-VALUE}.")
  private int sliceBytes;

  @Option(
      names = "--rank",
      hidden = true,
      defaultValue = "-1",
      description = "Be one of the processes.")
  private int rank;

  private final Streams streams;
  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  BenchAllReduceCommand(Streams streams) {
    this.streams = streams;
    output = new Output(streams);
  }

  @Override
  public void run() {
    InternalAccess.require();
    Task task = task();
    AllReduceBenchmark.check(task);
    if (rank >= 0) {
      AllReduceBenchmark.serve(
          rank,
          task,
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
          streams.out());
    } else {
      tell(
          task, AllReduceBenchmark.run(task, new Hosts(hosts, List.of(shell.strip().split(" +")))));
    }
  }

  private Task task() {
    boolean here = hosts.isEmpty();
    return new Task(
        here ? nodes : hosts.size(),
        floats,
        here ? transport : "udp",
        warmUps,
        repeats,
        sliceBytes,
        options.overrides());
  }

  private void tell(Task task, Result result) {
    output.say(
        "%d values between %d processes over %s: %.3f ms (best %.3f, worst %.3f); bytes sent by each: %s, planned: %s, in a ring: %d"
            .formatted(
                task.floats(),
                task.nodes(),
                task.transport(),
                result.medianMs(),
                result.bestMs(),
                result.worstMs(),
                result.bytesSent(),
                result.bytesPlanned(),
                result.bytesOfRing()));
    result.reduction().ifPresent(this::tell);
    output.result(values(result));
  }

  private void tell(Reduction reduction) {
    output.say(
        "beside the rehearsal with few values: %.3g µs a hop, and %.3g GB/s sent by each, of which a core could do %.3g"
            .formatted(
                1e6 * reduction.latencySeconds(),
                1e-9 / reduction.secondsPerByte(),
                1e-9 / reduction.coreSecondsPerByte()));
  }

  private static Map<String, Object> values(Result result) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("median_ms", result.medianMs());
    values.put("best_ms", result.bestMs());
    values.put("worst_ms", result.worstMs());
    values.put("bytes_sent", result.bytesSent());
    values.put("bytes_planned", result.bytesPlanned());
    values.put("bytes_of_ring", result.bytesOfRing());
    Optional<Reduction> reduction = result.reduction();
    values.put("latency_seconds", reduction.map(Reduction::latencySeconds).orElse(null));
    values.put("seconds_per_byte", reduction.map(Reduction::secondsPerByte).orElse(null));
    values.put("core_seconds_per_byte", reduction.map(Reduction::coreSecondsPerByte).orElse(null));
    return values;
  }
}
