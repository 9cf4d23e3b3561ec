package io.larch.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.larch.observe.Json;
import io.larch.run.Failure;
import io.larch.web.Status;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Nodes that form a cluster and are disturbed; any of them may go. */
interface Cluster extends AutoCloseable {
  /** All, in an order that stays; those that are gone may be among them. */
  List<Member> all();

  /** Another node joins; only where {@link Fault#needsOwnNodes} may be done. */
  Member join();

  /** Ends a node at once. */
  void kill(Member victim);

  /** Where a node keeps its checkpoints; only where {@link Fault#needsOwnNodes} may be done. */
  Folder folder(Member of);

  /**
   * Waits until there is a node again for each of so many that are gone.
   *
   * @return where nodes are still missed, after all patience
   */
  List<String> replace(int gone);

  /** What its processes hold, if that can be seen. */
  Optional<Vitals> vitals();

  @Override
  void close();

  /** Those that are there. */
  default List<Member> members() {
    return all().stream().filter(Member::isThere).toList();
  }

  default Set<String> addresses() {
    return members().stream().map(Member::address).collect(Collectors.toSet());
  }

  /** The first answer of any node. */
  private <T> Optional<T> any(Function<Member, Optional<T>> question) {
    return members().stream().map(question).flatMap(Optional::stream).findFirst();
  }

  /** How the run goes. */
  default Optional<Status> status() {
    return any(member -> member.ask("/larch/run/status")).map(s -> Json.read(s, Status.class));
  }

  /** Addresses of the members that are up. */
  default Set<String> up() {
    Set<String> up = new HashSet<>();
    any(Member::membership)
        .ifPresent(
            state ->
                StreamSupport.stream(state.path("members").spliterator(), false)
                    .filter(member -> member.path("status").asText().equals("Up"))
                    .forEach(member -> up.add(member.path("node").asText())));
    return up;
  }

  /** The node on which what there is one of in the cluster lives, the Trainer too. */
  default Member leader() {
    String oldest =
        any(Member::membership).map(state -> state.path("oldest")).map(JsonNode::asText).orElse("");
    return find(oldest)
        .orElseThrow(
            () ->
                new Failure(
                    Failure.Kind.FAILED,
                    oldest.isEmpty()
                        ? "No node says who leads."
                        : "The node %s leads, and is none of those to which anything is done."
                            .formatted(oldest),
                    null));
  }

  /** The node on which most layers have their optimizer: where the first slice has its root. */
  default Member busiest() {
    Map<String, Long> layers = new HashMap<>();
    Set<String> seen = new LinkedHashSet<>();
    for (Status.SlicePlace slice : status().map(Status::slices).orElse(List.of())) {
      if (seen.add(slice.layer())) {
        layers.merge(slice.node(), 1L, Long::sum);
      }
    }
    return layers.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .flatMap(most -> find(most.getKey()))
        .orElseGet(this::leader);
  }

  private Optional<Member> find(String address) {
    return members().stream().filter(member -> member.address().equals(address)).findFirst();
  }
}
