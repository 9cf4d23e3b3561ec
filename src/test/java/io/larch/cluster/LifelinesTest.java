package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larch.cluster.DeathJudge.Trace;
import io.larch.config.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LifelinesTest {
  private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

  private final Lifelines.Watcher watcher =
      new Lifelines.Watcher() {
        @Override
        public void held(Whereabouts of) {
          seen.add("held");
        }

        @Override
        public void closed(Whereabouts of, Trace found) {
          seen.add("closed " + found);
        }

        @Override
        public void failed(Whereabouts of, Trace found) {
          seen.add("failed " + found);
        }
      };

  private static Lifelines lifelines() {
    return new Lifelines("127.0.0.1", 0);
  }

  private static Whereabouts at(Lifelines lines, ProcessMark process) {
    return new Whereabouts("other", "127.0.0.1", lines.port(), process);
  }

  private String next() throws InterruptedException {
    return seen.poll(30, TimeUnit.SECONDS);
  }

  /** Seen from another kernel, its end is proved by a refused connection. */
  @Test
  void shouldProveTheEndOfAProcessElsewhereByARefusedConnection() throws Exception {
    try (Lifelines own = lifelines()) {
      own.start(watcher);
      Lifelines other = lifelines();
      other.start(watcher);
      own.hold(at(other, new ProcessMark("another kernel", 1, "1")));
      assertEquals("held", next());
      other.close();
      assertEquals("closed NONE", next());
      assertEquals("failed GONE", next());
    }
  }

  @Test
  void shouldSeeThatAProcessHereLivesThoughItsLifelineClosed() throws Exception {
    assumeTrue(ProcessMark.own().isOnThisKernel(), "no /proc here");
    try (Lifelines own = lifelines()) {
      own.start(watcher);
      Lifelines other = lifelines();
      other.start(watcher);
      own.hold(at(other, ProcessMark.own()));
      assertEquals("held", next());
      other.close();
      assertEquals("closed ALIVE", next());
      assertEquals("failed ALIVE", next(), "refused, and yet alive");
    }
  }

  @Test
  void shouldTellNothingOfWhomItHasLetGo() throws Exception {
    try (Lifelines own = lifelines();
        Lifelines other = lifelines()) {
      own.start(watcher);
      other.start(watcher);
      Whereabouts there = at(other, ProcessMark.own());
      own.hold(there);
      assertEquals("held", next());
      own.letGo(there);
      own.hold(there);
      assertEquals("held", next(), "anew, and in between nothing closed");
    }
  }

  @Test
  void shouldKnowAnEndedProcess() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "no /proc here");
    Process process = new ProcessBuilder("sleep", "60").start();
    ProcessMark mark = ProcessMark.of(process.pid());
    assertTrue(mark.isOnThisKernel());
    assertFalse(mark.hasEnded());
    assertTrue(new ProcessMark(mark.kernel(), mark.pid(), "0").hasEnded(), "another's number");
    process.destroyForcibly().waitFor();
    assertTrue(mark.hasEnded());
  }

  @Test
  void shouldRefuseAPortInUse() {
    try (Lifelines taken = lifelines()) {
      Refusal refusal = assertThrows(Refusal.class, () -> new Lifelines("127.0.0.1", taken.port()));
      assertTrue(refusal.getMessage().contains("lifeline-port"), refusal.getMessage());
    }
  }
}
