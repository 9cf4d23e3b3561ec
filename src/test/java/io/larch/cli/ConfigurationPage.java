package io.larch.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes {@code docs/configuration.md} of {@code reference.conf}: a table a section. */
final class ConfigurationPage {
  private static final String HEAD =
      """
      # Configuration

      Every key of run files and node files, with its default. This page is made of
      [`reference.conf`](../src/main/resources/reference.conf); a test fails if the two differ.

      A file says only what differs from the defaults, and `-D key=value` wins over the file; the leading `larch.` may be left out there.
      """;

  private static final String TOP = "larch";

  private final Map<String, StringBuilder> sections = new LinkedHashMap<>();
  private final Deque<String> path = new ArrayDeque<>();
  private final List<String> said = new ArrayList<>();
  private String section = TOP;

  private ConfigurationPage() {
    sections.put(TOP, new StringBuilder());
  }

  static String of(List<String> reference) {
    ConfigurationPage page = new ConfigurationPage();
    reference.forEach(line -> page.line(line.strip()));
    StringBuilder whole = new StringBuilder(HEAD);
    page.sections.forEach(
        (name, text) -> whole.append("\n## ").append(name).append('\n').append(text));
    return whole.toString();
  }

  private void line(String line) {
    if (line.startsWith("#")) {
      said.add(line.substring(1).strip());
    } else if (line.endsWith("{")) {
      path.addLast(line.substring(0, line.length() - 1).strip());
      if (path.size() == 2) {
        section(path.getLast());
      }
      remark();
    } else if (line.equals("}")) {
      path.removeLast();
      if (path.size() == 1) {
        section = TOP;
      }
    } else if (line.contains("=")) {
      key(line.substring(0, line.indexOf('=')).strip(), line.substring(line.indexOf('=') + 1));
    } else {
      said.clear();
    }
  }

  private void section(String name) {
    section = TOP + "." + name;
    sections.put(section, new StringBuilder());
  }

  private StringBuilder page() {
    return sections.get(section);
  }

  /** What stands over a group of keys. */
  private void remark() {
    if (!said.isEmpty() && path.size() > 1) {
      page().append('\n').append(text()).append('\n');
    }
    said.clear();
  }

  private void key(String name, String value) {
    String whole = String.join(".", path) + "." + name;
    page().append("\n**`").append(whole).append("`** = `").append(value.strip()).append("`\n");
    if (!said.isEmpty()) {
      page().append("<br>").append(text()).append('\n');
    }
    said.clear();
  }

  private String text() {
    return String.join(" ", said).replace("<", "&lt;").replace("*", "\\*").replace("|", "\\|");
  }
}
