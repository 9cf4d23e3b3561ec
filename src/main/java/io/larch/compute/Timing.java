package io.larch.compute;

/**
 * Where the time of a program went.
 *
 * @param layer name of the layer
 * @param kind what was done, such as {@code convolution backward weights}
 * @param calls how often
 * @param nanoseconds in all
 */
public record Timing(String layer, String kind, long calls, long nanoseconds) {
  /** The kind that parts a program, once a micro-batch: what comes after it goes backward. */
  public static final String BACKWARD_BEGINS = "backward begins";

  /** The time of two parts of one thing. */
  Timing with(Timing other) {
    return new Timing(layer, kind, calls, nanoseconds + other.nanoseconds);
  }
}
