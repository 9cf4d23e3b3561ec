package io.larch.cli;

import io.larch.config.NodeFile;
import io.larch.transport.DriverProcess;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "driver",
    mixinStandardHelpOptions = true,
    description = {
      "Serves the nodes of this host as their media driver; normally started by a node.",
      "Ends by itself some time after the last node went."
    })
final class DriverCommand implements Runnable {
  @Mixin private RunOptions options;

  @Override
  public void run() {
    InternalAccess.require();
    DriverProcess.serve(NodeFile.load(Optional.empty(), options.overrides()).cluster().transport());
  }
}
