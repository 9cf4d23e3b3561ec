package io.larch.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Refusal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FaultTest {
  @Test
  void shouldReadWhatItSays() {
    String words = Arrays.stream(Fault.values()).map(Fault::word).collect(Collectors.joining(", "));
    assertEquals(List.of(Fault.values()), Fault.parse(words));
  }

  @Test
  void shouldNameAWordThatIsNoFault() {
    Refusal refusal = assertThrows(Refusal.class, () -> Fault.parse("kill,explode"));
    assertTrue(refusal.getMessage().contains("\"explode\""), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("kill-leader"), refusal.getMessage());
  }

  @Test
  void shouldLeaveANodeThatGoesOn() {
    for (Fault fault : Fault.values()) {
      assertTrue(fault.nodesNeeded() > fault.losses(), fault.word());
    }
  }
}
