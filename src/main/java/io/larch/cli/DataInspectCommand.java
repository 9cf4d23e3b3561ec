package io.larch.cli;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.config.Refusal;
import io.larch.data.DataInMemory;
import io.larch.data.DataSet;
import io.larch.data.DataSource;
import io.larch.data.DataSources;
import io.larch.data.Labels;
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
      description =
          "glyphs, idx, cifar-10, image-folder, tar-folder or webdataset; "
              + "by default ${DEFAULT-VALUE}.")
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
    DataSource source = DataSources.open(settings());
    describe("train", source.train(), source);
    describe("test", source.test(), source);
    source.remarks().forEach(output::warn);
    output.say("fingerprint " + source.fingerprint());
    if (shown != null) {
      draw(source);
    }
    output.result(values(source));
  }

  private DataSettings settings() {
    PictureSettings pictures = PictureSettings.DEFAULT.findingDamaged();
    return new DataSettings(name, path, 0, 0, 0, false, pictures);
  }

  private void describe(String split, Labels data, DataSource source) {
    int[] counts = new int[source.classes()];
    for (int i = 0; i < data.size(); i++) {
      if (data.label(i) != Labels.WEIGHTLESS) {
        counts[data.label(i)]++;
      }
    }
    output.say(
        "%-5s %d samples of %d × %d × %d, %d classes of %d to %d samples"
            .formatted(
                split,
                data.size(),
                source.channels(),
                source.height(),
                source.width(),
                source.classes(),
                Arrays.stream(counts).min().orElse(0),
                Arrays.stream(counts).max().orElse(0)));
  }

  /** The first channel, a character a pixel. */
  private void draw(DataSource source) {
    if (!(source instanceof DataInMemory memory)) {
      throw new Refusal(
          "--show draws samples of data sets in memory only; look at the file itself");
    }
    DataSet data = memory.train();
    int index = Math.floorMod(shown, data.size());
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
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("train_samples", source.train().size());
    values.put("test_samples", source.test().size());
    values.put("classes", source.classes());
    values.put("channels", source.channels());
    values.put("height", source.height());
    values.put("width", source.width());
    values.put("fingerprint", source.fingerprint());
    return values;
  }
}
