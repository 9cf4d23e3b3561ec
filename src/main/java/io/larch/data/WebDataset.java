package io.larch.data;

import io.larch.config.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * Tar shards as the Python library WebDataset reads them: the entries {@code KEY.jpg} (or jpeg or
 * png) and {@code KEY.cls}, a label in decimal digits, make a sample; other endings are passed
 * over. A shard with {@code train} in its name is for training, with {@code val} or {@code test}
 * for testing. Only headers and labels are read. Shards are taken in the order of their names,
 * samples in that of the shard; {@link ClassNames} says what classes are called, else their numbers
 * do.
 */
final class WebDataset {
  static final String LABEL = "cls";
  private static final int LONGEST_LABEL = 12;

  private WebDataset() {}

  /** What of a sample has been seen so far. */
  private static final class Sample {
    TarArchiveEntry picture;
    Integer label;
  }

  static EncodedPictures read(Path folder) {
    List<EncodedPicture> train = new ArrayList<>();
    List<EncodedPicture> test = new ArrayList<>();
    for (Path shard : TarFolder.tars(folder)) {
      String name = shard.getFileName().toString();
      if (name.contains("train")) {
        train.addAll(samples(shard));
      } else if (name.contains("val") || name.contains("test")) {
        test.addAll(samples(shard));
      }
    }
    if (train.isEmpty() || test.isEmpty()) {
      throw new Refusal(
          "%s holds no samples in shards *%s*.tar; set larch.data.path to the folder of the shards"
              .formatted(folder, train.isEmpty() ? "train" : "val"));
    }
    return new EncodedPictures(ClassNames.of(folder, train, test, Integer::toString), train, test);
  }

  private static List<EncodedPicture> samples(Path shard) {
    Map<String, Sample> samples = new LinkedHashMap<>();
    try (TarFile file = new TarFile(shard)) {
      for (TarArchiveEntry entry : file.getEntries()) {
        if (entry.isFile()) {
          note(shard, file, entry, samples);
        }
      }
    } catch (IOException e) {
      throw new Refusal(
          shard + " is no tar file or damaged: " + e.getMessage() + "; fetch it again", e);
    }
    List<EncodedPicture> pictures = new ArrayList<>();
    samples.forEach((key, sample) -> pictures.add(picture(shard, key, sample)));
    return pictures;
  }

  /** A key ends at the first dot of the last name, so endings may have dots. */
  private static void note(
      Path shard, TarFile file, TarArchiveEntry entry, Map<String, Sample> samples)
      throws IOException {
    String name = entry.getName();
    int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
    String key = dot < 0 ? name : name.substring(0, dot);
    String ending = dot < 0 ? "" : name.substring(dot + 1);
    if (ending.equals(LABEL)) {
      samples.computeIfAbsent(key, k -> new Sample()).label = label(shard, file, entry);
    } else if (!ending.contains(".") && ImageFolder.isPicture(ending)) {
      notePicture(shard, key, samples.computeIfAbsent(key, k -> new Sample()), entry);
    }
  }

  private static void notePicture(Path shard, String key, Sample sample, TarArchiveEntry entry) {
    if (sample.picture != null) {
      throw new Refusal(
          "%s holds two pictures of sample %s, %s and %s; each needs one"
              .formatted(shard, key, sample.picture.getName(), entry.getName()));
    }
    sample.picture = entry;
  }

  private static int label(Path shard, TarFile file, TarArchiveEntry entry) throws IOException {
    try (InputStream in = file.getInputStream(entry)) {
      String text = new String(in.readNBytes(LONGEST_LABEL), StandardCharsets.US_ASCII).strip();
      if (!text.matches("\\d{1,6}")) {
        throw new Refusal(
            "%s holds %s with \"%s\" where a label from 0 on must stand"
                .formatted(shard, entry.getName(), text));
      }
      return Integer.parseInt(text);
    }
  }

  private static EncodedPicture picture(Path shard, String key, Sample sample) {
    if (sample.picture == null || sample.label == null) {
      throw new Refusal(
          "%s holds a sample %s without %s; each needs a picture and a label"
              .formatted(shard, key, sample.picture == null ? "picture" : key + "." + LABEL));
    }
    TarArchiveEntry entry = sample.picture;
    String name = shard.getFileName() + "/" + entry.getName();
    return new TarPicture(shard, entry.getDataOffset(), name, sample.label, entry.getSize());
  }
}
