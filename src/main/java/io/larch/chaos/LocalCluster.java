package io.larch.chaos;

import com.typesafe.config.ConfigUtil;
import io.larch.observe.Json;
import io.larch.run.Failure;
import io.larch.web.Status;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Nodes of this machine that form a cluster; any of them may go. */
final class LocalCluster implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration LOOK = Duration.ofMillis(50);

  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final List<String> options;
  private final Duration patience;
  private final Optional<Folder> folder;
  private final List<Member> members = new ArrayList<>();
  private int started;

  /**
   * Starts the nodes.
   *
   * @param options settings of each, {@code key=value}
   * @param patience with whatever is waited for
   * @param checkpoints whether each has a folder for them, which goes with the cluster
   */
  static LocalCluster start(
      int nodes, List<String> options, Duration patience, boolean checkpoints) {
    LocalCluster cluster =
        new LocalCluster(
            options, patience, checkpoints ? Optional.of(Folder.temporary()) : Optional.empty());
    try {
      for (int i = 0; i < nodes; i++) {
        cluster.join();
      }
      cluster.await(
          () -> cluster.addresses().equals(cluster.up()), () -> nodes + " members are up");
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private LocalCluster(List<String> options, Duration patience, Optional<Folder> folder) {
    this.options = List.copyOf(options);
    this.patience = patience;
    this.folder = folder;
  }

  /** Another node joins; the first one founds the cluster. */
  Member join() {
    int port = members.isEmpty() ? freePort() : 0;
    List<String> seeds =
        members.isEmpty()
            ? List.of(LOOPBACK + ":" + port)
            : addresses().stream().map(a -> a.substring(a.indexOf('@') + 1)).toList();
    List<String> own = new ArrayList<>(options);
    own.addAll(List.of("cluster.port=" + port, "http.port=0", "cluster.chaos=true"));
    own.add("cluster.seeds=" + seeds.stream().map(ConfigUtil::quoteString).toList());
    started++;
    Member member = Member.start(http, own, folder.map(all -> all.of("node-" + started)));
    members.add(member);
    return member;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.FAILED, "No port is free: " + e.getMessage(), e);
    }
  }

  /** Those that are there and not stopped. */
  List<Member> awake() {
    members.removeIf(member -> !member.isAlive());
    return members.stream().filter(Member::isAwake).toList();
  }

  Set<String> addresses() {
    return awake().stream().map(Member::address).collect(Collectors.toCollection(HashSet::new));
  }

  /** The first answer of any node. */
  private <T> Optional<T> any(Function<Member, Optional<T>> question) {
    return awake().stream().map(question).flatMap(Optional::stream).findFirst();
  }

  /** How the run goes. */
  Optional<Status> status() {
    return any(member -> member.ask("/larch/run/status")).map(s -> Json.read(s, Status.class));
  }

  /** Members that are up. */
  Set<String> up() {
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
  Member leader() {
    return any(Member::membership)
        .map(state -> state.path("oldest").asText())
        .flatMap(this::find)
        .orElseThrow(() -> new Failure(Failure.Kind.FAILED, "No node says who leads.", null));
  }

  /** The node on which most layers have their optimizer: where the first slice has its root. */
  Member busiest() {
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
    return awake().stream().filter(member -> member.address().equals(address)).findFirst();
  }

  Vitals vitals() {
    try {
      return Vitals.of(awake().stream().map(Member::pid).toList());
    } catch (IOException e) {
      throw new Failure(Failure.Kind.FAILED, "What the nodes hold cannot be read: " + e, e);
    }
  }

  /**
   * Waits for something.
   *
   * @throws Failure that says what did not come, after the patience given
   */
  void await(BooleanSupplier condition, Supplier<String> what) {
    awaitAnswer(() -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty(), what);
  }

  /** The same for something that is needed once it is there. */
  <T> T awaitAnswer(Supplier<Optional<T>> question, Supplier<String> what) {
    long deadline = System.nanoTime() + patience.toNanos();
    Optional<T> answer = question.get();
    while (answer.isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new Failure(
            Failure.Kind.FAILED,
            "Within %d s it did not come to this: %s.".formatted(patience.toSeconds(), what.get()),
            null);
      }
      pause(LOOK);
      answer = question.get();
    }
    return answer.get();
  }

  static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.FAILED, "Interrupted.", e);
    }
  }

  @Override
  public void close() {
    members.forEach(Member::close);
    folder.ifPresent(Folder::remove);
  }
}
