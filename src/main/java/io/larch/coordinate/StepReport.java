package io.larch.coordinate;

import io.larch.observe.NodePhases;
import java.util.List;

/** What a node tells of a step that it has committed. */
public record StepReport(
    long step,
    List<LaneOutcome> lanes,
    double seconds,
    double dataWaitSeconds,
    NodePhases phases) {}
