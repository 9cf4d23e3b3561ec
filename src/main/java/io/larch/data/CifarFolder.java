package io.larch.data;

import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A folder with CIFAR-10 in its binary layout (Krizhevsky, "Learning multiple layers of features
 * from tiny images", 2009): any number of files, read in the order of their names, each a sequence
 * of records of 3,073 bytes.
 *
 * <pre>
 *   0      label, 0 to 9
 *   1      1,024 red, 1,024 green, 1,024 blue bytes; each plane 32 × 32, row-major
 * </pre>
 */
final class CifarFolder {
  private static final int CLASSES = 10;
  private static final int CHANNELS = 3;
  private static final int SIDE = 32;
  private static final int PIXELS = CHANNELS * SIDE * SIDE;
  private static final int RECORD = 1 + PIXELS;

  private CifarFolder() {}

  static DataFolder read(Path folder) {
    List<DataFile> train = open(folder, "data_batch*.bin");
    List<DataFile> test = open(folder, "test_batch*.bin");
    List<DataFile> all = new ArrayList<>(train);
    all.addAll(test);
    return new DataFolder(pictures(train), pictures(test), all);
  }

  private static List<DataFile> open(Path folder, String pattern) {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, pattern)) {
      found.forEach(paths::add);
    } catch (IOException e) {
      throw new Refusal(folder + " cannot be listed: " + e + "; check larch.data.path", e);
    }
    if (paths.isEmpty()) {
      throw new Refusal(
          "%s holds no file %s; set larch.data.path to the folder of CIFAR-10's binary batches"
              .formatted(folder, pattern));
    }
    return paths.stream().sorted().map(DataFile::read).toList();
  }

  private static PicturesInMemory pictures(List<DataFile> files) {
    int count = files.stream().mapToInt(CifarFolder::records).reduce(0, Math::addExact);
    byte[] pixels = new byte[Math.multiplyExact(count, PIXELS)];
    byte[] labels = new byte[count];
    int sample = 0;
    for (DataFile file : files) {
      for (int at = 0; at < file.bytes().length; at += RECORD) {
        labels[sample] = label(file, at);
        System.arraycopy(file.bytes(), at + 1, pixels, sample * PIXELS, PIXELS);
        sample++;
      }
    }
    return new PicturesInMemory(count, CLASSES, CHANNELS, SIDE, SIDE, pixels, labels);
  }

  private static int records(DataFile file) {
    int bytes = file.bytes().length;
    if (bytes == 0 || bytes % RECORD != 0) {
      throw file.refusal(
          "is truncated: expected a positive multiple of %d bytes, found %d bytes = %d records and"
                  .formatted(RECORD, bytes, bytes / RECORD)
              + " %d bytes; fetch the file again".formatted(bytes % RECORD));
    }
    return bytes / RECORD;
  }

  private static byte label(DataFile file, int at) {
    int label = file.bytes()[at] & 0xFF;
    if (label >= CLASSES) {
      throw file.refusal(
          "has label %d at record %d, but CIFAR-10 has labels 0 to 9; fetch the file again"
              .formatted(label, at / RECORD));
    }
    return (byte) label;
  }
}
