package io.larch.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A page in headless Chromium, driven by the DevTools protocol: a command is a numbered JSON object
 * over a WebSocket, its answer has the same number, and what has none is an event.
 */
final class Browser {
  private static final long PATIENCE_SECONDS = 60;

  private final ObjectMapper json = new ObjectMapper();
  private final AtomicInteger commands = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private final Process process;
  private final WebSocket socket;

  /** Where the program is, if this machine has it. */
  static Stream<Path> installed() {
    return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
        .map(Path::of)
        .filter(Files::isExecutable);
  }

  /**
   * @param profile a folder of its own
   */
  Browser(Path profile) throws Exception {
    process =
        new ProcessBuilder(
                installed().findFirst().orElseThrow().toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    URI page = page(URI.create(listening(process.errorReader())));
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(page, new Answers())
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    for (String domain : List.of("Runtime", "Log", "Page", "Network")) {
      command(domain + ".enable", Map.of());
    }
  }

  private static String listening(BufferedReader said) throws IOException {
    String line = said.readLine();
    while (line != null && !line.contains("DevTools listening on ")) {
      line = said.readLine();
    }
    if (line == null) {
      throw new IOException("Chromium ended before it listened");
    }
    Thread drain = new Thread(() -> said.lines().forEach(more -> {}), "browser-errors");
    drain.setDaemon(true);
    drain.start();
    return line.substring(line.indexOf("ws://"));
  }

  private URI page(URI browser) throws Exception {
    URI list = URI.create("http://127.0.0.1:" + browser.getPort() + "/json/list");
    String pages =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(list).build(), BodyHandlers.ofString())
            .body();
    for (JsonNode page : json.readTree(pages)) {
      if (page.path("type").asText().equals("page")) {
        return URI.create(page.get("webSocketDebuggerUrl").asText());
      }
    }
    throw new IOException("no page in " + pages);
  }

  /** Collects the parts of what the browser says. */
  private final class Answers implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        said(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private void said(String text) {
    try {
      JsonNode message = json.readTree(text);
      if (message.has("id")) {
        answers.remove(message.get("id").asInt()).complete(message);
      } else if (isError(message)) {
        errors.add(message.get("params").toString());
      }
    } catch (IOException e) {
      errors.add("no JSON: " + text);
    }
  }

  private static boolean isError(JsonNode event) {
    JsonNode told = event.path("params");
    return switch (event.path("method").asText()) {
      case "Runtime.exceptionThrown" -> true;
      case "Runtime.consoleAPICalled" -> told.path("type").asText().matches("error|warning");
      case "Log.entryAdded" -> told.path("entry").path("level").asText().equals("error");
      default -> false;
    };
  }

  private JsonNode command(String method, Map<String, ?> parameters) throws Exception {
    int number = commands.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(number, answer);
    ObjectNode command = json.createObjectNode().put("id", number).put("method", method);
    command.set("params", json.valueToTree(parameters));
    socket.sendText(command.toString(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    JsonNode told = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (told.has("error")) {
      throw new IOException(method + ": " + told.get("error"));
    }
    return told.get("result");
  }

  /** Errors and warnings in the console so far, and exceptions that nobody caught. */
  List<String> errors() {
    return List.copyOf(errors);
  }

  void open(String url) throws Exception {
    command("Page.navigate", Map.of("url", url));
  }

  /** How large the window is, in CSS pixels. */
  void size(int width, int height) throws Exception {
    command(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
  }

  /** Light or dark, as the reader's system prefers. */
  void scheme(String scheme) throws Exception {
    command(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** A key is pressed, by its name as in {@code ArrowLeft}. */
  void press(String key, int code) throws Exception {
    for (String type : List.of("keyDown", "keyUp")) {
      command(
          "Input.dispatchKeyEvent",
          Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode", code));
    }
  }

  /** What an expression of JavaScript gives, awaited. */
  JsonNode evaluate(String expression) throws Exception {
    JsonNode result =
        command(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (result.has("exceptionDetails")) {
      throw new IOException(expression + ": " + result.get("exceptionDetails"));
    }
    return result.path("result").path("value");
  }

  /** Waits until an expression is true. */
  void await(String expression, String what) {
    Programs.await(
        () -> {
          try {
            return evaluate(expression).asBoolean();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        what);
  }

  /** A picture of the page, of all of it or of what the window shows. */
  void picture(Path file, boolean whole) throws Exception {
    JsonNode picture =
        command("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", whole));
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, Base64.getDecoder().decode(picture.get("data").asText()));
  }

  /** Ends the browser with all its processes. */
  void end() throws InterruptedException {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }
}
