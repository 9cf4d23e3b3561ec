package io.larch.data;

import io.larch.config.Refusal;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * ImageNet as the TPU models read it: shards {@code train-00000-of-01024} and {@code
 * validation-00000-of-00128} (or {@code test-…}, or {@code train.tfrecord} and the like) of
 * TFRecords, each a {@link TfExample} with the features {@code image/encoded}, a JPEG or PNG, and
 * {@code image/class/label}. Shards are taken in the order of their names, records in that of the
 * shard.
 *
 * <p>Classes are called by {@link ClassNames}, else by the {@code image/class/synset} or {@code
 * image/class/text} of the first record of a class, else by their numbers.
 *
 * <p>Pictures are passed over here, so a payload's CRC is checked when the picture is read. If a
 * record cannot be understood and its CRC is wrong, it becomes a picture that is damaged when read.
 */
final class TfRecordFolder {
  static final String PICTURE = "image/encoded";
  static final String LABEL = "image/class/label";
  static final String SYNSET = "image/class/synset";
  private static final String TEXT = "image/class/text";
  private static final int MOST_LABELS = 1_000_000;
  private static final Pattern SHARD =
      Pattern.compile(".*-(\\d{5,9})-of-(\\d{5,9})|.*\\.tfrecords?");

  private final int labelBase;
  private final Map<Integer, String> names = new HashMap<>();

  private TfRecordFolder(int labelBase) {
    this.labelBase = labelBase;
  }

  /**
   * Finds all pictures.
   *
   * @param labelBase the label of the first class
   */
  static EncodedPictures read(Path folder, int labelBase) {
    return new TfRecordFolder(labelBase).read(folder);
  }

  private EncodedPictures read(Path folder) {
    List<EncodedPicture> train = pictures(shards(folder, "train"));
    List<Path> validation = shards(folder, "val");
    List<EncodedPicture> test =
        pictures(validation.isEmpty() ? shards(folder, "test") : validation);
    if (train.isEmpty() || test.isEmpty()) {
      throw new Refusal(
          "%s holds no records in shards %s-NNNNN-of-NNNNN; set larch.data.path to the folder of the"
                  .formatted(folder, train.isEmpty() ? "train" : "validation")
              + " TFRecords");
    }
    List<String> classes =
        ClassNames.of(
            folder, train, test, label -> names.getOrDefault(label, Integer.toString(label)));
    return new EncodedPictures(classes, train, test);
  }

  private static List<Path> shards(Path folder, String split) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> shards = files.filter(file -> isShard(file, split)).sorted().toList();
      checkComplete(shards);
      return shards;
    } catch (IOException e) {
      throw new Refusal(folder + " cannot be listed: " + e + "; check larch.data.path", e);
    }
  }

  private static boolean isShard(Path file, String split) {
    String name = file.getFileName().toString();
    return name.startsWith(split) && SHARD.matcher(name).matches() && Files.isRegularFile(file);
  }

  /** Shards say how many there are, so that none is missed unnoticed. */
  private static void checkComplete(List<Path> shards) {
    for (int i = 0; i < shards.size(); i++) {
      Matcher name = SHARD.matcher(shards.get(i).getFileName().toString());
      if (name.matches() && name.group(1) != null) {
        int number = Integer.parseInt(name.group(1));
        int count = Integer.parseInt(name.group(2));
        if (number != i || count != shards.size()) {
          throw new Refusal(
              "%s is one of %d shards, but %d are there; fetch what is missing or number the shards anew"
                  .formatted(shards.get(i), count, shards.size()));
        }
      }
    }
  }

  private List<EncodedPicture> pictures(List<Path> shards) {
    List<EncodedPicture> pictures = new ArrayList<>();
    for (Path shard : shards) {
      try (FileInputStream in = new FileInputStream(shard.toFile())) {
        long end = in.getChannel().size();
        for (long at = 0; at < end; ) {
          TfRecord record = TfRecord.at(in.getChannel(), shard, at);
          pictures.add(picture(in, record));
          at = record.end();
        }
      } catch (ClosedByInterruptException e) {
        throw new DataUnavailable("looking for pictures in " + shard + " was interrupted", e);
      } catch (IOException e) {
        throw new Refusal(e.getMessage() + "; fetch it again", e);
      }
    }
    return pictures;
  }

  private TfPicture picture(FileInputStream in, TfRecord record) {
    try {
      in.getChannel().position(record.payloadOffset());
      Map<String, TfExample.Value> features = TfExample.parse(in, record.length()).features();
      return picture(record, features);
    } catch (IOException e) {
      return damaged(record, e);
    }
  }

  private TfPicture picture(TfRecord record, Map<String, TfExample.Value> features)
      throws IOException {
    TfExample.Value picture = features.get(PICTURE);
    TfExample.Value label = features.get(LABEL);
    if (picture == null || picture.at() < 0 || label == null) {
      throw new IOException("%s and %s are not both there".formatted(PICTURE, LABEL));
    }
    long number = label.number() - labelBase;
    if (number < 0 || number >= MOST_LABELS) {
      throw new IOException(
          "%s is %d; labels begin with larch.data.label-base = %d"
              .formatted(LABEL, label.number(), labelBase));
    }
    if (!names.containsKey((int) number)) {
      noteName((int) number, record, features);
    }
    return new TfPicture(record, picture.at(), picture.length(), (int) number);
  }

  /** Checks the CRC of a class's first record, so that none is made up by a damaged label. */
  private void noteName(int label, TfRecord record, Map<String, TfExample.Value> features)
      throws IOException {
    byte[] bytes = record.payload();
    TfExample.Value name = features.getOrDefault(SYNSET, features.get(TEXT));
    names.put(
        label,
        name == null || name.at() < 0
            ? Integer.toString(label)
            : new String(bytes, name.at(), name.length(), StandardCharsets.UTF_8));
  }

  /**
   * Left to be named by its reader if the CRC is wrong; a record that was written so is refused.
   */
  private static TfPicture damaged(TfRecord record, IOException why) {
    try {
      record.payload();
    } catch (IOException e) {
      return new TfPicture(record, 0, 0, 0);
    }
    throw new Refusal(
        "%s: the record at byte %d is no labelled picture: %s"
            .formatted(record.file(), record.offset(), why.getMessage()),
        why);
  }
}
