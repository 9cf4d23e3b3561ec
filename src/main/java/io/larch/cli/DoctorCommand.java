package io.larch.cli;

import io.larch.run.Doctor;
import io.larch.run.Finding;
import io.larch.run.Finding.Level;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description =
        "Looks whether a node would work on this machine, and says what to do where it would not.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:nothing is red", "1:something is red"})
final class DoctorCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "NODE.conf",
      description = "The node file; without one, a node alone on this machine.")
  private Path nodeFile;

  @Option(
      names = "--run",
      paramLabel = "RUN.conf",
      description = "A run file: its data and its memory are looked at too.")
  private Path runFile;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  DoctorCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public Integer call() {
    List<Finding> findings =
        Doctor.examine(
            Optional.ofNullable(nodeFile), Optional.ofNullable(runFile), options.overrides());
    findings.forEach(this::tell);
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Level level : Level.values()) {
      counts.put(level.toString(), findings.stream().filter(f -> f.level() == level).count());
    }
    output.result(counts);
    return counts.get(Level.RED.toString()) == 0 ? 0 : 1;
  }

  private void tell(Finding finding) {
    output.row(
        "finding",
        Map.of(
            "level", finding.level().toString(),
            "check", finding.check(),
            "text", finding.text()),
        () ->
            "%s %-20s %s"
                .formatted(
                    output.colored(finding.level().toString(), color(finding.level())),
                    finding.check(),
                    finding.text()));
  }

  private static int color(Level level) {
    return switch (level) {
      case GREEN -> Output.GREEN;
      case YELLOW -> Output.YELLOW;
      case RED -> Output.RED;
    };
  }
}
