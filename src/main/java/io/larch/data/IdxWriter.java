package io.larch.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Writes data sets as the IDX files that data set {@code idx} reads. */
public final class IdxWriter {
  private IdxWriter() {}

  /**
   * Writes the four files of two data sets of one channel.
   *
   * @param folder exists
   * @param compressed whether to write {@code .gz} files
   */
  public static void write(Path folder, DataSet train, DataSet test, boolean compressed)
      throws IOException {
    writeImages(folder.resolve(IdxFolder.TRAIN + IdxFolder.IMAGES), train, compressed);
    writeLabels(folder.resolve(IdxFolder.TRAIN + IdxFolder.LABELS), train, compressed);
    writeImages(folder.resolve(IdxFolder.TEST + IdxFolder.IMAGES), test, compressed);
    writeLabels(folder.resolve(IdxFolder.TEST + IdxFolder.LABELS), test, compressed);
  }

  private static void writeImages(Path path, DataSet data, boolean compressed) throws IOException {
    if (data.channels() != 1) {
      throw new IllegalArgumentException("IDX images have 1 channel, not " + data.channels());
    }
    try (OutputStream out = create(path, compressed)) {
      IdxFile.writeHeader(out, data.size(), data.height(), data.width());
      byte[] sample = new byte[data.pixels()];
      for (int i = 0; i < data.size(); i++) {
        data.copyPixels(i, sample, 0);
        out.write(sample);
      }
    }
  }

  private static void writeLabels(Path path, DataSet data, boolean compressed) throws IOException {
    try (OutputStream out = create(path, compressed)) {
      IdxFile.writeHeader(out, data.size());
      for (int i = 0; i < data.size(); i++) {
        out.write(data.label(i));
      }
    }
  }

  private static OutputStream create(Path path, boolean compressed) throws IOException {
    if (!compressed) {
      return new BufferedOutputStream(Files.newOutputStream(path));
    }
    return new BufferedOutputStream(
        new GZIPOutputStream(
            Files.newOutputStream(path.resolveSibling(path.getFileName() + ".gz"))));
  }
}
