package io.larch.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Consecutive samples in native memory, lent by a {@link Prefetcher}: valid from {@link
 * Prefetcher#take} to {@link Prefetcher#release}.
 */
public final class Batch {
  /** oneDNN's loads are widest when buffers begin on a cache line. */
  private static final int ALIGNMENT_BYTES = 64;

  private final FloatBuffer images;
  private final int[] labels;
  private long first;
  private int count;

  Batch(int capacity, int floatsPerSample) {
    this.images = aligned(Math.multiplyExact(capacity, floatsPerSample));
    this.labels = new int[capacity];
  }

  private static FloatBuffer aligned(int floats) {
    int lines = (Math.multiplyExact(floats, Float.BYTES) - 1) / ALIGNMENT_BYTES + 1;
    return ByteBuffer.allocateDirect((lines + 1) * ALIGNMENT_BYTES)
        .alignedSlice(ALIGNMENT_BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer()
        .slice(0, floats);
  }

  void fill(Reader reader, long newFirst, int newCount) {
    first = newFirst;
    count = newCount;
    reader.read(first, count, images, labels);
  }

  /** Normalised samples [count, C, H, W], row-major, direct, in native byte order, from index 0. */
  public FloatBuffer images() {
    return images;
  }

  /** Labels of the samples from index 0; entries from {@code count} on mean nothing. */
  public int[] labels() {
    return labels;
  }

  /** Position of the first sample. */
  public long first() {
    return first;
  }

  /** Number of samples. */
  public int count() {
    return count;
  }
}
