package io.larch.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "confirm-death",
    mixinStandardHelpOptions = true,
    description =
        "Confirms that a silent node is dead, so that a cluster without a majority need not wait for it.")
final class ConfirmDeathCommand implements Runnable {
  @Parameters(
      paramLabel = "HOST:PORT",
      description =
          "Of the dead node's actors, as larch status names it. See with your own eyes that its process has ended: of two parts of a cluster only one may go on.")
  private String node;

  @Mixin private final ClusterAccess cluster = new ClusterAccess();
  @Mixin private final Output output;

  ConfirmDeathCommand(Streams streams) {
    output = new Output(streams);
  }

  /** What the cluster has taken notice of. */
  record Confirmed(String node) {}

  @Override
  public void run() {
    String named = URLEncoder.encode(node, StandardCharsets.UTF_8);
    Confirmed confirmed = cluster.order("node/confirm-death?node=" + named, "", Confirmed.class);
    output.say("The cluster goes on without " + confirmed.node() + ".");
    output.result(confirmed);
  }
}
