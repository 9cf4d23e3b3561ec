package io.larch.web;

import io.larch.observe.Absence;
import io.larch.observe.Event;
import io.larch.observe.NodePhases;
import java.util.List;
import java.util.Locale;

/**
 * How a run goes, as the node asked knows it. Null where a value does not apply.
 *
 * @param run its name; null before the first run
 * @param step the last one committed
 * @param steps the last one of the run
 * @param loss mean over the global batch before the last update
 * @param samplesPerSecond of the last step
 * @param generation its number
 * @param slices where each slice's sum is rooted
 * @param missing who is waited for, so that the run does not get on, as the node asked sees it
 * @param reason why it failed, a paragraph
 * @param result when it is done or was stopped: of the last step committed
 */
public record Status(
    String run,
    State state,
    long step,
    long steps,
    double epoch,
    Double loss,
    Double samplesPerSecond,
    Double learningRate,
    long generation,
    List<NodeStatus> nodes,
    List<SlicePlace> slices,
    List<String> warnings,
    List<Absence> missing,
    String reason,
    Event.Result result) {
  /** No run has been submitted since the node was started. */
  public static final Status IDLE =
      new Status(
          null,
          State.IDLE,
          0,
          0,
          0,
          null,
          null,
          null,
          0,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          null,
          null);

  /** What the run does. */
  public enum State {
    IDLE,
    PREPARING,
    TRAINING,
    EVALUATING,
    CHECKPOINTING,
    WAITING,
    DONE,
    STOPPED,
    REFUSED,
    FAILED,
    DIVERGED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A node's part.
   *
   * @param address of its actors
   * @param state what it does, a word
   * @param lanes those it computes
   * @param lastStep where the last step's time went; null before the first
   */
  public record NodeStatus(
      String name,
      String address,
      String state,
      int devices,
      List<Integer> lanes,
      NodePhases lastStep) {
    public NodeStatus {
      lanes = List.copyOf(lanes);
    }
  }

  /** Where a slice's gradient is summed and its update computed. */
  public record SlicePlace(int slice, String layer, long bytes, String node) {}

  public Status {
    nodes = List.copyOf(nodes);
    slices = List.copyOf(slices);
    warnings = List.copyOf(warnings);
    missing = missing == null ? List.of() : List.copyOf(missing);
  }
}
