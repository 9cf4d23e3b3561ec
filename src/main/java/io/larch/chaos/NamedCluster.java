package io.larch.chaos;

import io.larch.config.Refusal;
import io.larch.web.RunControl.Harm;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * Nodes that others have started, somewhere. Whoever started them, systemd or Kubernetes, starts
 * one anew that is gone; it then answers where it did before.
 */
final class NamedCluster implements Cluster {
  private final List<Member> all;
  private final Patience patience;

  /**
   * Finds the nodes.
   *
   * @param endpoints where they answer
   * @param token that their orders need; empty for none
   * @throws Refusal that names one that does not answer
   * @throws io.larch.run.Failure if they do not become members of one cluster
   */
  NamedCluster(List<URI> endpoints, String token, Patience patience) {
    this.patience = patience;
    all = endpoints.stream().map(endpoint -> new Member(endpoint, token)).toList();
    List<String> silent = silent();
    if (!silent.isEmpty()) {
      throw new Refusal(
          "--to names nodes that do not answer: %s. Give the management endpoints of nodes that run."
              .formatted(String.join(", ", silent)));
    }
    patience.await(
        () -> up().containsAll(addresses()), () -> "the nodes are members of one cluster");
  }

  private List<String> silent() {
    return all.stream()
        .filter(member -> !member.look())
        .map(member -> member.management().toString())
        .toList();
  }

  @Override
  public List<Member> all() {
    return all;
  }

  @Override
  public Member join() {
    throw new IllegalStateException("nobody here can start a node of this cluster");
  }

  @Override
  public void kill(Member victim) {
    victim.suffer(Harm.KILL);
  }

  @Override
  public Folder folder(Member of) {
    throw new IllegalStateException("the disks of this cluster are others'");
  }

  @Override
  public List<String> replace(int gone) {
    return gone == 0 || patience.comes(() -> silent().isEmpty()) ? List.of() : silent();
  }

  @Override
  public Optional<Vitals> vitals() {
    return Optional.empty();
  }

  @Override
  public void close() {
    // The nodes are not ours.
  }
}
