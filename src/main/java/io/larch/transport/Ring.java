package io.larch.transport;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import io.larch.config.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A stream in memory that two processes of a host share, from one writer to one reader: slots for a
 * chunk each, used in turn. A chunk is written once and read where it lies; nobody else has a part
 * in it, so it moves as fast as two cores can pass it on. Small rings stay in the processor's
 * cache.
 *
 * <pre>
 *    0          128         256          384          512   4096
 *   +----------+-----------+------------+------------+-----+--------+--------+--------+-----
 *   | sent     | taken     | left by    | left by    | 0   | slot 0 | slot 1 | slot 2 | …
 *   | (writer) | (reader)  | the writer | the reader |     |        |        |        |
 *   +----------+-----------+------------+------------+-----+--------+--------+--------+-----
 * </pre>
 *
 * Sent and taken count chunks since the beginning; a slot is the length of its chunk, and from byte
 * 64 on the chunk. The reader makes the file, whose zeros are an empty ring. The writer takes it
 * from its place, where the reader may put another, maps it and removes its name, so that the
 * memory goes with the two processes however they end.
 */
final class Ring {
  private static final int SENT = 0;
  private static final int TAKEN = 128;
  private static final int LEFT_BY_WRITER = 256;
  private static final int LEFT_BY_READER = 384;
  private static final int SLOTS_AT = 4096;
  private static final int SLOT_BYTES = 64 << 10;
  private static final int CHUNK_AT = 64;

  /** The most bytes of a chunk. */
  static final int CHUNK_BYTES = SLOT_BYTES - CHUNK_AT;

  /** Takes frames, which are valid until it returns. */
  interface Reader {
    void frame(DirectBuffer buffer, int at, int length);
  }

  private final MappedByteBuffer memory;
  private final UnsafeBuffer buffer;
  private final int slots;
  private long sent;
  private long taken;

  private Ring(MappedByteBuffer memory) {
    this.memory = memory;
    buffer = new UnsafeBuffer(memory);
    slots = (memory.capacity() - SLOTS_AT) / SLOT_BYTES;
  }

  /** Bytes of the file of a ring with so many bytes of slots. */
  static long fileBytes(int ringBytes) {
    return SLOTS_AT + (long) ringBytes;
  }

  /**
   * Makes a ring for its reader. Its memory is written in advance, so that a full file system is
   * noticed here and not by a crash later.
   *
   * @param ringBytes a multiple of a slot's
   * @throws Refusal if there is no room for it
   */
  static Ring create(Path path, int ringBytes) {
    Path unfinished = path.resolveSibling(path.getFileName() + ".new");
    try {
      Files.write(
          unfinished,
          new byte[Math.toIntExact(fileBytes(ringBytes))],
          CREATE,
          WRITE,
          TRUNCATE_EXISTING);
      Ring ring = new Ring(map(unfinished));
      Files.move(unfinished, path, ATOMIC_MOVE);
      return ring;
    } catch (IOException e) {
      discard(unfinished, e);
      throw new Refusal(
          "A stream needs %d KiB of shared memory at %s, which cannot be had: %s; give more (containers: --shm-size), lower larch.cluster.transport.ipc-ring, or set driver.directory to a place with more."
              .formatted(fileBytes(ringBytes) >> 10, path, e),
          e);
    }
  }

  /** What has been written of it would take memory that is short already. */
  private static void discard(Path unfinished, IOException cause) {
    try {
      Files.deleteIfExists(unfinished);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Joins a ring as its only writer, once there is one of that name. */
  static Optional<Ring> join(Path path) {
    Path taken = path.resolveSibling(path.getFileName() + ".taken");
    try {
      Files.move(path, taken, ATOMIC_MOVE);
      Ring ring = new Ring(map(taken));
      Files.delete(taken);
      return Optional.of(ring);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot join " + path, e);
    }
  }

  private static MappedByteBuffer map(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, READ, WRITE)) {
      return channel.map(MapMode.READ_WRITE, 0, channel.size());
    }
  }

  /** Where the writer may put its next chunk; -1 while the ring is full. */
  int claim() {
    boolean full = sent - buffer.getLongVolatile(TAKEN) >= slots;
    return full ? -1 : slot(sent) + CHUNK_AT;
  }

  /** The memory in which chunks lie. */
  MutableDirectBuffer buffer() {
    return buffer;
  }

  /** Passes the claimed chunk on. */
  void commit(int length) {
    buffer.putInt(slot(sent), length);
    sent++;
    buffer.putLongRelease(SENT, sent);
  }

  /** Has the reader take at most so many chunks; returns how many there were. */
  int take(Reader reader, int limit) {
    int count = (int) Math.min(limit, buffer.getLongVolatile(SENT) - taken);
    for (int i = 0; i < count; i++) {
      takeNext(reader);
    }
    return count;
  }

  private void takeNext(Reader reader) {
    int slot = slot(taken);
    int length = Math.max(0, Math.min(CHUNK_BYTES, buffer.getInt(slot)));
    try {
      reader.frame(buffer, slot + CHUNK_AT, length);
    } finally {
      taken++;
      buffer.putLongRelease(TAKEN, taken);
    }
  }

  private int slot(long number) {
    return SLOTS_AT + (int) (number % slots) * SLOT_BYTES;
  }

  boolean isLeftByWriter() {
    return buffer.getLongVolatile(LEFT_BY_WRITER) != 0;
  }

  boolean isLeftByReader() {
    return buffer.getLongVolatile(LEFT_BY_READER) != 0;
  }

  void leaveAsWriter() {
    buffer.putLongRelease(LEFT_BY_WRITER, 1);
    unmap();
  }

  void leaveAsReader() {
    buffer.putLongRelease(LEFT_BY_READER, 1);
    unmap();
  }

  private void unmap() {
    buffer.wrap(0, 0);
    IoUtil.unmap(memory);
  }
}
