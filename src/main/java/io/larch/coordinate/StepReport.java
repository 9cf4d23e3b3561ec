package io.larch.coordinate;

import java.util.List;

/**
 * What a node tells of a step that it has committed.
 *
 * @param skipped why the step was not applied; none if it was
 */
public record StepReport(
    long step,
    List<LaneOutcome> lanes,
    double seconds,
    double dataWaitSeconds,
    StepFigures figures,
    Suspects skipped) {}
