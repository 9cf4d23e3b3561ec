package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.observe.DevicePhases;
import io.larch.observe.Event;
import io.larch.observe.NodePhases;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A run says where the time of its steps went. */
class PhasesTest {
  private final List<Event.Step> steps = new ArrayList<>();

  @Test
  void shouldAccountForTheTimeOfEveryDevice() {
    Job job = Job.open(SameBitsTest.settings("larch.devices=3"));
    new Training(job, Optional.empty(), this::keep, Interception.NONE).train(false);
    assertEquals(6, steps.size());
    steps.forEach(PhasesTest::check);
  }

  private void keep(Event event) {
    if (event instanceof Event.Step step) {
      steps.add(step);
    }
  }

  private static void check(Event.Step step) {
    NodePhases node = step.nodes().get(0);
    assertEquals(1, step.nodes().size());
    assertEquals(3, node.devices().size());
    node.devices().forEach(device -> check(device, step.stepSeconds()));
    assertTrue(node.update() > 0 && node.update() + node.commit() <= step.stepSeconds());
    assertNull(node.communication());
    assertNull(node.hidden());
  }

  private static void check(DevicePhases device, double stepSeconds) {
    double all =
        device.data() + device.pack() + device.forward() + device.backward() + device.reduce();
    assertTrue(device.pack() > 0 && device.forward() > 0 && device.backward() > 0, "" + device);
    assertTrue(all <= stepSeconds * (1 + 1e-9), device + " of " + stepSeconds);
  }
}
