package io.larch.compute;

import java.util.Collection;

/** Memory that programs use in turn: as much as the one that needs most. The caller owns it. */
final class Arena implements AutoCloseable {
  private final FloatBlock values;
  private final FloatBlock scratch;

  private Arena(long valueBytes, long scratchBytes) {
    values = block(valueBytes);
    scratch = block(scratchBytes);
  }

  static Arena forEach(Collection<ProgramBuilder> programs) {
    return new Arena(
        programs.stream().mapToLong(ProgramBuilder::valueBytes).max().orElse(0),
        programs.stream().mapToLong(ProgramBuilder::scratchBytes).max().orElse(0));
  }

  private static FloatBlock block(long bytes) {
    return FloatBlock.allocate((bytes + Float.BYTES - 1) / Float.BYTES);
  }

  /** For what a program keeps from one instruction to a later one. */
  FloatBlock values() {
    return values;
  }

  /** For what a primitive needs while it runs. */
  FloatBlock scratch() {
    return scratch;
  }

  @Override
  public void close() {
    values.close();
    scratch.close();
  }
}
