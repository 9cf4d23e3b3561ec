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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description = {
      "Trains on a cluster whose nodes are killed, stopped and damaged in mid-run, and compares the weights with those of the same run undisturbed, here.",
      "The cluster is started here, and for each node that is gone another joins before the next fault; or it is named, its nodes take such orders (larch.cluster.chaos = true), and whoever started them starts those anew that are gone."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the weights are the same bits",
      "1:they are not, the cluster did not come back, or the run ended before the last fault"
    })
final class ChaosCommand implements Runnable {
  private static final double MEGA = 1e6;
  private static final int NODES = 4;

  @Parameters(
      paramLabel = "RUN.conf",
      description = "The run file; its run must outlast the faults.")
  private Path runFile;

  @Option(
      names = "--to",
      split = ",",
      paramLabel = "URL",
      description =
          "Management endpoints of the nodes of a cluster that runs; none but these are disturbed.")
  private List<String> endpoints = List.of();

  @Mixin private final Token token = new Token();

  @Option(
      names = "--nodes",
      description = "Processes of the cluster that is started; by default 4.")
  private Integer nodes;

  @Option(
      names = "--faults",
      paramLabel = "FAULT,…",
      description =
          "kill (a follower), kill-leader, kill-optimizers (the node with most of them), kill-two, stop (5 s), sleep (until it is taken out), join, leave, flip (a bit of a node's weights) and disk (no checkpoint can be written); by default all but sleep. No join and disk with --to.")
  private String faults;

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      description = "Repeat the faults for so long, as in PT2H; by default once.")
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
      description =
          "How long the cluster may take to come back, and a node that is gone to be started anew; by default ${DEFAULT-VALUE}.")
  private Duration patience;

  @Option(
      names = "--expect",
      paramLabel = "SHA256",
      description =
          "Of the undisturbed run's final weights, which is then not run; the disturbed one is trained to its end instead of being stopped after the faults.")
  private String expected;

  @Option(
      names = "--node",
      paramLabel = "key=value",
      description = "A setting of every node that is started; devices=1 unless it is among them.")
  private List<String> nodeOptions = List.of();

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  ChaosCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    InternalAccess.require();
    List<Fault> order = faults == null ? Fault.usual(endpoints.isEmpty()) : Fault.parse(faults);
    check(order);
    String run = RunFile.submission(runFile, options.overrides());
    Chaos.Outcome outcome;
    try (Chaos chaos = chaos(order)) {
      outcome =
          chaos.run(
              new Chaos.Order(sequence(order).iterator(), every, expected == null),
              run,
              this::tell);
    }
    output.say("disturbed:   %s after step %d".formatted(outcome.weights(), outcome.steps()));
    String undisturbed = expected == null ? undisturbed(outcome.steps()) : expected;
    output.say("undisturbed: " + undisturbed);
    output.result(outcome);
    judge(outcome, undisturbed);
  }

  private Chaos chaos(List<Fault> order) {
    return endpoints.isEmpty()
        ? Chaos.here(
            nodeCount(),
            Stream.concat(Stream.of("devices=1"), nodeOptions.stream()).toList(),
            patience,
            order.contains(Fault.DISK))
        : Chaos.at(
            endpoints.stream().map(ClusterAccess::endpoint).toList(), token.value(), patience);
  }

  private int nodeCount() {
    return nodes == null ? NODES : nodes;
  }

  private void check(List<Fault> order) {
    int given = endpoints.isEmpty() ? nodeCount() : endpoints.size();
    int needed = order.stream().mapToInt(Fault::nodesNeeded).max().orElse(1);
    if (given < needed) {
      throw new Refusal(
          "%s takes at least %d nodes, and %s are %d."
              .formatted(
                  words(order), needed, endpoints.isEmpty() ? "--nodes" : "those of --to", given));
    }
    if (!endpoints.isEmpty()) {
      checkNamed(order);
    }
  }

  private void checkNamed(List<Fault> order) {
    if (nodes != null || !nodeOptions.isEmpty()) {
      throw new Refusal(
          "--nodes and --node are of a cluster that is started here, and --to names one that runs; leave them or --to out.");
    }
    List<Fault> impossible = order.stream().filter(Fault::needsOwnNodes).toList();
    if (!impossible.isEmpty()) {
      throw new Refusal(
          "%s cannot be done to the cluster that --to names: no node can be started there from here, and its disks are its own. Leave it out of --faults, or --to."
              .formatted(words(impossible)));
    }
  }

  private static String words(List<Fault> some) {
    return some.stream().map(Fault::word).collect(Collectors.joining(", "));
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
    return "step %6d  %-16s next step after %6.2f s, all nodes after %6.2f s, %d steps repeated, %d generations%s%s  %s"
        .formatted(
            cost.step(),
            cost.fault(),
            cost.secondsToNextStep(),
            cost.secondsToWhole(),
            cost.repeatedSteps(),
            cost.generations(),
            cost.held() == null ? "" : held(cost.held()),
            cost.missed().isEmpty() ? "" : "; not started anew: " + String.join(" ", cost.missed()),
            String.join(" ", cost.nodes()));
  }

  private static String held(Vitals held) {
    return "; at most %.0f MB, %d threads, %d handles a node; %.0f MB shared"
        .formatted(
            held.resident() / MEGA, held.threads(), held.handles(), held.sharedMemory() / MEGA);
  }
}
