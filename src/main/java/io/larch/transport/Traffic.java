package io.larch.transport;

import java.util.List;

/**
 * What has moved since the data plane was opened.
 *
 * @param peers one for each stream of each connected peer, since it was connected
 * @param strangers frames that were no chunks of a connected peer, dropped
 * @param corrupt chunks in a peer's name whose CRC was wrong, and whatever else came by a peer's
 *     stream and was no chunk; dropped
 * @param stale chunks of another generation or of a step that was over, dropped
 * @param retransmits udp frames that the media driver sent again since it was started, for all its
 *     nodes
 */
public record Traffic(
    List<OfStream> peers, long strangers, long corrupt, long stale, long retransmits) {
  /**
   * One stream of one peer; bytes are of headers and values, without Aeron's own.
   *
   * @param backPressured attempts to send that found the stream full
   */
  public record OfStream(
      long node,
      Stream stream,
      long chunksSent,
      long bytesSent,
      long chunksReceived,
      long bytesReceived,
      long backPressured) {}

  public Traffic {
    peers = List.copyOf(peers);
  }
}
