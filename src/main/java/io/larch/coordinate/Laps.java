package io.larch.coordinate;

/**
 * Where a device's time went in a step, in nanoseconds.
 *
 * @param endedNs when the last lap ended, by {@link System#nanoTime}
 */
public record Laps(long dataNs, long packNs, long forwardNs, long backwardNs, long endedNs) {}
