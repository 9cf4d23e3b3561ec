package io.larch.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.compute.FloatBlock;
import io.larch.config.TransportSettings.Checksum;
import io.larch.run.AllReduceBenchmark.Hosts;
import io.larch.run.AllReduceBenchmark.Result;
import io.larch.run.AllReduceBenchmark.Task;
import io.larch.transport.DataAddress;
import io.larch.transport.Fixtures;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a measurement ends that is broken off: long before what it waits for is given up. */
@Timeout(40)
class AllReduceBenchmarkTest {
  private static final Task TASK = new Task(2, 8, "udp", 0, 1, 1 << 20, List.of());
  private static final String SLEEPER = "sleep";

  @AfterEach
  void leaveNothing() {
    assertEquals(0, FloatBlock.liveBytes());
    sleepers().forEach(ProcessHandle::destroyForcibly);
  }

  private static List<ProcessHandle> sleepers() {
    return ProcessHandle.current()
        .children()
        .filter(child -> child.info().command().orElse("").endsWith(SLEEPER))
        .toList();
  }

  /** Two processes that say nothing. */
  @Test
  void shouldEndItsProcessesWhenItIsInterrupted() {
    Hosts silent =
        new Hosts(List.of("one", "two"), List.of("sh", "-c", "exec " + SLEEPER + " 1000"));
    FutureTask<Result> measuring = new FutureTask<>(() -> AllReduceBenchmark.run(TASK, silent));
    Thread thread = new Thread(measuring);
    thread.start();
    Fixtures.until(() -> "both", () -> sleepers().size() == 2, Thread::onSpinWait);
    thread.interrupt();
    Exception error =
        assertThrows(ExecutionException.class, () -> measuring.get(20, TimeUnit.SECONDS));
    assertInstanceOf(Failure.class, error.getCause());
    assertTrue(error.getMessage().contains("was interrupted"), error.getMessage());
    assertEquals(List.of(), sleepers());
  }

  /** It waits for addresses, or for a peer that is not there. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void shouldEndWithWhoStartedIt(int lines) throws IOException {
    String peers = new ObjectMapper().writeValueAsString(List.of(nobody(1), nobody(2)));
    PipedInputStream input = new PipedInputStream();
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    BufferedReader in = new BufferedReader(new InputStreamReader(input, UTF_8));
    PrintStream out = new PrintStream(told, true, UTF_8);
    FutureTask<Void> serving =
        new FutureTask<>(() -> AllReduceBenchmark.serve(0, TASK, in, out), null);
    try (PrintStream parent = new PrintStream(new PipedOutputStream(input), true, UTF_8)) {
      new Thread(serving).start();
      Fixtures.until(() -> "its address", () -> told.size() > 0, Thread::onSpinWait);
      parent.print((peers + "\n").repeat(lines));
    }
    Exception error =
        assertThrows(ExecutionException.class, () -> serving.get(20, TimeUnit.SECONDS));
    assertInstanceOf(Failure.class, error.getCause());
    assertTrue(error.getMessage().contains("was interrupted"), error.getMessage());
  }

  private static DataAddress nobody(long node) {
    return new DataAddress(node, "elsewhere", "127.0.0.1:9", -1, Checksum.UDP);
  }
}
