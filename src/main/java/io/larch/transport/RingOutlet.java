package io.larch.transport;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** One stream to one peer of this host: the ring that the peer makes. */
final class RingOutlet extends Outlet {
  private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);

  private final Path path;
  private final BooleanSupplier peerLives;
  private final ChunkWriter writer;
  private long lookedNs = System.nanoTime();
  private boolean dead;
  private boolean closed;
  private Ring ring;

  /**
   * @param peerLives asked once a second at most; a peer that was killed leaves no word
   */
  RingOutlet(Path path, BooleanSupplier peerLives, ChunkWriter writer) {
    this.path = path;
    this.peerLives = peerLives;
    this.writer = writer;
  }

  @Override
  boolean isConnected() {
    return !closed && joins() && !isDead();
  }

  private boolean joins() {
    if (ring != null && ring.isLeftByReader()) {
      ring.leaveAsWriter();
      ring = null;
    }
    if (ring == null) {
      ring = Ring.join(path).orElse(null);
    }
    return ring != null;
  }

  private boolean isDead() {
    long now = System.nanoTime();
    if (now - lookedNs > LOOK_NS) {
      lookedNs = now;
      dead = !peerLives.getAsBoolean();
    }
    return dead;
  }

  @Override
  SendResult offer(ChunkHeader header, FloatBuffer values, int first) {
    if (!isConnected()) {
      return closed ? SendResult.CLOSED : SendResult.NOT_CONNECTED;
    }
    int at = ring.claim();
    if (at < 0) {
      return SendResult.BACK_PRESSURED;
    }
    writer.write(ring.buffer(), at, header, values, first);
    ring.commit(ChunkWriter.length(header));
    return SendResult.SENT;
  }

  @Override
  void close() {
    closed = true;
    if (ring != null) {
      ring.leaveAsWriter();
      ring = null;
    }
  }
}
