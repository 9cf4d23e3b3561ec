package io.larch.reduce;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Takes the whole state of a step into the staged half of a replica, whoever feeds which slice;
 * what the replica has committed stays as it is. A slice that comes twice is taken once.
 */
final class StateIntake {
  private static final int NAMED = 8;

  private final Replica replica;
  private final long step;
  private final Set<String> silent;
  private final int[][] received;
  private final Set<Integer> missing = new TreeSet<>();

  StateIntake(Replica replica, long step, List<String> from) {
    this.replica = replica;
    this.step = step;
    silent = new TreeSet<>(from);
    received = new int[replica.slices().size()][replica.staged().blocks()];
    replica.slices().forEach(slice -> missing.add(slice.id()));
  }

  /**
   * Takes values.
   *
   * @return false if they are of another step
   * @throws IllegalStateException if values before them are missing, or the slice, now complete, is
   *     not what the peer has sealed
   */
  boolean part(String peer, StateLinks.Part part, float[] values) {
    if (part.step() != step) {
      return false;
    }
    silent.remove(peer);
    Slice slice = replica.slices().get(part.slice());
    int have = received[slice.id()][part.block()];
    int fresh = part.offset() + part.count() - have;
    if (part.offset() > have) {
      throw new IllegalStateException(
          "values %d to %d of %s, fed by %s, are missing"
              .formatted(have, part.offset(), text(slice), peer));
    }
    if (fresh > 0) {
      replica.staged().view(slice, part.block()).put(have, values, part.count() - fresh, fresh);
      received[slice.id()][part.block()] += fresh;
      completeIfAllIsHere(slice, peer, part.seal());
    }
    return true;
  }

  private void completeIfAllIsHere(Slice slice, String peer, long seal) {
    for (int count : received[slice.id()]) {
      if (count < slice.count()) {
        return;
      }
    }
    replica.staged().hash(slice);
    if (replica.staged().seal(slice) != seal) {
      throw new IllegalStateException(
          "%s after step %d, fed by %s, is not what was committed there"
              .formatted(text(slice), step, peer));
    }
    missing.remove(slice.id());
  }

  private static String text(Slice slice) {
    return "slice " + slice.id() + " (layer " + slice.layer() + ")";
  }

  long step() {
    return step;
  }

  boolean isDone() {
    return missing.isEmpty();
  }

  /** Peers of which nothing has come yet. */
  Set<String> silent() {
    return silent;
  }

  /** What is still to come, in words. */
  String missing() {
    List<Integer> first = new ArrayList<>(missing).subList(0, Math.min(NAMED, missing.size()));
    String more = missing.size() > NAMED ? " and " + (missing.size() - NAMED) + " more" : "";
    String nothing = silent.isEmpty() ? "" : "; nothing has come from " + String.join(", ", silent);
    return "slices " + first + more + nothing;
  }
}
