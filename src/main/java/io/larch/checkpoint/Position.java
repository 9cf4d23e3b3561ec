package io.larch.checkpoint;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a run stood, and what run it was.
 *
 * @param step the last committed step
 * @param epoch epochs of samples seen until then
 * @param samples samples seen, which is the position in the run's sample stream
 * @param identity what a run that goes on must agree with: setting and value
 * @param classNames what the network's outputs mean, in order; none if it was written without
 * @param versions of the programs that computed it, for a person to read
 */
public record Position(
    long step,
    double epoch,
    long samples,
    long seed,
    int lanes,
    Map<String, String> identity,
    List<String> classNames,
    Map<String, String> versions) {
  public Position {
    if (step < 0) {
      throw new IllegalArgumentException("step " + step);
    }
    classNames = classNames == null ? List.of() : List.copyOf(classNames);
    identity = Collections.unmodifiableSortedMap(new TreeMap<>(identity));
    versions = Collections.unmodifiableSortedMap(new TreeMap<>(versions));
  }
}
