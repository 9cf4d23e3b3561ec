package io.larch.cli;

import io.larch.chaos.Chaos;
import io.larch.chaos.Cost;
import io.larch.chaos.Fault;
import io.larch.chaos.Vitals;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.run.Failure;
import io.larch.run.Training;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description = {
      "Trains on a cluster of this machine whose nodes are killed, stopped, damaged and joined in mid-run, and compares the weights with those of the same run undisturbed.",
      "For each node that is gone another joins before the next fault."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the weights are the same bits",
      "1:they are not, the cluster did not come back, or the run ended before the last fault"
    })
final class ChaosCommand implements Runnable {
  private static final double MEGA = 1e6;

  @Parameters(
      paramLabel = "RUN.conf",
      description = "The run file; its run must outlast the faults.")
  private Path runFile;

  @Option(
      names = "--nodes",
      defaultValue = "4",
      description = "Processes of the cluster; by default ${DEFAULT-VALUE}.")
  private int nodes;

  @Option(
      names = "--faults",
      defaultValue = "kill,kill-leader,kill-optimizers,kill-two,join,leave,stop,flip,disk",
      paramLabel = "FAULT,…",
      description =
          "kill (a follower), kill-leader, kill-optimizers (the node with most of them), kill-two, stop (5 s), sleep (until it is taken out), join, leave, flip (a bit of a node's weights) and disk (no checkpoint can be written); by default ${DEFAULT-VALUE}.")
  private String faults;

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      description =
          "Repeat the faults for so long, as in PT2H, then stop the run; by default once, and the run is trained to its end.")
  private Duration length;

  @Option(
      names = "--every",
      defaultValue = "PT0S",
      paramLabel = "DURATION",
      description = "Time between faults at least, as in PT30S; they also wait for the cluster.")
  private Duration every;

  @Option(
      names = "--patience",
      defaultValue = "PT2M",
      paramLabel = "DURATION",
      description = "How long the cluster may take to come back; by default ${DEFAULT-VALUE}.")
  private Duration patience;

  @Option(
      names = "--expect",
      paramLabel = "SHA256",
      description =
          "Of the undisturbed run's final weights, which is then not run; not with --for, which ends it at a step that nobody knows before.")
  private String expected;

  @Option(
      names = "--node",
      paramLabel = "key=value",
      description = "A setting of every node; by default devices=1.")
  private List<String> nodeOptions = List.of("devices=1");

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  ChaosCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    InternalAccess.require();
    List<Fault> order = Fault.parse(faults);
    check(order);
    Chaos.Outcome outcome =
        Chaos.run(
            new Chaos.Order(
                nodes,
                nodeOptions,
                sequence(order).iterator(),
                every,
                patience,
                length != null,
                order.contains(Fault.DISK)),
            RunFile.submission(runFile, options.overrides()),
            this::tell);
    output.say("disturbed:   %s after step %d".formatted(outcome.weights(), outcome.steps()));
    String undisturbed = expected == null ? undisturbed(outcome.steps()) : expected;
    output.say("undisturbed: " + undisturbed);
    output.result(outcome);
    judge(outcome, undisturbed);
  }

  private void check(List<Fault> order) {
    int needed = order.stream().mapToInt(Fault::nodesNeeded).max().orElse(1);
    if (nodes < needed) {
      throw new Refusal(
          "--nodes is %d, and --faults %s takes at least %d.".formatted(nodes, faults, needed));
    }
    if (length != null && expected != null) {
      throw new Refusal(
          "--expect is of a run that is trained to its end, and --for stops it before; leave one of them out.");
    }
  }

  /** The same run to that step; where it ends changes nothing before. */
  private String undisturbed(long steps) {
    List<String> overrides = new ArrayList<>(options.overrides());
    overrides.add("steps=" + steps);
    return Training.train(
            RunFile.load(Optional.of(runFile), overrides),
            1,
            Optional.empty(),
            Optional.empty(),
            false,
            event -> {})
        .weightsSha256();
  }

  private Stream<Fault> sequence(List<Fault> order) {
    if (length == null) {
      return order.stream();
    }
    long began = System.nanoTime();
    BooleanSupplier lasts = () -> System.nanoTime() - began < length.toNanos();
    return Stream.iterate(0, i -> lasts.getAsBoolean(), i -> i + 1)
        .map(i -> order.get(i % order.size()));
  }

  private void judge(Chaos.Outcome outcome, String undisturbed) {
    if (!outcome.weights().equals(undisturbed)) {
      throw new Failure(
          Failure.Kind.FAILED,
          "The weights are not the same bits: %s undisturbed, %s disturbed."
              .formatted(undisturbed, outcome.weights()),
          null);
    }
    if (!outcome.outlasted()) {
      throw new Failure(
          Failure.Kind.FAILED,
          "The run ended after %d faults, before the last one; give it more steps or epochs."
              .formatted(outcome.applied()),
          null);
    }
  }

  private void tell(Cost cost) {
    output.row("fault", cost, () -> line(cost));
  }

  private static String line(Cost cost) {
    Vitals held = cost.held();
    return "step %6d  %-16s next step after %6.2f s, all nodes after %6.2f s, %d steps repeated, %d generations; at most %.0f MB, %d threads, %d handles a node; %.0f MB shared  %s"
        .formatted(
            cost.step(),
            cost.fault(),
            cost.secondsToNextStep(),
            cost.secondsToWhole(),
            cost.repeatedSteps(),
            cost.generations(),
            held.resident() / MEGA,
            held.threads(),
            held.handles(),
            held.sharedMemory() / MEGA,
            String.join(" ", cost.nodes()));
  }
}
