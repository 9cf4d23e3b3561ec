package io.larch.checkpoint;

import java.io.IOException;

/**
 * A checkpoint that could not be written, for a full disk as a rule; those before it are intact.
 * The message is one readable paragraph.
 */
public final class CheckpointNotWritten extends IOException {
  private static final long serialVersionUID = 1;

  CheckpointNotWritten(String paragraph, IOException cause) {
    super(paragraph, cause);
  }
}
