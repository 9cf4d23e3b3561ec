package io.larch.reduce;

import java.util.Locale;

/**
 * What a node's part in the reduction needs of another.
 *
 * @param node its number in the placement
 */
public record Awaited(int node, Slice slice, Kind kind) {
  /** What is missing. */
  public enum Kind {
    PARTIAL_SUMS,
    WHOLE_SUMS,
    /** Room in the stream to it. */
    ROOM_TO_SEND_SUMS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }
}
