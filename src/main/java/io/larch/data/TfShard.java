package io.larch.data;

import io.larch.record.RecordFrame;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A shard as {@link TfRecordFolder} reads it. Labels count from 1. */
final class TfShard implements Shard {
  private final OutputStream out;

  TfShard(Path file) throws IOException {
    out = new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW));
  }

  @Override
  public void add(int number, byte[] picture, int label, String className) throws IOException {
    TfExample.Builder example =
        new TfExample.Builder()
            .number(TfRecordFolder.LABEL, label + 1)
            .text(TfRecordFolder.SYNSET, className)
            .text("image/format", PictureHeader.isPng(picture) ? "PNG" : "JPEG")
            .bytes(TfRecordFolder.PICTURE, picture);
    RecordFrame.write(out, example.build());
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
