package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What chaos refuses before it begins. */
class ChaosCommandTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--faults kill,melt | names \"melt\"; known are kill",
        "--faults kill-two --nodes 2 | kill-two takes at least 3 nodes, and --nodes are 2",
        "--faults kill --to http://127.0.0.1:1 | and those of --to are 1",
        "--faults flip,join --to http://127.0.0.1:1,http://127.0.0.1:2 | join cannot be done",
        "--faults disk --to http://127.0.0.1:1,http://127.0.0.1:2 | disk cannot be done",
        "--nodes 3 --to http://127.0.0.1:1,http://127.0.0.1:2,http://127.0.0.1:3 | --nodes and --node",
      })
  void shouldRefuseWhatCannotBeDone(String options, String words) {
    List<String> arguments = new ArrayList<>(List.of("chaos", "run.conf"));
    arguments.addAll(List.of(options.split(" ")));
    Session session = Session.of(arguments.toArray(String[]::new));
    assertEquals(2, session.exitCode(), session.err());
    assertTrue(session.err().contains(words), session.err());
  }
}
