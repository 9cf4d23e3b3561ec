package io.larch.compute;

import io.larch.config.Refusal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A block of f32 values outside the heap, zero at first, aligned to 64 bytes. Whoever allocates it
 * owns it and closes it; views have no life of their own and are valid until then.
 */
public final class FloatBlock implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final AtomicLong LIVE_BYTES = new AtomicLong();

  private final long floats;
  private final BytePointer memory;
  private final long address;
  private final Aim target = new Aim();
  private final AtomicBoolean open = new AtomicBoolean(true);

  private FloatBlock(long floats) {
    this.floats = floats;
    long bytes = floats * Float.BYTES;
    Pointer taken = Pointer.calloc(1, bytes + ALIGNMENT);
    if (taken == null) {
      throw new Refusal(
          "%d MiB of memory cannot be had in one piece; lower larch.micro-batch or larch.devices, or give this process more."
              .formatted(bytes >> 20));
    }
    memory = new BytePointer(taken).capacity(bytes + ALIGNMENT);
    address = (memory.address() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    LIVE_BYTES.addAndGet(bytes);
  }

  /**
   * Allocates a block; the caller owns it.
   *
   * @throws Refusal if the system does not give so much memory
   */
  public static FloatBlock allocate(long floats) {
    return new FloatBlock(floats);
  }

  /** Bytes of all blocks that are not closed. */
  public static long liveBytes() {
    return LIVE_BYTES.get();
  }

  public long floats() {
    return floats;
  }

  /** Address of value {@code index}, for native code. Valid until this block is closed. */
  public long address(long index) {
    return address + index * Float.BYTES;
  }

  /** The values from {@code from} on, in native order. Valid until this block is closed. */
  public FloatBuffer view(long from, int count) {
    return bytes(from, count * (long) Float.BYTES).asFloatBuffer();
  }

  /** So many bytes from value {@code from} on, in native order. */
  ByteBuffer bytes(long from, long count) {
    if (from < 0 || count < 0 || from * Float.BYTES + count > floats * Float.BYTES || !open.get()) {
      throw new IndexOutOfBoundsException(
          "view [%d, +%d bytes) of a block of %d floats, open=%s"
              .formatted(from, count, floats, open));
    }
    return new BytePointer(new Aim().at(address(from)))
        .capacity(count)
        .asByteBuffer()
        .order(ByteOrder.nativeOrder());
  }

  /** Sets so many bytes from value {@code from} on to 0. */
  void clear(long from, long count) {
    Objects.checkFromIndexSize(from * Float.BYTES, count, floats * Float.BYTES);
    Pointer.memset(target.at(address(from)), 0, count);
  }

  /** One value; for a few, where a view would have to be allocated. */
  float at(long index) {
    return memory.getFloat(offset(index));
  }

  /** Sets one value. */
  void set(long index, float value) {
    memory.putFloat(offset(index), value);
  }

  private long offset(long index) {
    return address - memory.address() + Objects.checkIndex(index, floats) * Float.BYTES;
  }

  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      LIVE_BYTES.addAndGet(-floats * Float.BYTES);
      Pointer.free(memory);
    }
  }
}
