package io.larch.transport;

import io.larch.config.NodeFile;
import io.larch.config.TransportSettings;
import io.larch.config.Wire;
import io.larch.transport.ChunkHeader.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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

  /** What lies in shared memory of the media drivers inside this process. */
  public static Set<Path> ownDrivers() {
    String own = ProcessHandle.current().pid() + "-";
    Path folder = EmbeddedPlace.folder(settings());
    String[] names = folder.toFile().list((place, name) -> name.startsWith(own));
    return Stream.of(names == null ? new String[0] : names)
        .map(folder::resolve)
        .collect(Collectors.toSet());
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
