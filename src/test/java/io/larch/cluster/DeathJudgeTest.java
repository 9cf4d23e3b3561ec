package io.larch.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.DeathJudge.Trace;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Node {@code a} judges in a cluster of some letters; it is patient for 20 s. */
class DeathJudgeTest {
  private static final long SECOND = 1_000_000_000;

  private final DeathJudge judge = new DeathJudge("a", Duration.ofSeconds(20), 0);

  private static Set<String> letters(String letters) {
    return new HashSet<>(letters == null ? List.of() : Stream.of(letters.split("")).toList());
  }

  private void members(String all, String silent, long second) {
    judge.members(letters(all), letters(all), letters(silent), second * SECOND);
  }

  private Set<String> dead(long second) {
    return judge.judge(second * SECOND).dead().keySet();
  }

  private Set<String> awaited(long second) {
    return judge.judge(second * SECOND).awaited();
  }

  /** What is silent for 20 s is dead where the rest is the majority; else it is waited for. */
  @ParameterizedTest
  @CsvSource({
    "abc, c, 19, , ",
    "abc, c, 20, c, ",
    "abc, bc, 20, , bc",
    "ab, b, 20, , b",
    "ab, b, 19, , ",
    "abcd, cd, 20, , cd",
    "abcd, d, 20, d, ",
    "abcde, de, 20, de, ",
    "abc, , 100, , ",
  })
  void shouldJudgeSilenceByTheMajority(
      String all, String silent, long second, String dead, String awaited) {
    members(all, silent, 0);
    assertEquals(letters(dead), dead(second));
    assertEquals(letters(awaited), awaited(second));
  }

  /** Row: what is seen of b in a cluster of two. */
  @ParameterizedTest
  @CsvSource({
    "closed, GONE, b",
    "closed, ALIVE, ",
    "closed, NONE, ",
    "held, GONE, ",
  })
  void shouldTakeOnlyAClosedLifelineAndAGoneProcessForProof(String line, Trace found, String dead) {
    members("ab", null, 0);
    judge.held("b");
    if (line.equals("closed")) {
      judge.closed("b");
    }
    judge.found("b", found);
    assertEquals(letters(dead), dead(0), "and at once");
  }

  @Test
  void shouldForgetAClosedLifelineThatStandsAgain() {
    members("ab", null, 0);
    judge.closed("b");
    judge.held("b");
    judge.found("b", Trace.GONE);
    assertEquals(Set.of(), dead(1));
  }

  @Test
  void shouldCountPatienceFromTheLastChange() {
    members("abcde", "b", 0);
    members("abcde", "bc", 15);
    assertEquals(Set.of(), dead(34));
    assertEquals(letters("bc"), dead(35));
  }

  /** Of four, b is dead and c silent: a and d are two of the three that live. */
  @Test
  void shouldNotLetTheDeadVote() {
    members("abcd", "bc", 0);
    judge.closed("b");
    judge.found("b", Trace.GONE);
    assertEquals(letters("b"), dead(10));
    assertEquals(letters("bc"), dead(20));
  }

  /** Each part of a divided cluster may take in others, who give it no majority. */
  @Test
  void shouldNotLetThoseVoteWhoAreJoining() {
    judge.members(letters("abcdxy"), letters("abcd"), letters("cd"), 0);
    assertEquals(Set.of(), dead(20));
    assertEquals(letters("cd"), awaited(20));
  }

  @Test
  void shouldBelieveAnOperatorOfThoseWhoAreSilent() {
    members("ab", "b", 0);
    assertEquals(letters("b"), awaited(30));
    assertFalse(judge.confirm("a"));
    assertTrue(judge.confirm("b"));
    assertEquals(letters("b"), dead(30));
    assertEquals(Set.of(), awaited(30));
    members("a", null, 31);
    assertEquals(Set.of(), dead(31), "who is out is not taken out again");
  }

  @Test
  void shouldStopWaitingWhenTheSilentReturn() {
    members("ab", "b", 0);
    assertEquals(letters("b"), awaited(30));
    members("ab", null, 31);
    assertEquals(Set.of(), awaited(60));
  }

  @ParameterizedTest
  @CsvSource({"a, ''", "ab, b", "abc, bc", "abcd, bc", "0a, 0", "0ab, b0", "01ab, b0"})
  void shouldWatchTheNextTwoInTheRing(String all, String watched) {
    members(all, null, 0);
    assertEquals(watched, String.join("", judge.watched()));
  }

  /** Whatever part of the cluster is cut off, not two parts take one another for dead. */
  @Test
  void shouldNeverLetBothPartsGoOn() {
    String all = "abcdef";
    for (int cut = 1; cut < (1 << all.length()) - 1; cut++) {
      Set<String> here = new HashSet<>();
      Set<String> there = new HashSet<>();
      for (int i = 0; i < all.length(); i++) {
        ((cut >> i & 1) == 0 ? here : there).add(all.substring(i, i + 1));
      }
      boolean first = goesOn(here, there);
      boolean second = goesOn(there, here);
      assertFalse(first && second, here + " and " + there);
      assertEquals(here.size() != there.size(), first || second, here + " or " + there);
    }
  }

  private static boolean goesOn(Set<String> here, Set<String> there) {
    DeathJudge judge = new DeathJudge(here.iterator().next(), Duration.ofSeconds(20), 0);
    Set<String> all = new HashSet<>(here);
    all.addAll(there);
    judge.members(all, all, there, 0);
    return judge.judge(20 * SECOND).dead().keySet().equals(there);
  }
}
