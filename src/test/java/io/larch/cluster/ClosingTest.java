package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import io.larch.cluster.Closing.Weights;
import io.larch.cluster.RunEnd.Kind;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClosingTest {
  private final ActorTestKit kit = ActorTestKit.create();
  private final ActorRef<Host.Command> one = kit.<Host.Command>createTestProbe().ref();
  private final ActorRef<Host.Command> other = kit.<Host.Command>createTestProbe().ref();

  @AfterEach
  void close() {
    kit.shutdownTestKit();
  }

  private Closing closing(Kind kind) {
    return new Closing(RunEnd.because(kind, ""), Set.of(one, other));
  }

  private static Weights weights(long step, String digest) {
    return new Weights(step, digest);
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"FINISHED", "STOPPED"})
  void shouldEndInTheDigestOfAll(Kind kind) {
    Closing closing = closing(kind);
    closing.closed(one, "one", weights(7, "abc"));
    closing.closed(one, "one", weights(7, "abc"));
    assertEquals(Set.of(other), closing.open());
    closing.closed(other, "other", weights(7, "abc"));
    assertEquals(Set.of(), closing.open());
    assertEquals(RunEnd.because(kind, "").in(7, "abc"), closing.end());
  }

  @Test
  void shouldStopAtTheLastStepThatANodeHasCommitted() {
    Closing closing = closing(Kind.STOPPED);
    closing.closed(one, "one", weights(8, "later"));
    closing.closed(other, "other", weights(7, "earlier"));
    assertEquals(RunEnd.because(Kind.STOPPED, "").in(8, "later"), closing.end());
  }

  @Test
  void shouldFailWhereNobodyHasToldItsWeights() {
    Closing closing = closing(Kind.FINISHED);
    closing.lost(Set.of(one, other));
    assertEquals(Kind.FAILED, closing.end().kind());
    assertTrue(closing.end().text().contains("no node has told"), closing.end().text());
  }

  @Test
  void shouldFailWithBothSidesNamedWhereDigestsDiffer() {
    Closing closing = closing(Kind.FINISHED);
    closing.closed(one, "one", weights(7, "abc"));
    closing.closed(other, "other", weights(7, "def"));
    assertEquals(Kind.FAILED, closing.end().kind());
    for (String part : List.of("one", "abc", "other", "def")) {
      assertTrue(closing.end().text().contains(part), closing.end().text());
    }
  }

  @Test
  void shouldNotWaitForWhoIsLostAndLeaveAnotherEndAsItIs() {
    Closing closing = closing(Kind.STOPPED);
    closing.closed(one, "one", null);
    closing.lost(Set.of(other));
    assertEquals(Set.of(), closing.open());
    assertEquals(RunEnd.because(Kind.STOPPED, ""), closing.end());
  }
}
