package io.larch.transport;

import java.nio.FloatBuffer;

/** One stream to one peer. */
abstract class Outlet {
  private long chunks;
  private long bytes;
  private long backPressured;

  /** Whether the stream is there and the peer listens. */
  abstract boolean isConnected();

  /** Sends a chunk, or says why not. */
  final SendResult send(ChunkHeader header, FloatBuffer values, int first) {
    SendResult result = offer(header, values, first);
    if (result == SendResult.SENT) {
      chunks++;
      bytes += ChunkWriter.length(header);
    } else if (result == SendResult.BACK_PRESSURED) {
      backPressured++;
    }
    return result;
  }

  abstract SendResult offer(ChunkHeader header, FloatBuffer values, int first);

  abstract void close();

  long chunks() {
    return chunks;
  }

  long bytes() {
    return bytes;
  }

  long backPressured() {
    return backPressured;
  }
}
