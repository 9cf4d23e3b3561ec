package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import io.larch.cluster.RunEnd.Kind;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClosingTest {
  private final ActorTestKit kit = ActorTestKit.create();
  private final ActorRef<Host.Command> one = kit.<Host.Command>createTestProbe().ref();
  private final ActorRef<Host.Command> other = kit.<Host.Command>createTestProbe().ref();

  @AfterEach
  void close() {
    kit.shutdownTestKit();
  }

  @Test
  void shouldEndInTheDigestOfAll() {
    Closing closing = new Closing(RunEnd.finished(""), Set.of(one, other));
    closing.closed(one, "one", "abc");
    closing.closed(one, "one", "abc");
    assertEquals(Set.of(other), closing.open());
    closing.closed(other, "other", "abc");
    assertEquals(Set.of(), closing.open());
    assertEquals(RunEnd.finished("abc"), closing.end());
  }

  @Test
  void shouldFailWithBothSidesNamedWhereDigestsDiffer() {
    Closing closing = new Closing(RunEnd.finished(""), Set.of(one, other));
    closing.closed(one, "one", "abc");
    closing.closed(other, "other", "def");
    assertEquals(Kind.FAILED, closing.end().kind());
    for (String part : List.of("one", "abc", "other", "def")) {
      assertTrue(closing.end().text().contains(part), closing.end().text());
    }
  }

  @Test
  void shouldNotWaitForWhoIsLostAndLeaveAnotherEndAsItIs() {
    RunEnd stopped = RunEnd.because(Kind.STOPPED, "");
    Closing closing = new Closing(stopped, Set.of(one, other));
    closing.closed(one, "one", null);
    closing.lost(Set.of(other));
    assertEquals(Set.of(), closing.open());
    assertEquals(stopped, closing.end());
  }
}
