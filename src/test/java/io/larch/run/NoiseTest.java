package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.observe.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The gradient noise scale of real runs. */
class NoiseTest {
  private static List<Event.Noise> told(String... more) {
    List<Event> events = new ArrayList<>();
    List<String> keys = new ArrayList<>(List.of("larch.steps=20", "larch.epochs=4"));
    keys.addAll(List.of(more));
    new Training(
            Job.open(SameBitsTest.settings(keys.toArray(String[]::new))),
            Optional.empty(),
            events::add,
            Interception.NONE)
        .train(false);
    return events.stream()
        .filter(Event.Noise.class::isInstance)
        .map(Event.Noise.class::cast)
        .toList();
  }

  @Test
  void shouldBeTheSameOnAnyNumberOfDevices() {
    List<Event.Noise> one = told("larch.devices=1");
    assertEquals(List.of(10L, 20L), one.stream().map(Event.Noise::step).toList());
    assertTrue(one.get(0).scale() > 0, one.toString());
    assertEquals(one, told("larch.devices=4"));
  }

  /** Their norms are those of a direction, not of the gradient; and a clipped one is another. */
  @Test
  void shouldNotBeToldWhereTheGradientsNormIsNotKnown() {
    assertEquals(List.of(), told("larch.optimizer.name=lamb", "larch.schedule.rate=0.01"));
    assertEquals(List.of(), told("larch.optimizer.clip-norm=1"));
    assertEquals(List.of(), told("larch.lanes=1"));
  }
}
