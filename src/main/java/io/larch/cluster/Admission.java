package io.larch.cluster;

import io.larch.cluster.RunManager.Member;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Who may take part in a run.
 *
 * @param lanes of the run
 * @param relaxed whether nodes that compute other bits are taken
 * @param members those who are to train it or do
 */
record Admission(int lanes, boolean relaxed, List<Member> members) {
  /** What keeps them from training together. */
  Optional<String> refusal() {
    return tooManyDevices()
        .or(this::mismatch)
        .or(() -> relaxed ? Optional.empty() : firstAmong(Membership::differentBits));
  }

  /** What keeps another from joining them. */
  Optional<String> refusal(Member joiner) {
    int devices = devices() + joiner.devices();
    return devices > lanes
        ? Optional.of("with it, %d devices would share %d lanes".formatted(devices, lanes))
        : Membership.mismatch(first(), joiner)
            .or(() -> relaxed ? Optional.empty() : Membership.differentBits(first(), joiner));
  }

  /** What is lost by their training together, as they compute different bits. */
  Optional<String> whatIsLost() {
    return firstAmong(Membership::differentBits).map(Membership::whatIsLost);
  }

  /** The same of another's joining. */
  Optional<String> whatIsLost(Member joiner) {
    return Membership.differentBits(first(), joiner).map(Membership::whatIsLost);
  }

  /** A third may be the one from which two others differ. */
  private Optional<String> mismatch() {
    return members.stream()
        .flatMap(one -> members.stream().map(other -> Membership.mismatch(one, other)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Member first() {
    return members.get(0);
  }

  /** Every node must have a lane. */
  private Optional<String> tooManyDevices() {
    return members.size() == 1 || devices() <= lanes
        ? Optional.empty()
        : Optional.of(
            "the %d nodes have %d devices for the run's %d lanes; take more lanes or fewer devices"
                .formatted(members.size(), devices(), lanes));
  }

  private int devices() {
    return members.stream().mapToInt(Member::devices).sum();
  }

  /** What there is to say of the first node and another. */
  private Optional<String> firstAmong(BiFunction<Member, Member, Optional<String>> difference) {
    return members.stream()
        .map(other -> difference.apply(first(), other))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
