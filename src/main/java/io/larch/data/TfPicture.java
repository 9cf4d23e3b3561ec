package io.larch.data;

import java.io.IOException;
import java.util.Arrays;

/**
 * A picture within a record, which is read and checked whole.
 *
 * @param at where it begins in the record's payload
 */
record TfPicture(TfRecord record, int at, int size, int label) implements EncodedPicture {
  /** The file and where the record begins in it. */
  @Override
  public String name() {
    return record.file().getFileName() + "@" + record.offset();
  }

  @Override
  public long length() {
    return size;
  }

  @Override
  public byte[] bytes() throws IOException {
    return Arrays.copyOfRange(record.payload(), at, at + size);
  }
}
