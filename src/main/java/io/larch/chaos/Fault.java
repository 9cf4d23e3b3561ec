package io.larch.chaos;

import io.larch.config.Refusal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What is done to a cluster in mid-run. */
public enum Fault {
  /** A node that is neither the leader nor the only one is gone at once, as at SIGKILL. */
  KILL,
  /** The node on which the Trainer lives is gone. */
  KILL_LEADER,
  /** The node on which most LayerOptimizers live is gone. */
  KILL_OPTIMIZERS,
  /** Two nodes are gone at once. */
  KILL_TWO,
  /** A node is stopped for five seconds: it is slow, not dead. */
  STOP,
  /** A node is stopped until the others have gone on without it: it joins again. */
  SLEEP,
  /** Another node joins. */
  JOIN,
  /** A node hands over and leaves, as at SIGTERM. */
  LEAVE,
  /** A bit of a node's weights flips between two steps. */
  FLIP,
  /**
   * A file stands where the checkpoints of the leader's node go, so that none can be written, as on
   * a disk that is full or gone; then there is room again.
   */
  DISK;

  /** As it is written on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How many nodes it takes: the leader and those to which it is done. */
  public int nodesNeeded() {
    return switch (this) {
      case KILL_TWO -> 3;
      case JOIN, DISK -> 1;
      default -> 2;
    };
  }

  /** Whether only nodes that were started here can be done this to. */
  public boolean needsOwnNodes() {
    return this == JOIN || this == DISK;
  }

  /**
   * All but the one that takes longest.
   *
   * @param ownNodes whether the nodes are started here
   */
  public static List<Fault> usual(boolean ownNodes) {
    return Arrays.stream(values())
        .filter(fault -> fault != SLEEP && (ownNodes || !fault.needsOwnNodes()))
        .toList();
  }

  /** How many nodes are fewer afterwards. */
  int losses() {
    return switch (this) {
      case KILL, KILL_LEADER, KILL_OPTIMIZERS, LEAVE -> 1;
      case KILL_TWO -> 2;
      case STOP, SLEEP, JOIN, FLIP, DISK -> 0;
    };
  }

  /**
   * Reads words with commas between them.
   *
   * @throws Refusal that names the word that is none
   */
  public static List<Fault> parse(String words) {
    return Arrays.stream(words.split(",")).map(String::strip).map(Fault::of).toList();
  }

  private static Fault of(String word) {
    return Arrays.stream(values())
        .filter(fault -> fault.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new Refusal(
                    "--faults names \"%s\"; known are %s, with commas between them."
                        .formatted(word, words())));
  }

  private static String words() {
    return Arrays.stream(values()).map(Fault::word).collect(Collectors.joining(", "));
  }
}
