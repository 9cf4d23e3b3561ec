package io.larch.coordinate;

import io.larch.compute.Outcome;
import java.util.Optional;

/**
 * Collects what the lanes of one step say. Sums go over lanes in order, so a reported loss does not
 * depend on who computed which lane.
 */
public final class StepTally {
  private final Outcome[] lanes;
  private int missing;

  public StepTally(int lanes) {
    this.lanes = new Outcome[lanes];
    missing = lanes;
  }

  /** Takes one lane's outcome, repeated or not. */
  public void add(int lane, Outcome outcome) {
    if (lanes[lane] == null) {
      missing--;
    }
    lanes[lane] = outcome;
  }

  /** The whole global batch, once all lanes are in. */
  public Optional<Outcome> total() {
    if (missing > 0) {
      return Optional.empty();
    }
    Outcome total = Outcome.NONE;
    for (Outcome lane : lanes) {
      total = total.plus(lane);
    }
    return Optional.of(total);
  }
}
