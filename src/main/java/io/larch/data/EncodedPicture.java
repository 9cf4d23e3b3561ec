package io.larch.data;

import java.io.IOException;

/** A labelled picture in its encoded form, wherever it lies. Safe for many threads. */
interface EncodedPicture {
  /** Where it lies below the data set's folder, with {@code /} between names. */
  String name();

  int label();

  /** Size of the encoded form in bytes. */
  long length();

  /** Reads the encoded form. */
  byte[] bytes() throws IOException;
}
