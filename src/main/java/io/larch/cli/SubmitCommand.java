package io.larch.cli;

import io.larch.config.RunFile;
import io.larch.web.RunControl;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "submit",
    mixinStandardHelpOptions = true,
    description = "Hands a run to a cluster, whose nodes give devices and paths.")
final class SubmitCommand implements Runnable {
  @Parameters(paramLabel = "RUN.conf", description = "The run file.")
  private Path runFile;

  @Option(
      names = "--resume",
      description = "Go on from the newest checkpoint that the cluster has of this run.")
  private boolean resume;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final ClusterAccess cluster = new ClusterAccess();
  @Mixin private final Output output;

  SubmitCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    String run = RunFile.submission(runFile, options.overrides());
    RunControl.Accepted accepted =
        cluster.order(
            resume ? "run/submit?resume=true" : "run/submit", run, RunControl.Accepted.class);
    output.say(
        "%s was submitted; larch watch --to %s follows it"
            .formatted(accepted.run(), cluster.url()));
    output.result(accepted);
  }
}
