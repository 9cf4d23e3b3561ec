package io.larch.study;

/**
 * How long runs will take.
 *
 * @param runs that are missing
 * @param seconds of all of them
 * @param samplesPerSecond of all devices together, as measured, over all that is to be done
 */
public record Estimate(int runs, double seconds, double samplesPerSecond) {
  private static final long MINUTE = 60;
  private static final long HOUR = 3_600;

  /** The time in words, such as 2 h 5 min. */
  public String time() {
    long all = Math.round(seconds);
    if (all < MINUTE) {
      return all + " s";
    }
    return all < HOUR
        ? (all + MINUTE / 2) / MINUTE + " min"
        : "%d h %d min".formatted(all / HOUR, all % HOUR / MINUTE);
  }
}
