package io.larch.run;

import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.compute.Device;
import io.larch.compute.Devices;
import io.larch.compute.TranslationDecoding;
import io.larch.config.BeamSettings;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.data.ParallelText;
import io.larch.model.Layout;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.model.Shape;
import io.larch.reduce.Replica;
import io.larch.reduce.Slice;
import io.larch.text.Subwords;
import io.larch.translate.BeamSearch;
import io.larch.translate.Hypothesis;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Translates lines of text, by a checkpoint of a run on sentence pairs. */
public final class Translation {
  /** Sentences that are worked on together. */
  private static final int TOGETHER = 16;

  /** Lengths are padded to a multiple of this, so that few encoders are compiled. */
  private static final int PADDED = 8;

  private final RunSettings settings;
  private final BeamSettings beam;
  private final Subwords subwords;
  private final Network network;

  private Translation(Checkpoint checkpoint, List<String> overrides) {
    settings = RunFile.load(Optional.of(checkpoint.runFile()), overrides);
    if (!settings.data().isText()) {
      throw new Refusal(
          "%s was trained on %s and not on sentence pairs; name a checkpoint of a run with data.name = text."
              .formatted(checkpoint.folder(), settings.data().name()));
    }
    beam = settings.evaluate().beam();
    if (!beam.translates()) {
      throw new Refusal(
          "%s says larch.evaluate.beam = 0; say how wide the beam shall be by --beam."
              .formatted(checkpoint.runFile()));
    }
    subwords = ParallelText.subwords(checkpoint.texts(), settings.data().text());
    int words = subwords.vocabulary().size();
    network = Networks.build(settings.model(), Shape.vector(1), words);
  }

  /**
   * Translations in the order of the lines.
   *
   * @param lines of an empty line the translation is empty, and so it is of one that is too long
   * @param tooLong which lines, counted from 0, have more subwords than the most that is translated
   */
  public record Answer(List<String> lines, List<Integer> tooLong) {
    public Answer {
      lines = List.copyOf(lines);
      tooLong = List.copyOf(tooLong);
    }
  }

  /**
   * Translates lines.
   *
   * @param path a checkpoint, or the folder of a run, whose newest valid one is used
   * @param overrides of the run file, among them those of the beam
   * @param most subwords of a line that is translated
   */
  public static Answer translate(
      Path path, List<String> overrides, List<String> lines, int most, Consumer<String> warning) {
    Checkpoint checkpoint = Checkpoints.find(path, warning);
    return new Translation(checkpoint, overrides).translate(checkpoint, lines, most);
  }

  private Answer translate(Checkpoint checkpoint, List<String> lines, int most) {
    int[][] sentences = lines.stream().map(subwords::encode).toArray(int[][]::new);
    List<Integer> tooLong =
        IntStream.range(0, sentences.length)
            .filter(line -> sentences[line].length > most)
            .boxed()
            .toList();
    String[] translations = new String[sentences.length];
    Arrays.fill(translations, "");
    List<int[]> batches = batches(sentences, most);
    Layout layout = network.layout();
    try (Replica replica = new Replica(layout, Slice.cut(layout, settings.sliceBytes()), 0)) {
      checkpoint.readModel(ReplicaTensors.model(replica));
      translate(replica, sentences, batches, translations);
    }
    return new Answer(List.of(translations), tooLong);
  }

  /** Numbers of lines to be translated together, which are of like length. */
  private static List<int[]> batches(int[][] sentences, int most) {
    int[] sorted =
        IntStream.range(0, sentences.length)
            .filter(line -> sentences[line].length > 0 && sentences[line].length <= most)
            .boxed()
            .sorted(Comparator.comparingInt(line -> sentences[line].length))
            .mapToInt(Integer::intValue)
            .toArray();
    List<int[]> batches = new ArrayList<>();
    for (int from = 0; from < sorted.length; from += TOGETHER) {
      int to = Math.min(sorted.length, from + TOGETHER);
      batches.add(Arrays.copyOfRange(sorted, from, to));
    }
    return batches;
  }

  /** Every so many-th batch on each device. */
  private void translate(
      Replica replica, int[][] sentences, List<int[]> batches, String[] translations) {
    int count = Math.min(batches.size(), devices());
    List<Device> devices = new ArrayList<>();
    try {
      List<CompletableFuture<Void>> parts = new ArrayList<>();
      for (int index = 0; index < count; index++) {
        Device device = Devices.cpu(index, settings.threadsPerDevice());
        devices.add(device);
        List<int[]> own = everyNth(batches, index, count);
        parts.add(
            device.submit(
                () -> {
                  translateOn(device, replica, sentences, own, translations);
                  return null;
                }));
      }
      CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).join();
    } finally {
      devices.forEach(Device::close);
    }
  }

  private int devices() {
    return settings.devices() == 0
        ? Devices.automatic(settings.threadsPerDevice())
        : settings.devices();
  }

  private static List<int[]> everyNth(List<int[]> batches, int first, int n) {
    return IntStream.range(0, batches.size())
        .filter(i -> i % n == first)
        .mapToObj(batches::get)
        .toList();
  }

  private void translateOn(
      Device device,
      Replica replica,
      int[][] sentences,
      List<int[]> batches,
      String[] translations) {
    List<Integer> lengths =
        batches.stream()
            .map(batch -> padded(sentences[batch[batch.length - 1]].length + 1))
            .distinct()
            .toList();
    try (TranslationDecoding decoding =
        device.compileDecoding(network, TOGETHER, beam.width(), lengths, settings.precision())) {
      decoding.pack(replica.committed().weights());
      BeamSearch search = new BeamSearch(decoding, beam);
      for (int[] batch : batches) {
        int[][] sources = Arrays.stream(batch).mapToObj(i -> sentences[i]).toArray(int[][]::new);
        List<Hypothesis> found = search.search(sources);
        for (int i = 0; i < batch.length; i++) {
          translations[batch[i]] = subwords.decode(found.get(i).ids());
        }
      }
    }
  }

  private static int padded(int length) {
    return (length + PADDED - 1) / PADDED * PADDED;
  }
}
