package io.larch.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A shard as {@link WebDataset} reads it. Keys are numbers; nothing tells who wrote it or when. */
final class TarShard implements Shard {
  private static final int PLAIN_FILE = 0100644;

  private final TarArchiveOutputStream out;

  TarShard(Path file) throws IOException {
    out =
        new TarArchiveOutputStream(
            new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)));
  }

  @Override
  public void add(int number, byte[] picture, int label, String className) throws IOException {
    String key = "%08d.".formatted(number);
    entry(key + WebDataset.LABEL, Integer.toString(label).getBytes(StandardCharsets.US_ASCII));
    entry(key + (PictureHeader.isPng(picture) ? "png" : "jpg"), picture);
  }

  private void entry(String name, byte[] contents) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(contents.length);
    entry.setModTime(0);
    entry.setMode(PLAIN_FILE);
    entry.setUserName("");
    entry.setGroupName("");
    out.putArchiveEntry(entry);
    out.write(contents);
    out.closeArchiveEntry();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
