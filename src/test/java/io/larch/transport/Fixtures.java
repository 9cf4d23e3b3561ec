package io.larch.transport;

import io.larch.config.NodeFile;
import io.larch.config.TransportSettings;
import io.larch.config.Wire;
import io.larch.transport.ChunkHeader.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the tests of this room share, and those that use its nodes. */
public final class Fixtures {
  private static final long PATIENCE_NS = 60_000_000_000L;

  private Fixtures() {}

  /** The defaults with these keys under {@code cluster.transport} set. */
  static TransportSettings settings(String... options) {
    List<String> keys =
        Stream.concat(Stream.of("driver.ownership=embedded"), Arrays.stream(options))
            .map(option -> "cluster.transport." + option)
            .toList();
    return NodeFile.load(Optional.empty(), keys).cluster().transport();
  }

  static ChunkHeader header(int offset, int count, Wire wire) {
    return new ChunkHeader(Kind.PARTIAL, 3, -5, 17, 2, 1, 4, offset, count, wire, 0);
  }

  /** Memory outside the heap, as the flat blocks are. */
  static FloatBuffer floats(int count) {
    return ByteBuffer.allocateDirect(count * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** Repeats some work until a condition holds. */
  public static void until(Supplier<String> what, BooleanSupplier condition, Runnable work) {
    long deadline = System.nanoTime() + PATIENCE_NS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("in vain: " + what.get());
      }
      work.run();
    }
  }
}
