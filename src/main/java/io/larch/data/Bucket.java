package io.larch.data;

/**
 * A shape into which sentence pairs are padded.
 *
 * @param source S, positions for a source sentence and its end mark
 * @param target T, positions for a target sentence and one mark: begin or end
 */
public record Bucket(int source, int target) {
  /** Whether sentences of these lengths, marks included, have room. */
  boolean holds(int sourceLength, int targetLength) {
    return sourceLength <= source && targetLength <= target;
  }

  /** Positions of one pair, padding included. */
  int positions() {
    return source + target;
  }

  @Override
  public String toString() {
    return source + "+" + target;
  }
}
