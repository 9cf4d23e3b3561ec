package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.RunManager.Member;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MembershipTest {
  private static Member member(String name, String seed, long committed, long hash, String proof) {
    Map<String, String> identity = Map.of("seed", seed);
    return new Member(
        null, null, name, null, 1, committed, identity, hash, proof, "machine of " + name);
  }

  private static final Member ONE = member("one", "1", 5, 7, "abc");

  @Test
  void shouldTakeWhoMeansAndComputesTheSame() {
    Member other = member("other", "1", 5, 7, "abc");
    assertEquals(Optional.empty(), Membership.mismatch(ONE, other));
    assertEquals(Optional.empty(), Membership.differentBits(ONE, other));
  }

  @Test
  void shouldTakeWhoIsBehind() {
    assertEquals(Optional.empty(), Membership.mismatch(ONE, member("other", "1", 4, 8, "abc")));
  }

  @Test
  void shouldNameBothSidesOfWhatDiffers() {
    assertNames(Membership.mismatch(ONE, member("other", "2", 5, 7, "abc")), "seed is 1 and 2");
    assertNames(
        Membership.mismatch(ONE, member("other", "1", 5, 8, "abc")),
        "0000000000000007",
        "0000000000000008");
  }

  @Test
  void shouldExplainOtherBitsByTheMachinesAndSayWhatIsLost() {
    Member other = member("other", "1", 5, 7, "def");
    assertEquals(Optional.empty(), Membership.mismatch(ONE, other), "they mean the same run");
    Optional<String> difference = Membership.differentBits(ONE, other);
    assertNames(
        difference,
        "abc by machine of one",
        "def by machine of other",
        "Use processors",
        "determinism = relaxed");
    String lost = Membership.whatIsLost(difference.orElseThrow());
    assertTrue(lost.contains("abc by machine of one, def by machine of other."), lost);
    assertTrue(lost.contains("lost is that the same run gives the same bits"), lost);
    assertFalse(lost.contains("Use processors"), lost);
  }

  private static void assertNames(Optional<String> text, String... parts) {
    assertTrue(text.orElseThrow().contains("one") && text.get().contains("other"), text.get());
    for (String part : parts) {
      assertTrue(text.get().contains(part), text.get());
    }
  }
}
