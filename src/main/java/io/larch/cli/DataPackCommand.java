package io.larch.cli;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.config.Refusal;
import io.larch.data.Packing;
import io.larch.data.ShardFormat;
import io.larch.run.Failure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "pack",
    mixinStandardHelpOptions = true,
    description =
        "Writes encoded pictures as shards, unchanged and in their order. Equal data give equal bytes.")
final class DataPackCommand implements Runnable {
  @Parameters(paramLabel = "DIR", description = "Folder of the data set.")
  private Path folder;

  @Option(
      names = "--from",
      paramLabel = "NAME",
      defaultValue = "image-folder",
      description =
          "What it is: image-folder, tar-folder, webdataset or tfrecord; by default ${DEFAULT-VALUE}.")
  private String from;

  @Option(
      names = "--label-base",
      defaultValue = "1",
      description = "--from tfrecord: the label of the first class; by default ${DEFAULT-VALUE}.")
  private int labelBase;

  @Option(
      names = "--format",
      required = true,
      description = "What to write: webdataset or tfrecord.")
  private ShardFormat format;

  @Option(
      names = "--shard-size",
      paramLabel = "PICTURES",
      defaultValue = "1000",
      description = "Pictures in a shard; by default ${DEFAULT-VALUE}.")
  private int shardSize;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder to write to; must not be there yet.")
  private Path out;

  @Mixin private final Output output;

  DataPackCommand(Streams streams) {
    output = new Output(streams);
  }

  @Override
  public void run() {
    Numbers.requirePositive("--shard-size", shardSize);
    if (DataSettings.NAMES.contains(from) && !DataSettings.ENCODED.contains(from)) {
      throw new Refusal(
          "--from %s holds no encoded pictures; only data sets of JPEG and PNG can be packed."
              .formatted(from));
    }
    Packing.Packed packed = pack();
    output.say(
        "%d + %d samples of %d classes in %d shards, %d bytes, in %s; read them by -D data.name=%s"
            .formatted(
                packed.trainSamples(),
                packed.testSamples(),
                packed.classes(),
                packed.shards(),
                packed.bytes(),
                out,
                format));
    output.result(values(packed));
  }

  private Packing.Packed pack() {
    PictureSettings pictures = PictureSettings.DEFAULT;
    DataSettings data =
        new DataSettings(from, folder.toString(), 0, 0, 0, false, pictures, labelBase);
    try {
      return Packing.pack(data, format, shardSize, out, this::tell);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.FAILED,
          "Cannot write the shards to %s: %s. Name another folder with --out."
              .formatted(out.toAbsolutePath(), e),
          e);
    }
  }

  private void tell(Path shard) {
    output.row("shard", Map.of("file", shard.toString()), shard::toString);
  }

  private Map<String, Object> values(Packing.Packed packed) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("train_samples", packed.trainSamples());
    values.put("test_samples", packed.testSamples());
    values.put("classes", packed.classes());
    values.put("shards", packed.shards());
    values.put("bytes", packed.bytes());
    values.put("folder", out.toString());
    return values;
  }
}
