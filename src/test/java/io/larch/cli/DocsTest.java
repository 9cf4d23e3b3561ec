package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.NodeFile;
import io.larch.config.RunFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What README and docs say is so: each command can be given, those marked {@code <!-- run -->} are,
 * run and node files are there and right, links lead somewhere, and the code compiles.
 */
@Timeout(120)
class DocsTest {
  private static final Path DOCS = Path.of("docs");
  private static final Pattern COMMAND =
      Pattern.compile("java (?:-jar target/larch\\.jar|.* io\\.larch\\.cli\\.Main) ([^#&`]+)");
  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(?:#[^)]*)?\\)");
  private static final String RUN = "<!-- run -->";

  @TempDir Path folder;

  static List<Path> pages() {
    try (Stream<Path> docs = Files.walk(DOCS)) {
      return Stream.concat(
              Stream.of(
                  Path.of("README.md"), Path.of("ARCHITECTURE.md"), Path.of("CONTRIBUTING.md")),
              docs.filter(page -> page.toString().endsWith(".md")))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> commands(Path page) throws IOException {
    List<String> commands = new ArrayList<>();
    for (String line : Files.readAllLines(page)) {
      Matcher command = COMMAND.matcher(line);
      while (line.startsWith("    ") && command.find()) {
        commands.add(command.group(1).strip());
      }
    }
    return commands;
  }

  private static String[] words(String command) {
    return Arrays.stream(command.split("\\s+"))
        .map(word -> word.replaceAll("^'|'$", ""))
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void shouldKnowEveryCommand(Path page) throws IOException {
    for (String command : commands(page)) {
      String[] words = words(command);
      new Larch(Streams.system(), () -> false).commandLine().parseArgs(words);
      if (command.contains("cluster-configs/")) {
        loads(words);
      }
    }
  }

  /**
   * A run file with the options beside it; a node file only by name, as it may need an environment.
   */
  private static void loads(String[] words) throws IOException {
    List<String> overrides = new ArrayList<>();
    for (int i = 0; i < words.length - 1; i++) {
      if (words[i].equals("-D")) {
        overrides.add(words[i + 1]);
      }
    }
    for (String word : words) {
      if (word.startsWith("cluster-configs/")) {
        Path file = Path.of(word);
        assertTrue(Files.exists(file), word);
        if (words[0].equals("node") && !Files.readString(file).contains("${")) {
          NodeFile.load(Optional.of(file), overrides);
        } else if (words[0].matches("train|submit|lr|data")) {
          RunFile.load(Optional.of(file), overrides);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void shouldRunWhatIsMarked(Path page) throws IOException {
    String text = Files.readString(page);
    for (int at = text.indexOf(RUN); at >= 0; at = text.indexOf(RUN, at + 1)) {
      Matcher command = COMMAND.matcher(text.substring(at));
      assertTrue(command.find(), "no command after the mark");
      String[] words = words(command.group(1).lines().findFirst().orElseThrow().strip());
      Session session = Session.of(words);
      boolean doctor = words[0].equals("doctor");
      assertTrue(session.exitCode() == 0 || (doctor && session.exitCode() == 1), session::toString);
      assertTrue(session.lines().size() > 3, session.out());
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void shouldLinkToWhatIsThere(Path page) throws IOException {
    Matcher link = LINK.matcher(Files.readString(page));
    while (link.find()) {
      Path target = page.resolveSibling(link.group(1));
      assertTrue(Files.exists(target), page + " links to " + target);
    }
  }

  @Test
  void shouldCompileTheCodeThatIsShown() throws IOException {
    String page = Files.readString(DOCS.resolve("writing-a-network.md"));
    Matcher code = Pattern.compile("(?s)```java\\n(.*?)```").matcher(page);
    assertTrue(code.find());
    Path file = Files.writeString(folder.resolve("Small.java"), code.group(1));
    int errors =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-proc:none", "-d", folder.toString(), file.toString());
    assertEquals(0, errors);
  }

  /** To write it anew: give the test the property {@code larch.docs.write}. */
  @Test
  void shouldListEveryKeyOfTheReference() throws IOException {
    Path page = DOCS.resolve("configuration.md");
    String made =
        ConfigurationPage.of(Files.readAllLines(Path.of("src/main/resources/reference.conf")));
    if (Boolean.getBoolean("larch.docs.write")) {
      Files.writeString(page, made);
    }
    assertEquals(made, Files.readString(page), "docs/configuration.md is not up to date");
  }

  /** Every command is spoken of. */
  @Test
  void shouldNameEveryCommandInTheReadme() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    new Larch(Streams.system(), () -> false)
        .commandLine().getSubcommands().keySet().stream()
            .filter(command -> !command.equals("help"))
            .forEach(command -> assertTrue(readme.contains("`" + command), command));
  }
}
