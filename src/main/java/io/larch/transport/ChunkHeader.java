package io.larch.transport;

import io.larch.config.Wire;

/**
 * What a chunk says of itself.
 *
 * @param generation counter of the generation it belongs to
 * @param incarnation random part of the generation's id
 * @param slice id of the slice the values are of
 * @param level of the tree node whose sum they are; of a state, which block: 0 for the weights,
 *     then the optimizer's buffers
 * @param index of that tree node in its level; 0 of a state
 * @param offset first value within the slice, in floats
 * @param count values
 * @param wire in which type they travel
 * @param seal of a state: a hash of all the slice's blocks; else 0
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
    Wire wire,
    long seal) {

  /** What the values are. */
  public enum Kind {
    /** A tree node's partial sum, going up. */
    PARTIAL,
    /** A slice's total, going down. */
    TOTAL,
    /** A block of a slice's committed state, for a node that needs it; goes up. */
    STATE,
    /** Its sender takes the state of a step from whom it is sent to; one value, 0, goes up. */
    READY
  }

  public ChunkHeader {
    if (level < 0 || level > 30 || index < 0 || slice < 0 || offset < 0 || count < 1) {
      throw new IllegalArgumentException(
          "no chunk with level=%d, index=%d, slice=%d, offset=%d, count=%d"
              .formatted(level, index, slice, offset, count));
    }
  }
}
