package io.larch.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A file that is not what was written: the message names it and says what is wrong with it. */
public final class Damaged extends IOException {
  private static final long serialVersionUID = 1;

  Damaged(Path file, String what) {
    super(file + " is damaged: " + what);
  }

  Damaged(Path file, String what, Throwable cause) {
    super(file + " is damaged: " + what, cause);
  }
}
