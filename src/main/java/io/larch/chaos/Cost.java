package io.larch.chaos;

import java.util.List;

/**
 * What a fault did.
 *
 * @param fault its word
 * @param nodes to which it was done, by the address of their actors
 * @param step the last one committed before
 * @param secondsToNextStep from the fault until a later step was committed
 * @param repeatedSteps committed ones that were computed again
 * @param generations that began because of it
 * @param secondsToWhole from the fault until all nodes trained again, new ones among them
 * @param missed management endpoints of nodes that nobody has started anew
 * @param held by the processes; null where they cannot be seen
 */
public record Cost(
    String fault,
    List<String> nodes,
    long step,
    double secondsToNextStep,
    long repeatedSteps,
    long generations,
    double secondsToWhole,
    List<String> missed,
    Vitals held) {
  public Cost {
    nodes = List.copyOf(nodes);
    missed = List.copyOf(missed);
  }
}
