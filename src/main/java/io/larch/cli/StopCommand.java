package io.larch.cli;

import io.larch.web.RunControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "stop",
    mixinStandardHelpOptions = true,
    description = "Ends the run in progress on a cluster; the step in flight is lost.")
final class StopCommand implements Runnable {
  @Mixin private final ClusterAccess cluster = new ClusterAccess();
  @Mixin private final Output output;

  StopCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    RunControl.Ordered ordered = cluster.order("run/stop", "", RunControl.Ordered.class);
    output.say("%s ends after step %d".formatted(ordered.run(), ordered.step()));
    output.result(ordered);
  }
}
