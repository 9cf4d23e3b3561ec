package io.larch.compute;

import java.nio.ByteBuffer;
import java.util.List;

/** Copies channels from the rows of one matrix to those of another. */
final class Columns {
  private final int rows;
  private final int rowBytes;
  private final int targetRowBytes;
  private final int from;
  private final int to;
  private final int bytes;
  private ByteBuffer source;
  private ByteBuffer target;

  private Columns(
      ProgramBuilder program, Value source, int from, Value target, int to, int channels) {
    rows = program.batch();
    rowBytes = Math.toIntExact(source.slot().bytes() / rows);
    targetRowBytes = Math.toIntExact(target.slot().bytes() / rows);
    int size = program.typeBytes();
    this.from = from * size;
    this.to = to * size;
    bytes = channels * size;
    program.afterPlacing(
        () -> {
          this.source = source.slot().bytesInJava();
          this.target = target.slot().bytesInJava();
        });
  }

  /**
   * Appends a copy of {@code channels} channels between matrices of the program's type.
   *
   * @param from first channel in the source
   * @param to first channel in the target
   */
  static void copy(
      ProgramBuilder program,
      String layer,
      Value source,
      int from,
      Value target,
      int to,
      int channels) {
    Columns columns = new Columns(program, source, from, target, to, channels);
    program.perform(layer, "copy", List.of(source, target), call -> columns.run());
  }

  private void run() {
    for (int row = 0; row < rows; row++) {
      target.put(row * targetRowBytes + to, source, row * rowBytes + from, bytes);
    }
  }
}
