package io.larch.transport;

import io.aeron.Publication;

/** What became of a chunk that was to be sent. Only {@link #SENT} has taken it. */
public enum SendResult {
  /** It is in the stream, and will arrive unless the peer or the connection goes. */
  SENT,
  /** The peer reads too slowly; poll, then try again. */
  BACK_PRESSURED,
  /** The stream is turning a page; try again at once. */
  ADMIN_ACTION,
  /** The peer is not there, or no longer. */
  NOT_CONNECTED,
  /** The peer was disconnected here. */
  CLOSED,
  /** The stream has carried all it ever can, 2^31 terms; disconnect the peer and connect anew. */
  EXHAUSTED;

  /** The meaning of what a publication answers: a new position or one of its codes. */
  static SendResult of(long answer) {
    if (answer > 0) {
      return SENT;
    }
    return switch ((int) answer) {
      case (int) Publication.BACK_PRESSURED -> BACK_PRESSURED;
      case (int) Publication.ADMIN_ACTION -> ADMIN_ACTION;
      case (int) Publication.NOT_CONNECTED -> NOT_CONNECTED;
      case (int) Publication.CLOSED -> CLOSED;
      case (int) Publication.MAX_POSITION_EXCEEDED -> EXHAUSTED;
      default -> throw new IllegalStateException("a publication answered " + answer);
    };
  }
}
