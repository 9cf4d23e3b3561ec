package io.larch.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.observe.Event;
import io.larch.web.RunEvents.End;
import io.larch.web.RunEvents.Ended;
import io.larch.web.RunEvents.Told;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RunEventsTest {
  private final RunEvents events = new RunEvents();

  @Test
  void shouldTellWhatIsKeptInOrder() {
    events.begin("one");
    events.on(new Event.Warning("a"));
    events.on(step(1));
    events.on(new Event.Warning("b"));
    events.end(End.FAILED, "why");
    List<Told> told = after("one", 1).join();
    assertEquals(List.of(2L, 3L, 4L), told.stream().map(Told::number).toList());
    assertEquals(new Ended(4, "one", End.FAILED, "why"), told.get(2));
  }

  @Test
  void shouldWaitForWhatIsToCome() {
    events.begin("one");
    CompletableFuture<List<Told>> coming = after("one", 0);
    assertFalse(coming.isDone());
    events.on(step(1));
    assertEquals(1, coming.join().size());
  }

  @Test
  void shouldEndWhereAnotherRunBegins() {
    events.begin("one");
    events.on(step(1));
    CompletableFuture<List<Told>> coming = after("one", 1);
    events.begin("two");
    assertEquals(List.of(), coming.join());
    assertEquals(List.of(), after("one", 0).join());
    events.on(step(1));
    assertEquals(2, after("two", 0).join().get(0).number(), "numbers go on");
  }

  @Test
  void shouldDropOldStepsAndNothingElse() {
    events.begin("one");
    events.on(new Event.Started(0, 5_000, 1, 1, "mlp", 1));
    events.on(new Event.Warning("early"));
    for (int step = 1; step <= 5_000; step++) {
      events.on(step(step));
    }
    List<Told> told = after("one", 0).join();
    assertEquals(2 + 1_000, told.size());
    assertEquals(List.of(1L, 2L, 4_003L), told.subList(0, 3).stream().map(Told::number).toList());
  }

  @Test
  void shouldRefuseToTellOfNoRun() {
    assertThrows(IllegalStateException.class, () -> events.on(step(1)));
    events.begin("one");
    events.end(End.DONE, null);
    assertThrows(IllegalStateException.class, () -> events.on(step(1)));
    assertTrue(events.run().isPresent());
  }

  private CompletableFuture<List<Told>> after(String run, long number) {
    return events.after(run, number).toCompletableFuture();
  }

  private static Event step(long step) {
    return new Event.Step(step, 0, 0, 0, 0, 0, 0, 0, List.of());
  }
}
