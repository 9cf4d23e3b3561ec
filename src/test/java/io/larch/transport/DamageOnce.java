package io.larch.transport;

import io.aeron.driver.ext.DebugReceiveChannelEndpoint;
import io.aeron.driver.ext.LossGenerator;
import io.aeron.driver.ext.RandomLossGenerator;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.protocol.DataHeaderFlyweight;
import io.larch.config.TransportSettings;
import io.larch.transport.ChunkHeader.Kind;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Flips one bit of one chunk between two nodes, behind all that looks after datagrams: where the
 * receiving node's media driver takes it from the socket.
 */
public final class DamageOnce {
  private final Kind kind;
  private final boolean continued;
  private final int at;
  private final AtomicBoolean done = new AtomicBoolean();

  /**
   * Of the first chunk that fits.
   *
   * @param continued whether it is to be one that does not begin a slice
   * @param at which byte of the chunk
   */
  public DamageOnce(Kind kind, boolean continued, int at) {
    this.kind = kind;
    this.continued = continued;
    this.at = at;
  }

  /** Whether it has happened. */
  public boolean isDone() {
    return done.get();
  }

  /** A node's end whose media driver damages what comes, if no other has done so. */
  public DataPlane open(TransportSettings settings) {
    return DataPlane.open(
        settings, UUID.randomUUID().getLeastSignificantBits(), host(settings), true);
  }

  private EmbeddedDriver host(TransportSettings settings) {
    LossGenerator damage = this::dropNothing;
    LossGenerator none = new RandomLossGenerator(0, 0);
    return EmbeddedDriver.start(
        settings,
        context ->
            context.receiveChannelEndpointSupplier(
                (channel, dispatcher, status, of) ->
                    new DebugReceiveChannelEndpoint(
                        channel, dispatcher, status, of, damage, none)));
  }

  /** A datagram may hold several frames. */
  private boolean dropNothing(InetSocketAddress from, UnsafeBuffer datagram, int length) {
    int frame = 0;
    while (frame + DataHeaderFlyweight.HEADER_LENGTH + Chunk.HEADER_BYTES < length) {
      int bytes = FrameDescriptor.frameLength(datagram, frame);
      Chunk chunk = new Chunk();
      int payload = frame + DataHeaderFlyweight.HEADER_LENGTH;
      boolean isChunk = chunk.wrap(datagram, payload, bytes - DataHeaderFlyweight.HEADER_LENGTH);
      if (isChunk && isMeant(chunk) && !done.getAndSet(true)) {
        datagram.putByte(payload + at, (byte) (datagram.getByte(payload + at) ^ 1));
      }
      frame +=
          Math.max(
              DataHeaderFlyweight.HEADER_LENGTH,
              BitUtil.align(bytes, FrameDescriptor.FRAME_ALIGNMENT));
    }
    return false;
  }

  private boolean isMeant(Chunk chunk) {
    return chunk.kind() == kind && (chunk.offset() > 0) == continued;
  }
}
