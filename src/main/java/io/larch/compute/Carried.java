package io.larch.compute;

import java.nio.ByteBuffer;

/**
 * What the sequences of a decoder hand from one word to the next, a row each: a matrix that a run
 * reads and one that it writes. Between two runs {@link #follow} says whose rows are gone on with.
 */
final class Carried {
  private final Value before;
  private final Value after;
  private final int rowBytes;
  private ByteBuffer beforeRows;
  private ByteBuffer afterRows;

  /** Two matrices of one layout that keep their contents between runs. */
  Carried(ProgramBuilder program, Value before, Value after) {
    this.before = before;
    this.after = after;
    rowBytes = Math.toIntExact(after.slot().bytes() / program.batch());
    program.afterPlacing(
        () -> {
          beforeRows = before.slot().bytesInJava();
          afterRows = after.slot().bytesInJava();
        });
  }

  /** What the run before has left. */
  Value before() {
    return before;
  }

  /** What this run leaves. */
  Value after() {
    return after;
  }

  /** All sequences begin, with 0. */
  void clear() {
    after.slot().clear();
  }

  /** Sequence {@code r} goes on from what sequence {@code rows[r]} has left. */
  void follow(int[] rows) {
    for (int row = 0; row < rows.length; row++) {
      beforeRows.put(row * rowBytes, afterRows, rows[row] * rowBytes, rowBytes);
    }
  }
}
