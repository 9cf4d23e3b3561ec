package io.larch.cli;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.data.DataInMemory;
import io.larch.data.DataSet;
import io.larch.data.DataSource;
import io.larch.data.DataSources;
import io.larch.data.Labels;
import io.larch.data.PictureReport;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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
          "glyphs, idx, cifar-10, image-folder, tar-folder, webdataset or tfrecord, or for text the "
              + "run file that names it; by default ${DEFAULT-VALUE}.")
  private String name;

  @Option(
      names = "--path",
      paramLabel = "DIR",
      defaultValue = "",
      description = "Folder of the files.")
  private String path;

  @Option(
      names = "--label-base",
      defaultValue = "1",
      description = "tfrecord: the label of the first class; by default ${DEFAULT-VALUE}.")
  private int labelBase;

  @Option(names = "--show", paramLabel = "INDEX", description = "Draw this training sample.")
  private Integer shown;

  @Mixin private final RunOptions options = new RunOptions();
  @Mixin private final Output output;

  DataInspectCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    if (name.endsWith(".conf")) {
      RunSettings run = RunFile.load(Optional.of(Path.of(name)), options.overrides());
      new TextInspection(output).inspect(run.data());
      return;
    }
    DataSource source = DataSources.open(settings());
    describe("train", source.train(), source);
    describe("test", source.test(), source);
    source.report().ifPresent(this::describe);
    source.remarks().forEach(output::warn);
    output.say("fingerprint " + source.fingerprint());
    if (shown != null) {
      draw(source);
    }
    output.result(values(source));
  }

  private DataSettings settings() {
    PictureSettings pictures = PictureSettings.DEFAULT.findingDamaged();
    return new DataSettings(name, path, 0, 0, 0, false, pictures, labelBase);
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

  private void describe(PictureReport report) {
    output.say(
        "pictures of %s to %s pixels, median %s; of %d to %d bytes, median %d; %d damaged"
            .formatted(
                frame(report.least()),
                frame(report.greatest()),
                frame(report.median()),
                report.least().bytes(),
                report.greatest().bytes(),
                report.median().bytes(),
                report.damaged().size()));
  }

  private static String frame(PictureReport.Extent extent) {
    return extent.width() + " × " + extent.height();
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
    PictureReport report = source.report().orElse(null);
    values.put("least", report == null ? null : report.least());
    values.put("median", report == null ? null : report.median());
    values.put("greatest", report == null ? null : report.greatest());
    values.put("damaged", report == null ? null : report.damaged().size());
    values.put("damaged_pictures", report == null ? null : report.firstDamaged());
    return values;
  }
}
