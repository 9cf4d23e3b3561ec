package io.larch.coordinate;

import io.larch.compute.Outcome;
import io.larch.observe.NodePhases;
import io.larch.observe.TensorFigures;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What nodes have said of one step. */
final class StepReports {
  private final StepTally tally;
  private final Map<Integer, LaneOutcome> lanes = new TreeMap<>();
  private final Map<String, NodePhases> phases = new TreeMap<>();
  private final Set<Long> hashes = new TreeSet<>();
  private List<TensorFigures> tensors = List.of();
  private Suspects skipped = Suspects.NONE;
  private double seconds;
  private double dataWaitSeconds;

  StepReports(int lanes) {
    tally = new StepTally(lanes);
  }

  void add(StepReport report) {
    for (LaneOutcome lane : report.lanes()) {
      tally.add(lane.lane(), lane.outcome());
      lanes.put(lane.lane(), lane);
    }
    NodePhases measured = report.figures().phases();
    phases.put(measured.node(), measured);
    hashes.add(report.figures().hash());
    tensors = report.figures().tensors().isEmpty() ? tensors : report.figures().tensors();
    skipped = skipped.plus(report.skipped());
    seconds = Math.max(seconds, report.seconds());
    dataWaitSeconds = Math.max(dataWaitSeconds, report.dataWaitSeconds());
  }

  /** Over all lanes, once all are in. */
  Optional<Outcome> total() {
    return tally.total();
  }

  /** What the lanes said, in order. */
  List<LaneOutcome> lanes() {
    return List.copyOf(lanes.values());
  }

  /** Whether all hold the same weights after it. */
  boolean agree() {
    return hashes.size() <= 1;
  }

  /** Where the time went, by node. */
  List<NodePhases> phases() {
    return List.copyOf(phases.values());
  }

  /** What the optimizers saw of every tensor; empty if it is not told of this step. */
  List<TensorFigures> tensors() {
    return tensors;
  }

  /** Why the step was not applied. */
  Suspects skipped() {
    return skipped;
  }

  /** Of the slowest node. */
  double seconds() {
    return seconds;
  }

  /** Of the slowest device. */
  double dataWaitSeconds() {
    return dataWaitSeconds;
  }
}
