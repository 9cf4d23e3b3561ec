package io.larch.cli;

import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import io.larch.run.NodeProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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

  @Option(
      names = "--checkpoints",
      hidden = true,
      paramLabel = "DIR",
      description = "Folder of the checkpoints of the only run this node takes part in.")
  private Path checkpoints;

  @Option(
      names = "--end-with-input",
      hidden = true,
      description = "End when the standard input does, which the process that started this holds.")
  private boolean endWithInput;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  NodeCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    InternalAccess.require();
    NodeSettings settings = NodeFile.load(Optional.ofNullable(nodeFile), options.overrides());
    NodeProcess.check(settings).forEach(output::warn);
    while (serve(settings)) {
      output.warn(NodeProcess.LEFT + " It joins again.");
    }
  }

  /** Returns whether the node is to join again. */
  private boolean serve(NodeSettings settings) {
    try (NodeProcess node =
        NodeProcess.start(settings, Optional.ofNullable(checkpoints), output::say)) {
      if (endWithInput) {
        endWithInput(node);
      }
      output.row(
          "node",
          Map.of("management", node.management().toString()),
          () -> "The node is up; its management endpoint is " + node.management() + ".");
      return node.await();
    }
  }

  private static void endWithInput(NodeProcess node) {
    Thread listener =
        new Thread(
            () -> {
              drain(System.in);
              node.end();
            },
            "larch-parent");
    listener.setDaemon(true);
    listener.start();
  }

  private static void drain(InputStream input) {
    try {
      input.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // The other end is gone: that is what was waited for.
    }
  }
}
