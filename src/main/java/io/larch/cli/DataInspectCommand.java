package io.larch.cli;

import io.larch.config.DataSettings;
import io.larch.data.DataSet;
import io.larch.data.DataSource;
import io.larch.data.DataSources;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description = "Reads a data set whole and says what it holds.")
final class DataInspectCommand implements Runnable {
  private static final String SHADES = " .:-=+*#%@";

  @Parameters(
      paramLabel = "NAME",
      defaultValue = "glyphs",
      description = "glyphs, idx or cifar-10; by default ${DEFAULT-VALUE}.")
  private String name;

  @Option(
      names = "--path",
      paramLabel = "DIR",
      defaultValue = "",
      description = "Folder of the files.")
  private String path;

  @Option(names = "--show", paramLabel = "INDEX", description = "Draw this training sample.")
  private Integer shown;

  @Mixin private final Output output;

  DataInspectCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    DataSource source = DataSources.open(new DataSettings(name, path, 0, 0, 0, false));
    describe("train", source.train());
    describe("test", source.test());
    output.say("fingerprint " + source.fingerprint());
    if (shown != null) {
      draw(source.train(), Math.floorMod(shown, source.train().size()));
    }
    output.result(values(source));
  }

  private void describe(String split, DataSet data) {
    int[] counts = new int[data.classes()];
    for (int i = 0; i < data.size(); i++) {
      counts[data.label(i)]++;
    }
    output.say(
        "%-5s %d samples of %d × %d × %d, %d classes of %d to %d samples"
            .formatted(
                split,
                data.size(),
                data.channels(),
                data.height(),
                data.width(),
                data.classes(),
                Arrays.stream(counts).min().orElse(0),
                Arrays.stream(counts).max().orElse(0)));
  }

  /** The first channel, a character a pixel. */
  private void draw(DataSet data, int index) {
    byte[] pixels = new byte[data.pixels()];
    data.copyPixels(index, pixels, 0);
    output.say("sample %d, class %d".formatted(index, data.label(index)));
    for (int y = 0; y < data.height(); y++) {
      StringBuilder line = new StringBuilder();
      for (int x = 0; x < data.width(); x++) {
        line.append(shade(pixels[y * data.width() + x]));
      }
      output.say(line.toString());
    }
  }

  private static char shade(byte pixel) {
    return SHADES.charAt((pixel & 0xFF) * SHADES.length() / 256);
  }

  private static Map<String, Object> values(DataSource source) {
    DataSet train = source.train();
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("train_samples", train.size());
    values.put("test_samples", source.test().size());
    values.put("classes", train.classes());
    values.put("channels", train.channels());
    values.put("height", train.height());
    values.put("width", train.width());
    values.put("fingerprint", source.fingerprint());
    return values;
  }
}
