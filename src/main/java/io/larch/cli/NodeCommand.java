package io.larch.cli;

import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import io.larch.run.NodeProcess;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "node",
    mixinStandardHelpOptions = true,
    description = "Runs a node of a cluster, which trains what is submitted to it.")
final class NodeCommand implements Runnable {
  @Parameters(
      arity = "0..1",
      paramLabel = "NODE.conf",
      description = "The node file; without one, a node alone on this machine.")
  private Path nodeFile;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  NodeCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    InternalAccess.require();
    NodeSettings settings = NodeFile.load(Optional.ofNullable(nodeFile), options.overrides());
    try (NodeProcess node = NodeProcess.start(settings, output::say)) {
      output.row(
          "node",
          Map.of("management", node.management().toString()),
          () -> "The node is up; its management endpoint is " + node.management() + ".");
      node.await();
    }
  }
}
