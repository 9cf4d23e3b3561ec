package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.BeforeEach;
import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DivergenceTest {
  private static Failure diverged(String... more) {
    return diverged(Interception.NONE, more);
  }

  private static Failure diverged(Interception interception, String... more) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "larch.optimizer.name=sgd",
                "larch.schedule.rate=1e30",
                "larch.schedule.warm-up=0 steps",
                "larch.schedule.policy=constant"));
    keys.addAll(List.of(more));
    Job job = Job.open(SameBitsTest.settings(keys.toArray(String[]::new)));
    Training training = new Training(job, Optional.empty(), event -> {}, interception);
    Failure failure = assertThrows(Failure.class, () -> training.train(false));
    assertEquals(Failure.Kind.DIVERGED, failure.kind());
    assertEquals(0, FloatBlock.liveBytes());
    return failure;
  }

  @Test
  void shouldStopBeforeAStepThatIsNotFiniteAndNameLayerLaneAndStep() {
    String text = diverged().getMessage();
    assertTrue(text.contains("Step 2") || text.contains("Step 3"), text);
    assertTrue(text.contains("layer fc") && text.contains("lane 0"), text);
  }

  /** Both layers' gradients are not finite; each search repeats the work of the whole step. */
  @Test
  void shouldSearchForTheLanesOnceHoweverManyLayersAreNotFinite() {
    AtomicInteger searches = new AtomicInteger();
    diverged(new BeforeEach("worker-0", "FindNonFinite", searches::incrementAndGet));
    assertEquals(1, searches.get());
  }

  @Test
  void shouldNoticeThatTheLastStepSpoiledTheWeights() {
    String text = diverged("larch.steps=1", "larch.schedule.rate=1e38").getMessage();
    assertTrue(text.contains("test loss after step 1"), text);
  }
}
