package io.larch.transport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This program in another process of this machine, with the same Java and the same classes. */
public final class OwnProgram {
  private OwnProgram() {}

  /**
   * The command that starts it.
   *
   * @param flags of the virtual machine, besides what every start of the program needs
   * @param arguments as after {@code larch}
   */
  public static List<String> command(List<String> flags, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.larch.cli.Main"));
    command.addAll(arguments);
    return command;
  }
}
