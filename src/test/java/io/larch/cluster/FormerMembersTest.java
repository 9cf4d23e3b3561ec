package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.Address;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FormerMembersTest {
  private static final Address OWN = new Address("akka", "larch", "own", 1);
  private static final Address OTHER = new Address("akka", "larch", "other", 2);

  private final FormerMembers former = new FormerMembers("own#1");

  @Test
  void shouldKnowWhoIsGoneAndNotWhoTookItsPlace() {
    former.see(Map.of("own#1", OWN, "other#1", OTHER));
    assertEquals(Set.of(OTHER), former.see(Map.of("own#1", OWN)));
    former.see(Map.of("own#1", OWN, "other#2", OTHER));
    assertTrue(former.contains("other#1"));
    assertFalse(former.contains("other#2"));
  }

  /** As when it leaves: the last it sees is a cluster of nobody. */
  @Test
  void shouldNotTakeTheOthersForGoneWhenItsOwnMembershipEnds() {
    former.see(Map.of("own#1", OWN, "other#1", OTHER));
    former.see(Map.of());
    assertFalse(former.contains("other#1"));
  }
}
