package io.larch.cli;

import io.larch.web.Status;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Says how the run on a cluster goes and what each node does.")
final class StatusCommand implements Runnable {
  @Mixin private final ClusterAccess cluster = new ClusterAccess();
  @Mixin private final Output output;

  StatusCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    Status status = cluster.fetch("run/status", Status.class);
    StatusText.lines(status).forEach(output::say);
    output.result(status);
  }
}
