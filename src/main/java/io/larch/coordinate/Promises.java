package io.larch.coordinate;

import io.larch.reduce.Lanes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What nodes have answered to a new generation: how far each is, and what it holds. Used by one
 * thread.
 */
final class Promises {
  /**
   * One node's answer.
   *
   * @param committed the last step it committed
   * @param hash of its weights after that step
   * @param damaged whether its state is not what it committed
   * @param settled the last step after which, as it knows, all that was due has been done
   * @param lanes of its devices in the last generation
   */
  record Promise(long committed, long hash, boolean damaged, long settled, List<Lanes> lanes) {
    private Promise rejected() {
      return new Promise(committed, hash, true, settled, lanes);
    }

    private boolean holds(long step) {
      return committed == step && !damaged;
    }
  }

  private final Map<String, Promise> byNode = new HashMap<>();

  void clear() {
    byNode.clear();
  }

  void put(String node, Promise promise) {
    byNode.put(node, promise);
  }

  void remove(String node) {
    byNode.remove(node);
  }

  /** The last step whose state a node holds; empty if none holds any. */
  OptionalLong lastHeld() {
    return lastHeldBeside(Set.of());
  }

  /** The last step whose state a node holds that is none of these; empty if none holds any. */
  OptionalLong lastHeldBeside(Set<String> nodes) {
    return byNode.entrySet().stream()
        .filter(promised -> !nodes.contains(promised.getKey()) && !promised.getValue().damaged)
        .mapToLong(promised -> promised.getValue().committed)
        .max();
  }

  /**
   * The step behind which nobody may go back, as far as the answers show: what was told was
   * committed by all who had lanes. Where nobody had any, it is the highest.
   */
  long told() {
    return byNode.values().stream()
        .filter(promise -> !promise.lanes.isEmpty())
        .mapToLong(Promise::committed)
        .min()
        .orElseGet(this::last);
  }

  private long last() {
    return byNode.values().stream().mapToLong(Promise::committed).max().orElseThrow();
  }

  /** The last step after which, as any node knows, all that was due has been done. */
  long settled() {
    return byNode.values().stream().mapToLong(Promise::settled).max().orElseThrow();
  }

  /** Whether any node had lanes. */
  boolean anyHasTrained() {
    return byNode.values().stream().anyMatch(promise -> !promise.lanes.isEmpty());
  }

  /** Who had no lanes. */
  Set<String> untrained() {
    Set<String> untrained = new TreeSet<>(byNode.keySet());
    untrained.removeIf(node -> !byNode.get(node).lanes.isEmpty());
    return untrained;
  }

  /** The lanes of every node's devices in the last generation. */
  Map<String, List<Lanes>> lanes() {
    Map<String, List<Lanes>> lanes = new HashMap<>();
    byNode.forEach((node, promise) -> lanes.put(node, promise.lanes));
    return lanes;
  }

  /** Whether a node has the state after a step. */
  boolean holds(String node, long step) {
    return byNode.get(node).holds(step);
  }

  /** Who holds the state after a step, those with equal weights together. */
  List<Set<String>> holders(long step) {
    Map<Long, Set<String>> byHash = new TreeMap<>();
    byNode.forEach(
        (node, promise) -> {
          if (promise.holds(step)) {
            byHash.computeIfAbsent(promise.hash, first -> new TreeSet<>()).add(node);
          }
        });
    return List.copyOf(byHash.values());
  }

  /** A node must be given the state, whatever it holds. */
  void reject(String node) {
    byNode.computeIfPresent(node, (name, promise) -> promise.rejected());
  }
}
