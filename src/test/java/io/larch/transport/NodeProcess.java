package io.larch.transport;

import io.larch.config.NodeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A node in a JVM of its own: opens its end, says where, and stays until its input ends. */
final class NodeProcess {
  private NodeProcess() {}

  public static void main(String[] options) throws IOException {
    var settings = NodeFile.load(Optional.empty(), List.of(options)).cluster().transport();
    try (DataPlane plane = DataPlane.open(settings, ProcessHandle.current().pid())) {
      System.out.println(plane.address().mediaDriver());
      while (System.in.read() >= 0) {
        Thread.onSpinWait();
      }
    }
  }

  static Process start(List<String> options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(NodeProcess.class.getName());
    command.addAll(options);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
