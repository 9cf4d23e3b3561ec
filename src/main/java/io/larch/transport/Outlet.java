package io.larch.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.exceptions.RegistrationException;
import io.aeron.logbuffer.BufferClaim;
import java.nio.FloatBuffer;

/** One stream to one peer: a publication, which the media driver makes in its own time. */
final class Outlet {
  private final Aeron aeron;
  private final String channel;
  private final ChunkWriter writer;
  private final BufferClaim claim = new BufferClaim();
  private final long registration;
  private ExclusivePublication publication;
  private long chunks;
  private long bytes;
  private long backPressured;

  Outlet(Aeron aeron, String channel, int streamId, ChunkWriter writer) {
    this.aeron = aeron;
    this.channel = channel;
    this.writer = writer;
    registration = aeron.asyncAddExclusivePublication(channel, streamId);
  }

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

  SendResult send(ChunkHeader header, FloatBuffer values, int first) {
    if (!exists()) {
      return SendResult.NOT_CONNECTED;
    }
    int length = ChunkWriter.length(header);
    SendResult result = SendResult.of(publication.tryClaim(length, claim));
    if (result == SendResult.SENT) {
      write(header, values, first);
      chunks++;
      bytes += length;
    } else if (result == SendResult.BACK_PRESSURED) {
      backPressured++;
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

  void close() {
    if (publication != null) {
      publication.close();
    } else if (!aeron.isClosed()) {
      aeron.asyncRemovePublication(registration);
    }
  }

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
