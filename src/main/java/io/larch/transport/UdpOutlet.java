package io.larch.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.exceptions.RegistrationException;
import io.aeron.logbuffer.BufferClaim;
import java.nio.FloatBuffer;

/** One stream to one peer over udp: a publication, which the media driver makes in its own time. */
final class UdpOutlet extends Outlet {
  private final Aeron aeron;
  private final String channel;
  private final ChunkWriter writer;
  private final BufferClaim claim = new BufferClaim();
  private final long registration;
  private ExclusivePublication publication;

  UdpOutlet(Aeron aeron, String channel, int streamId, ChunkWriter writer) {
    this.aeron = aeron;
    this.channel = channel;
    this.writer = writer;
    registration = aeron.asyncAddExclusivePublication(channel, streamId);
  }

  @Override
  boolean isConnected() {
    return exists() && publication.isConnected();
  }

  /**
   * @throws IllegalStateException if the media driver could not make it, which it may do later
   */
  private boolean exists() {
    if (publication == null) {
      try {
        publication = aeron.getExclusivePublication(registration);
      } catch (RegistrationException e) {
        throw new IllegalStateException(
            "The media driver refuses the stream " + channel + ": " + e.getMessage(), e);
      }
    }
    return publication != null;
  }

  @Override
  SendResult offer(ChunkHeader header, FloatBuffer values, int first) {
    if (!exists()) {
      return SendResult.NOT_CONNECTED;
    }
    SendResult result = SendResult.of(publication.tryClaim(ChunkWriter.length(header), claim));
    if (result == SendResult.SENT) {
      write(header, values, first);
    }
    return result;
  }

  private void write(ChunkHeader header, FloatBuffer values, int first) {
    try {
      writer.write(claim.buffer(), claim.offset(), header, values, first);
    } catch (RuntimeException e) {
      claim.abort();
      throw e;
    }
    claim.commit();
  }

  @Override
  void close() {
    if (publication != null) {
      publication.close();
    } else if (!aeron.isClosed()) {
      aeron.asyncRemovePublication(registration);
    }
  }
}
