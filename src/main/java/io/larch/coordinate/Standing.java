package io.larch.coordinate;

import java.util.List;

/**
 * How a node stands, as it says of itself.
 *
 * @param node its name
 * @param step the step in flight
 * @param doing what it does, a word
 * @param computing whether its own devices have work to do
 * @param progress grows with whatever it does
 * @param waits what it needs of others
 */
public record Standing(
    String node, long step, String doing, boolean computing, long progress, List<Wait> waits) {
  public Standing {
    waits = List.copyOf(waits);
  }
}
