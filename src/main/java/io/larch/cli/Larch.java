package io.larch.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command line as a whole: the commands and what becomes of their errors. */
@Command(
    name = "larch",
    description =
        "Trains deep networks with very large batches: same run, same bits, on any number of workers.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Larch.Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed on the way",
      "2:wrong usage or configuration, nothing was begun",
      "3:diverged, a value was not finite"
    })
final class Larch implements Runnable {
  private final Streams streams;
  private final BooleanSupplier interrupted;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  Larch(Streams streams, BooleanSupplier interrupted) {
    this.streams = streams;
    this.interrupted = interrupted;
  }

  /** Runs a command line to its end and returns the exit code. */
  int run(String... args) {
    CommandLine line = commandLine();
    try {
      return line.execute(args);
    } catch (Throwable e) {
      return errors().report(e);
    }
  }

  /** All commands, as they are on the command line. */
  CommandLine commandLine() {
    CommandLine bench =
        new CommandLine(new BenchCommand())
            .addSubcommand(new BenchStepCommand(streams))
            .addSubcommand(new BenchOptimizerCommand(streams))
            .addSubcommand(new BenchAllReduceCommand(streams))
            .addSubcommand(new BenchDecodeCommand(streams));
    CommandLine data =
        new CommandLine(new DataCommand())
            .addSubcommand(new DataGenerateCommand(streams))
            .addSubcommand(new DataFetchCommand(streams))
            .addSubcommand(new DataPackCommand(streams))
            .addSubcommand(new DataMeanImageCommand(streams))
            .addSubcommand(new DataLearnCommand(streams))
            .addSubcommand(new DataInspectCommand(streams));
    return new CommandLine(this)
        .addSubcommand(new TrainCommand(streams))
        .addSubcommand(new SubmitCommand(streams))
        .addSubcommand(new StatusCommand(streams))
        .addSubcommand(new WatchCommand(streams))
        .addSubcommand(new StopCommand(streams))
        .addSubcommand(new ConfirmDeathCommand(streams))
        .addSubcommand(new EvalCommand(streams))
        .addSubcommand(new PredictCommand(streams))
        .addSubcommand(new TranslateCommand(streams))
        .addSubcommand(new BleuCommand(streams))
        .addSubcommand(new DescribeCommand(streams))
        .addSubcommand(new DigestCommand(streams))
        .addSubcommand(new ConvertCommand(streams))
        .addSubcommand(new RateCommand(streams))
        .addSubcommand(new PlanCommand(streams))
        .addSubcommand(new StudyCommand(streams))
        .addSubcommand(new NodeCommand(streams))
        .addSubcommand(new DoctorCommand(streams))
        .addSubcommand(new ChaosCommand(streams))
        .addSubcommand(new DriverCommand())
        .addSubcommand(bench)
        .addSubcommand(data)
        .setUsageHelpAutoWidth(true)
        .setOut(new PrintWriter(streams.out(), true, UTF_8))
        .setErr(new PrintWriter(streams.err(), true, UTF_8))
        .setExecutionExceptionHandler((e, command, parsed) -> errors().report(e))
        .setParameterExceptionHandler((e, args) -> errors().wrongUsage(e));
  }

  private Errors errors() {
    return new Errors(streams.err(), debug, interrupted);
  }

  @Override
  public void run() {
    throw new ParameterException(new CommandLine(this), "Which command?");
  }

  /** Version of the jar and of Java. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Larch.class.getPackage().getImplementationVersion();
      return new String[] {
        "larch " + (version == null ? "unpackaged" : version) + ", Java " + Runtime.version()
      };
    }
  }
}
