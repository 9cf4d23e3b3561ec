package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The packaged program in a process of its own. */
@Timeout(120)
class MainIT {
  private static final String JAR = System.getProperty("larch.jar");

  @Test
  void shouldStartWithoutAnyFlag() throws Exception {
    Process process = java("-jar", JAR, "describe", "lenet", "--json");
    String out = read(process);
    assertEquals(0, process.waitFor());
    assertTrue(out.contains("\"event\":\"result\""), out);
  }

  @Test
  void shouldWriteNumbersAlikeInEveryLanguage() throws Exception {
    Process process =
        java("-Duser.language=ar", "-Duser.country=EG", "-jar", JAR, "describe", "lenet");
    String out = read(process);
    assertEquals(0, process.waitFor());
    assertTrue(out.contains("3,274,634"), out);
  }

  @Test
  void shouldSayHowToStartItWhenAJdkPackageIsClosed() throws Exception {
    String classPath =
        JAR + File.pathSeparator + new File(JAR).toPath().resolveSibling("lib") + "/*";
    Process process = java("-cp", classPath, Main.class.getName(), "train");
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor());
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.contains("java -jar larch.jar"), err);
  }

  @Test
  void shouldEndWhenInterrupted() throws Exception {
    Process process = java("-jar", JAR, "train", "-D", "epochs=100", "--json");
    int firstByte = process.getInputStream().read();
    assertEquals('{', firstByte, "the run began");
    assertTrue(process.toHandle().destroy(), "SIGTERM is sent, and the pipes stay open");
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends by itself");
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(err.contains("larch: ") && err.contains("interrupted"), err);
  }

  private static String read(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static Process java(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).start();
  }
}
