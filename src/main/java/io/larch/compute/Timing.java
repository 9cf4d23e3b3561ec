package io.larch.compute;

/**
 * Where the time of a program went.
 *
 * @param layer name of the layer
 * @param kind what was done, such as {@code convolution backward weights}
 * @param implementation by what: oneDNN's name for it, where {@code ref} is a slow reference, or
 *     {@link #OWN}
 * @param calls how often
 * @param nanoseconds in all
 */
public record Timing(
    String layer, String kind, String implementation, long calls, long nanoseconds) {
  /** A loop of this project. */
  public static final String OWN = "larch";

  /** The kind that parts a program, once a micro-batch: what comes after it goes backward. */
  public static final String BACKWARD_BEGINS = "backward begins";

  /** The time of two parts of one thing. */
  Timing with(Timing other) {
    return new Timing(layer, kind, implementation, calls, nanoseconds + other.nanoseconds);
  }
}
