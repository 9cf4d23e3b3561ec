package io.larch.observe;

import java.util.List;

/**
 * What a node has moved to and from its peers, and dropped since it was started.
 *
 * @param streams of the peers that are connected now, each since it was connected
 * @param strangers frames of nobody who is a peer, dropped
 * @param corrupt frames whose checksum was wrong, dropped
 * @param stale frames of another generation or of a step that was over, dropped
 * @param retransmits frames that the host's media driver sent again since that was started
 */
public record Network(
    List<OfStream> streams, long strangers, long corrupt, long stale, long retransmits) {
  /** Nothing has moved. */
  public static final Network QUIET = new Network(List.of(), 0, 0, 0, 0);

  /**
   * One stream to and from one peer, in bytes of headers and values.
   *
   * @param backPressured attempts to send that found it full
   */
  public record OfStream(
      String peer, String stream, long bytesSent, long bytesReceived, long backPressured) {}

  public Network {
    streams = List.copyOf(streams);
  }
}
