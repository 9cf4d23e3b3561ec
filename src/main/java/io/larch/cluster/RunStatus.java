package io.larch.cluster;

import io.larch.coordinate.Assignment;
import io.larch.observe.Event;
import io.larch.reduce.Lanes;
import java.util.ArrayList;
import java.util.List;

/**
 * How a run goes, or how the last one ended. Null where a value does not apply.
 *
 * @param step the last one committed
 * @param steps the last one of the run
 * @param slices where the sum of each slice is formed
 * @param end null while the run goes on
 */
public record RunStatus(
    String run,
    Doing doing,
    long steps,
    Event.Step step,
    long generation,
    List<NodePart> nodes,
    List<SlicePlace> slices,
    List<String> warnings,
    RunEnd end)
    implements Remote {
  private static final int WARNINGS_KEPT = 20;

  /** Before the first run. */
  static final RunStatus IDLE =
      new RunStatus(null, Doing.NOTHING, 0, null, 0, List.of(), List.of(), List.of(), null);

  /** What goes on. */
  public enum Doing {
    NOTHING,
    PREPARING,
    TRAINING
  }

  /**
   * A node's part in the generation.
   *
   * @param name the address of its actors
   * @param lanes those it computes
   */
  public record NodePart(String name, int devices, List<Integer> lanes) {}

  /** Where a slice's sum is formed. */
  public record SlicePlace(int slice, String layer, long bytes, String node) {}

  static RunStatus preparing(String run) {
    return new RunStatus(run, Doing.PREPARING, 0, null, 0, List.of(), List.of(), List.of(), null);
  }

  RunStatus after(Event event) {
    if (event instanceof Event.Step newer) {
      return new RunStatus(
          run, Doing.TRAINING, steps, newer, generation, nodes, slices, warnings, end);
    } else if (event instanceof Event.Warning warning) {
      return warned(warning.text());
    } else if (event instanceof Event.BitsDiffer differ) {
      return warned(differ.text());
    }
    return this;
  }

  private RunStatus warned(String text) {
    List<String> more = new ArrayList<>(warnings);
    more.add(text);
    List<String> kept = more.subList(Math.max(0, more.size() - WARNINGS_KEPT), more.size());
    return new RunStatus(
        run, doing, steps, step, generation, nodes, slices, List.copyOf(kept), end);
  }

  RunStatus dealt(Assignment assignment, long lastStep, List<SlicePlace> places) {
    List<NodePart> parts =
        assignment.shares().stream()
            .map(
                share ->
                    new NodePart(
                        share.node(),
                        share.devices().size(),
                        share.devices().stream().flatMapToInt(Lanes::all).boxed().toList()))
            .toList();
    return new RunStatus(
        run,
        Doing.TRAINING,
        lastStep,
        step,
        assignment.generation().counter(),
        parts,
        places,
        warnings,
        end);
  }

  RunStatus after(RunEnd newEnd) {
    return new RunStatus(
        run, Doing.NOTHING, steps, step, generation, nodes, slices, warnings, newEnd);
  }
}
