package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import io.larch.cluster.LayerOptimizer.Answer;
import io.larch.cluster.LayerOptimizer.Decision;
import io.larch.cluster.LayerOptimizer.Report;
import io.larch.cluster.LayerOptimizer.Verdict;
import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms.Squares;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LayerOptimizerTest {
  private static final GenerationId FIRST = new GenerationId(1, 4);
  private static final GenerationId SECOND = new GenerationId(2, 4);

  private final ActorTestKit kit = ActorTestKit.create();
  private final TestProbe<Answer> root = kit.createTestProbe();
  private final RunContext run = context("lars");
  private ActorRef<LayerOptimizer.Command> layer;

  private static RunContext context(String optimizer, String... more) {
    List<String> keys =
        new ArrayList<>(
            List.of("slice-bytes=512KiB", "optimizer.name=" + optimizer, "optimizer.exclude=none"));
    keys.addAll(List.of(more));
    return SmallRun.context(keys.toArray(String[]::new));
  }

  @BeforeEach
  void spawn() {
    layer = kit.spawn(LayerOptimizer.create("fc1", run));
  }

  @AfterEach
  void close() {
    kit.shutdownTestKit();
    run.replica().close();
  }

  /** Slice squares whose weight norm over the whole layer is known. */
  private List<Squares> squares(double gradient) {
    return run.trainedSlices("fc1").stream()
        .map(
            slice ->
                new Squares(
                    slice.id(),
                    Collections.nCopies(slice.pieces().size(), 8.0),
                    Collections.nCopies(slice.pieces().size(), gradient)))
        .toList();
  }

  private Verdict verdict() {
    return (Verdict) root.receiveMessage();
  }

  private Report report(GenerationId generation, long step, List<Squares> squares) {
    return new Report(generation, step, 1, squares, root.ref());
  }

  @Test
  void shouldGiveTheRatioOfAlgorithm1ForEachTensor() {
    layer.tell(report(FIRST, 3, squares(2.0)));
    Verdict verdict = verdict();
    assertTrue(verdict.finite());
    assertEquals(3, verdict.step());
    assertEquals("fc1", verdict.layer());
    assertEquals(2, verdict.ratios().size());
    int pieces = (int) run.trainedSlices("fc1").stream().flatMap(s -> s.pieces().stream()).count();
    assertEquals(3, pieces, "two of the weight, one of the bias");
    double weightNorm = Math.sqrt(2 * 8.0);
    double gradientNorm = Math.sqrt(2 * 2.0) / SmallRun.BATCH;
    double expected = 0.001 * weightNorm / (gradientNorm + 0.0005 * weightNorm);
    assertEquals(expected, verdict.ratios().get(0), 1e-12 * expected);
  }

  @Test
  void shouldEndWithItsRunAndNotBefore() {
    AtomicBoolean runIsThere = new AtomicBoolean(true);
    ActorRef<LayerOptimizer.Command> optimizer =
        kit.spawn(
            LayerOptimizer.whileThere(
                runIsThere::get, Duration.ofMillis(20), LayerOptimizer.create("fc1", run)));
    optimizer.tell(LayerOptimizer.Idle.IDLE);
    optimizer.tell(report(FIRST, 3, squares(2.0)));
    assertEquals(3, verdict().step());
    runIsThere.set(false);
    root.expectTerminated(optimizer, Duration.ofSeconds(10));
  }

  @Test
  void shouldTakeTheNormOfADirectionAsItIs() {
    RunContext lamb = context("lamb");
    try {
      kit.spawn(LayerOptimizer.create("fc1", lamb)).tell(report(FIRST, 3, squares(2.0)));
      assertEquals(Math.sqrt(2 * 8.0) / Math.sqrt(2 * 2.0), verdict().ratios().get(0), 1e-12);
    } finally {
      lamb.replica().close();
    }
  }

  @Test
  void shouldAnswerEveryRootOnceTheLastSliceIsIn() {
    TestProbe<Answer> other = kit.createTestProbe();
    List<Squares> all = squares(2.0);
    layer.tell(report(FIRST, 1, all.subList(1, all.size())));
    root.expectNoMessage(Duration.ofMillis(100));
    layer.tell(new Report(FIRST, 1, 1, all.subList(0, 1), other.ref()));
    assertEquals(other.receiveMessage(), root.receiveMessage());
  }

  @Test
  void shouldAnswerARepeatedReportAgainAndAlike() {
    layer.tell(report(FIRST, 1, squares(2.0)));
    Verdict verdict = verdict();
    layer.tell(report(FIRST, 1, squares(2.0)));
    assertEquals(verdict, verdict());
  }

  @Test
  void shouldDropWhatIsOlderThanTheLastTwoSteps() {
    layer.tell(report(SECOND, 5, squares(2.0)));
    assertEquals(SECOND, root.receiveMessage().generation());
    layer.tell(report(FIRST, 6, squares(2.0)));
    layer.tell(report(SECOND, 3, squares(2.0)));
    root.expectNoMessage(Duration.ofMillis(100));
    layer.tell(report(SECOND, 6, squares(2.0)));
    assertEquals(6, root.receiveMessage().step());
  }

  @Test
  void shouldSayWhenAGradientIsNotFinite() {
    layer.tell(report(FIRST, 1, squares(Double.NaN)));
    assertFalse(verdict().finite());
    layer.tell(report(FIRST, 2, squares(Double.POSITIVE_INFINITY)));
    assertFalse(verdict().finite());
  }

  @Test
  void shouldJudgeTheGradientAsItWasClipped() {
    layer.tell(new Report(FIRST, 1, 0.25, squares(2.0), root.ref()));
    assertEquals(
        0.25 * Math.sqrt(2 * 2.0) / SmallRun.BATCH, verdict().norms().get(0).direction(), 1e-15);
  }

  @Test
  void shouldClipByTheNormOfAllLayersOnceAllAreIn() {
    RunContext clipped = context("lars", "optimizer.clip-norm=0.01");
    try {
      ActorRef<LayerOptimizer.Command> global =
          kit.spawn(LayerOptimizer.create(LayerOptimizer.GLOBAL, clipped));
      List<Squares> all =
          clipped.trainedSlices().stream()
              .map(
                  slice ->
                      new Squares(
                          slice.id(),
                          Collections.nCopies(slice.pieces().size(), 0.0),
                          Collections.nCopies(slice.pieces().size(), 2.0)))
              .toList();
      global.tell(report(FIRST, 1, all.subList(0, 2)));
      root.expectNoMessage(Duration.ofMillis(100));
      global.tell(report(FIRST, 1, all.subList(2, all.size())));
      int pieces = all.stream().mapToInt(each -> each.directions().size()).sum();
      double norm = Math.sqrt(2.0 * pieces) / SmallRun.BATCH;
      Decision decision = (Decision) root.receiveMessage();
      assertEquals(0.01 / (norm + 1e-6), decision.factor(), 1e-12);
      assertEquals("", decision.nonFinite());
    } finally {
      clipped.replica().close();
    }
  }
}
