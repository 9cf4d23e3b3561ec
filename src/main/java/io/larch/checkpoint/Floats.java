package io.larch.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Streams float32 values as little-endian bytes through one small buffer, in either direction. */
final class Floats {
  private static final int CHUNK_FLOATS = 1 << 16;

  /** Takes or fills the bytes between the buffer's position and limit, all of them. */
  interface Bytes<E extends Exception> {
    void move(ByteBuffer bytes) throws E;
  }

  private final ByteBuffer chunk =
      ByteBuffer.allocate(CHUNK_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  <E extends Exception> void encode(FloatBuffer values, Bytes<E> sink) throws E {
    FloatBuffer rest = values.duplicate();
    while (rest.hasRemaining()) {
      int count = Math.min(CHUNK_FLOATS, rest.remaining());
      chunk.clear().limit(count * Float.BYTES);
      chunk.asFloatBuffer().put(rest.slice(rest.position(), count));
      rest.position(rest.position() + count);
      sink.move(chunk);
    }
  }

  <E extends Exception> void decode(FloatBuffer values, Bytes<E> source) throws E {
    FloatBuffer rest = values.duplicate();
    while (rest.hasRemaining()) {
      chunk.clear().limit(Math.min(CHUNK_FLOATS, rest.remaining()) * Float.BYTES);
      source.move(chunk);
      rest.put(chunk.flip().asFloatBuffer());
    }
  }
}
