package io.larch.cli;

import io.larch.compute.Devices;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.observe.Json;
import io.larch.plan.Cluster;
import io.larch.plan.Exchanges;
import io.larch.plan.Forecast;
import io.larch.plan.Link;
import io.larch.plan.Machine;
import io.larch.plan.PaperTable;
import io.larch.plan.Reduction;
import io.larch.plan.Spread;
import io.larch.plan.Workload;
import io.larch.run.Calibration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = {
      "Predicts what a run would take on so many nodes like this machine.",
      "A few steps are measured here, on random samples of the network's usual size; the rest is a model of the program's own schedule."
    })
final class PlanCommand implements Runnable {
  private static final int BAR = 30;
  private static final double GIGA = 1e9;
  private static final String MEASURED = "measured";

  @Parameters(
      arity = "0..1",
      paramLabel = "RUN.conf",
      description = "The run file; without one, the default run.")
  private Path runFile;

  @Option(
      names = "--nodes",
      defaultValue = "1..64",
      paramLabel = "N..M|N,M,…",
      description =
          "Powers of two from N to M, as far as the lanes of the run go, or a list; by default ${DEFAULT-VALUE}.")
  private String nodes;

  @Option(
      names = "--network",
      defaultValue = "10gbe",
      paramLabel = "NAME|SECONDS,SECONDS_PER_BYTE|measured",
      description =
          "1gbe, 10gbe, 25gbe, 100gbe, fdr, qdr, ne020, latency and time a byte, or measured, as --allreduce has it; by default ${DEFAULT-VALUE}.")
  private String network;

  @Option(
      names = "--devices",
      description = "Devices a node; by default as many as this machine's cores give.")
  private Integer devices;

  @Option(
      names = "--hosts",
      description = "Hosts that the nodes share evenly; by default each has its own.")
  private Integer hosts;

  @Option(
      names = "--one-machine",
      description =
          "All hosts are parts of this machine, such as network namespaces, and share its cores.")
  private boolean oneMachine;

  @Option(
      names = "--allreduce",
      paramLabel = "FILE",
      description =
          "What bench allreduce --json printed: what handing values over costs; without it, as much as copying them.")
  private Path allReduce;

  @Option(
      names = "--samples",
      defaultValue = "1281167",
      description = "Of an epoch; by default ${DEFAULT-VALUE}, as ImageNet has.")
  private long samples;

  @Option(
      names = "--price",
      paramLabel = "PER_HOUR",
      description = "Of a node for an hour: adds what the whole run costs.")
  private Double price;

  @Option(
      names = "--steps",
      defaultValue = "5",
      description =
          "Steps measured here; by default ${DEFAULT-VALUE}. Give short ones by the hundred: the first share the cores with Java's compilers.")
  private int steps;

  @Option(
      names = "--paper",
      description = "Instead: the time table of You et al., claimed beside modelled.")
  private boolean paper;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  PlanCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    if (paper) {
      tellPaper(PaperTable.rows());
      return;
    }
    Numbers.requirePositive("--steps", steps);
    Numbers.requirePositive("--samples", samples);
    InternalAccess.require();
    RunSettings settings = RunFile.load(Optional.ofNullable(runFile), options.overrides());
    Optional<Reduction> reduction = Optional.ofNullable(allReduce).map(PlanCommand::read);
    Link link = link(reduction);
    List<Integer> asked = counts(nodes);
    Spread spread = new Spread(hosts == null ? Integer.MAX_VALUE : hosts, oneMachine);
    Workload work = Calibration.work(settings, samples);
    int perNode = devices(settings);
    List<Integer> counts = withWork(asked, work, perNode);
    Forecast.check(work, counts, perNode, spread);
    Calibration calibration = new Calibration(settings, perNode, steps, reduction);
    List<Forecast> forecasts = Forecast.of(calibration::machine, link, work, counts, spread);
    tell(calibration.machine(spread.nodesPerMachine(counts.get(0))), work, link);
    forecasts.forEach(this::row);
    counts.stream().filter(n -> n > 1).map(n -> Exchanges.of(link, work, n)).forEach(this::row);
    output.result(result(forecasts));
  }

  private Link link(Optional<Reduction> reduction) {
    if (!network.equals(MEASURED)) {
      return Link.parse(network);
    }
    return reduction
        .map(Reduction::link)
        .orElseThrow(
            () ->
                new Refusal(
                    "--network measured needs --allreduce FILE, with what was measured. Write it with: larch bench allreduce --hosts A,B --json > FILE"));
  }

  /** The last line of what bench allreduce says. */
  private static Reduction read(Path file) {
    try {
      String lastLine = Files.readAllLines(file).stream().reduce("", (before, line) -> line);
      return Json.read(lastLine, Reduction.class);
    } catch (IOException | IllegalArgumentException e) {
      throw new Refusal(
          "%s is not what bench allreduce --json prints (%s). Write it with: larch bench allreduce --json > %s"
              .formatted(file, e, file),
          e);
    }
  }

  private int devices(RunSettings settings) {
    if (devices != null) {
      Numbers.requirePositive("--devices", devices);
      return devices;
    }
    int automatic = Devices.automatic(settings.threadsPerDevice());
    return settings.devices() > 0 ? settings.devices() : Math.min(automatic, settings.lanes());
  }

  private static boolean isRange(String text) {
    return text.contains("..");
  }

  /** Of a range, those numbers of nodes of which every device has a lane. */
  private List<Integer> withWork(List<Integer> asked, Workload work, int devices) {
    List<Integer> busy =
        asked.stream().filter(n -> Cluster.hasWork(work.lanes(), n, devices)).toList();
    if (!isRange(nodes) || busy.isEmpty() || busy.size() == asked.size()) {
      return asked;
    }
    output.say(
        "up to %d nodes: the run has %d lanes for devices, of which a node has %d; larch.lanes makes more useful"
            .formatted(busy.get(busy.size() - 1), work.lanes(), devices));
    return busy;
  }

  /** Reads {@code 1..64} or {@code 1,2,3}. */
  static List<Integer> counts(String text) {
    List<Integer> counts = new ArrayList<>();
    try {
      if (isRange(text)) {
        int last = Integer.parseInt(text.substring(text.indexOf("..") + 2));
        int first = Integer.parseInt(text.substring(0, text.indexOf("..")));
        for (int n = first; n > 0 && n <= last; n *= 2) {
          counts.add(n);
        }
      } else {
        for (String each : text.split(",", -1)) {
          counts.add(Integer.parseInt(each.strip()));
        }
      }
    } catch (NumberFormatException e) {
      counts.clear();
    }
    if (counts.isEmpty() || counts.stream().anyMatch(n -> n < 1)) {
      throw new Refusal(
          "--nodes %s names no numbers of nodes; give 1..64 for powers of two, or 1,2,3."
              .formatted(text));
    }
    return counts;
  }

  private void tell(Machine machine, Workload work, Link link) {
    output.say(
        format(
            "%s, %d parameters and statistics, global batch %d in %d lanes; each node: %d × %d threads, %.4g s a micro-batch of %d",
            work.model(),
            work.floats(),
            work.globalBatch(),
            work.lanes(),
            machine.devices(),
            machine.threads(),
            machine.microBatchSeconds(),
            work.microBatch()));
    output.say(
        format(
            "network %s: %.3g µs and %.3g GB/s; times of layers measured here, all else modelled",
            link.name(), 1e6 * link.latency(), 1 / link.secondsPerByte() / GIGA));
    output.say(
        "nodes    step s  samples/s  efficiency  epochs/h   run h  hidden  memory  bound by");
  }

  private void row(Forecast forecast) {
    output.row(
        "forecast",
        values(forecast),
        () ->
            format(
                "%5d %9.4g %10.4g %9.1f %% %9.4g %7.3g %5.0f %% %4.1f GB  %-9s %s%s",
                forecast.nodes(),
                forecast.step().seconds(),
                forecast.samplesPerSecond(),
                100 * forecast.efficiency(),
                forecast.epochsPerHour(),
                forecast.hours(),
                100 * forecast.step().hiddenShare(),
                forecast.memoryBytes() / GIGA,
                forecast.bound().name().toLowerCase(Locale.ROOT),
                "#".repeat((int) Math.round(BAR * Math.min(1, forecast.efficiency()))),
                price == null ? "" : format("  costs %.4g", cost(forecast))));
  }

  private double cost(Forecast forecast) {
    return price * forecast.nodes() * forecast.hours();
  }

  private Map<String, Object> values(Forecast forecast) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("nodes", forecast.nodes());
    values.put("step_seconds", forecast.step().seconds());
    values.put("compute_seconds", forecast.step().compute());
    values.put("exposed_seconds", forecast.step().exposed());
    values.put("reduction_seconds", forecast.step().reduction());
    values.put("hidden_share", forecast.step().hiddenShare());
    values.put("samples_per_second", forecast.samplesPerSecond());
    values.put("efficiency", forecast.efficiency());
    values.put("epochs_per_hour", forecast.epochsPerHour());
    values.put("hours", forecast.hours());
    values.put("memory_bytes", forecast.memoryBytes());
    values.put(
        "bytes_sent_max", forecast.step().sent().stream().mapToLong(sent -> sent).max().orElse(0));
    values.put("bound", forecast.bound().name().toLowerCase(Locale.ROOT));
    values.put("cost", price == null ? null : cost(forecast));
    return values;
  }

  private void row(Exchanges exchanges) {
    output.row(
        "exchange",
        Map.of(
            "nodes", exchanges.nodes(),
            "slices_seconds", exchanges.slices(),
            "tree_seconds", exchanges.tree(),
            "ring_seconds", exchanges.ring(),
            "server_seconds", exchanges.server()),
        () ->
            format(
                "%5d nodes exchange all at once in %.4g s; a ring in %.4g, a tree of whole gradients in %.4g, one parameter server in %.4g",
                exchanges.nodes(),
                exchanges.slices(),
                exchanges.ring(),
                exchanges.tree(),
                exchanges.server()));
  }

  private void tellPaper(List<PaperTable.Row> rows) {
    output.say("network      processor           nodes   batch  epochs  claimed  modelled");
    for (PaperTable.Row row : rows) {
      output.row(
          "claim",
          Map.of(
              "model", row.model(),
              "processor", row.processor(),
              "nodes", row.nodes(),
              "batch", row.batch(),
              "epochs", row.epochs(),
              "claimed_minutes", row.minutes(),
              "modelled_minutes", row.modelled(),
              "is_source", row.isSource(),
              "flops_per_second", row.flops(),
              "bound", row.bound().name().toLowerCase(Locale.ROOT)),
          () -> text(row));
    }
    output.result(Map.of("rows", rows.size()));
  }

  private static String text(PaperTable.Row row) {
    String source =
        row.isSource()
            ? format("claim; gives the processor %.3g TFLOP/s", row.flops() / 1e12)
            : format("model, bound by %s", row.bound().name().toLowerCase(Locale.ROOT));
    return format(
        "%-12s %-19s %5d %7d %7d %4.0f min %5.1f min  %s",
        row.model(),
        row.processor(),
        row.nodes(),
        row.batch(),
        row.epochs(),
        row.minutes(),
        row.modelled(),
        source);
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }

  private static Map<String, Object> result(List<Forecast> forecasts) {
    Forecast most = forecasts.get(forecasts.size() - 1);
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("nodes", most.nodes());
    values.put("step_seconds", most.step().seconds());
    values.put("samples_per_second", most.samplesPerSecond());
    values.put("efficiency", most.efficiency());
    values.put("hours", most.hours());
    return values;
  }
}
