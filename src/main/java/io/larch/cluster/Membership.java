package io.larch.cluster;

import io.larch.cluster.RunManager.Member;
import io.larch.config.RunIdentity;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether two nodes mean the same run and compute the same bits. */
final class Membership {
  private Membership() {}

  /** What keeps two nodes from training one run, whatever they compute with, both sides named. */
  static Optional<String> mismatch(Member one, Member other) {
    Optional<String> settings = differentSettings(one, other);
    if (settings.isPresent()) {
      return settings;
    }
    if (one.committed() == other.committed() && one.replicaHash() != other.replicaHash()) {
      return Optional.of(
          "after step %d node %s has weights %016x and node %s weights %016x; give all nodes the same checkpoints"
              .formatted(
                  one.committed(),
                  one.name(),
                  one.replicaHash(),
                  other.name(),
                  other.replicaHash()));
    }
    return Optional.empty();
  }

  private static Optional<String> differentSettings(Member one, Member other) {
    String differences =
        new RunIdentity(one.identity())
            .differences(new RunIdentity(other.identity())).stream()
                .map(d -> d.key() + " is " + d.here() + " and " + d.there())
                .collect(Collectors.joining("; "));
    return differences.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "nodes %s and %s do not mean the same run: %s"
                .formatted(one.name(), other.name(), differences));
  }

  /** That two nodes compute different bits, with what each computes. */
  static Optional<String> differentBits(Member one, Member other) {
    if (Objects.equals(one.proof(), other.proof())) {
      return Optional.empty();
    }
    return Optional.of(
        "Nodes %s and %s compute different bits from the same samples and weights: %s by %s, %s by %s. Use processors with the same instruction set and the same build, or take it with larch.determinism = relaxed."
            .formatted(
                one.name(),
                other.name(),
                one.proof(),
                one.machine(),
                other.proof(),
                other.machine()));
  }

  /** The same where it is taken. */
  static String whatIsLost(String difference) {
    return difference.substring(0, difference.indexOf(" Use processors"))
        + " As larch.determinism = relaxed, they train together; lost is that the same run gives the same bits: they depend on which node computes which lane.";
  }
}
