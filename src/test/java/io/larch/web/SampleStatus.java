package io.larch.web;

import io.larch.observe.DevicePhases;
import io.larch.observe.NodePhases;
import io.larch.web.Status.NodeStatus;
import io.larch.web.Status.SlicePlace;
import io.larch.web.Status.State;
import java.util.List;

/** A run half way on one node. */
public final class SampleStatus {
  private SampleStatus() {}

  public static Status training() {
    return new Status(
        "lenet-1",
        State.TRAINING,
        20,
        37,
        1.5,
        0.75,
        2_000.0,
        4.5,
        2,
        List.of(
            new NodeStatus(
                "one", "akka://larch@127.0.0.1:25520", "training", 2, List.of(1, 2, 3), phases())),
        List.of(new SlicePlace(0, "conv1", 3_328, "one")),
        List.of("a node was slow"),
        List.of(),
        null,
        null);
  }

  private static NodePhases phases() {
    return new NodePhases(
        "one",
        List.of(
            new DevicePhases(0.0, 0.25, 0.5, 0.75, 0.125),
            new DevicePhases(0.0, 0.25, 0.5, 0.875, 0.0)),
        0.0625,
        0.001,
        0.5,
        0.75);
  }
}
