package io.larch.transport;

import io.larch.config.Wire;

/**
 * What a chunk says of itself.
 *
 * @param generation counter of the generation it belongs to
 * @param incarnation random part of the generation's id
 * @param slice id of the slice the values are of
 * @param level of the tree node whose sum they are
 * @param index of that tree node in its level
 * @param offset first value within the slice, in floats
 * @param count values
 * @param wire in which type they travel
 */
public record ChunkHeader(
    Kind kind,
    long generation,
    long incarnation,
    long step,
    int slice,
    int level,
    int index,
    int offset,
    int count,
    Wire wire) {

  /** What the values are. */
  public enum Kind {
    /** A tree node's partial sum, going up. */
    PARTIAL,
    /** A slice's total, going down. */
    TOTAL
  }

  public ChunkHeader {
    if (level < 0 || level > 30 || index < 0 || slice < 0 || offset < 0 || count < 1) {
      throw new IllegalArgumentException(
          "no chunk with level=%d, index=%d, slice=%d, offset=%d, count=%d"
              .formatted(level, index, slice, offset, count));
    }
  }
}
