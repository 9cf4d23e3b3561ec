package io.larch.cli;

import io.larch.data.Fetching;
import io.larch.data.Published;
import io.larch.run.Failure;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    description =
        "Fetches a published data set and checks it. Once interrupted, the same command goes on.")
final class DataFetchCommand implements Runnable {
  private static final int SHARES = 10;

  @Parameters(
      paramLabel = "NAME",
      description = "fashion-mnist, mnist, cifar-10, imagenette-160, imagenette-320 or imagenette.")
  private String name;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the data, then to be named as larch.data.path.")
  private Path to;

  @Option(
      names = "--from",
      paramLabel = "URL",
      description = "Where the files lie, instead of their home; checksums stay the same.")
  private URI from;

  @Mixin private final Output output;

  private String shown = "";

  DataFetchCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    Published home = Published.named(name);
    Published data = from == null ? home : home.from(from);
    Fetching.Fetched fetched = fetch(data);
    output.say(
        "%s is in %s (fetched now: %d files, %d bytes); read it by -D data.name=%s -D data.path=%s"
            .formatted(name, to, fetched.files(), fetched.bytes(), data.dataName(), to));
    output.result(values(data, fetched));
  }

  private Fetching.Fetched fetch(Published data) {
    try {
      return Fetching.fetch(data, to, this::tell);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.FAILED,
          "Cannot put the data set into %s: %s. Make room or name another folder with --to."
              .formatted(to.toAbsolutePath(), e),
          e);
    }
  }

  /** A line for every tenth of a file, or every 16 MiB where its size is not known. */
  private void tell(String file, long bytes, long total) {
    long share = total > 0 ? bytes * SHARES / total : bytes >> 24;
    String line = file + " " + share;
    if (!line.equals(shown)) {
      shown = line;
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("file", file);
      values.put("bytes", bytes);
      values.put("total_bytes", total < 0 ? null : total);
      output.row(
          "fetch",
          values,
          () -> "%s: %d of %s bytes".formatted(file, bytes, total < 0 ? "?" : total));
    }
  }

  private Map<String, Object> values(Published data, Fetching.Fetched fetched) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", name);
    values.put("data_name", data.dataName());
    values.put("folder", to.toString());
    values.put("files", fetched.files());
    values.put("bytes", fetched.bytes());
    return values;
  }
}
