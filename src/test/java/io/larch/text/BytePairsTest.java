package io.larch.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Refusal;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import io.larch.text.BytePairs.Pair;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BytePairsTest {
  /** The example of the paper, section 3.2; of its ties, the greater pair wins here. */
  private static final Map<String, Long> PAPER =
      Map.of("low", 5L, "lower", 2L, "newest", 6L, "widest", 3L);

  /** Words of a small alphabet, so that letters repeat and counts are equal. */
  private static Map<String, Long> words(int seed) {
    RandomStream random = RandomStream.of(seed, Purpose.BENCHMARK);
    Map<String, Long> words = new LinkedHashMap<>();
    for (int i = 0; i < 60; i++) {
      StringBuilder word = new StringBuilder();
      int length = 1 + random.at(i).below(0, 9);
      for (int j = 1; j <= length; j++) {
        word.appendCodePoint(new int[] {'a', 'b', 0xFB01, 0x1F600}[random.at(i).below(j, 4)]);
      }
      words.merge(word.toString(), 1L + random.at(i).below(99, 3), Long::sum);
    }
    return words;
  }

  /** Counts all pairs anew for each merge. */
  private static List<String> slowly(Map<String, Long> words, int merges) {
    Map<List<String>, Long> state = new HashMap<>();
    words.forEach((word, count) -> state.put(BytePairs.characters(word), count));
    List<String> lines = new ArrayList<>(List.of("#version: 0.2"));
    while (lines.size() <= merges) {
      Map<Pair, Long> counts = new HashMap<>();
      state.forEach(
          (symbols, count) -> {
            for (int i = 0; i + 1 < symbols.size(); i++) {
              counts.merge(new Pair(symbols.get(i), symbols.get(i + 1)), count, Long::sum);
            }
          });
      Pair best = null;
      for (Pair pair : counts.keySet()) {
        best = best == null || isBetter(pair, best, counts) ? pair : best;
      }
      if (best == null || counts.get(best) < 2) {
        break;
      }
      lines.add(best.left() + " " + best.right());
      for (List<String> symbols : List.copyOf(state.keySet())) {
        long count = state.remove(symbols);
        state.put(merge(symbols, best), count);
      }
    }
    return lines;
  }

  private static List<String> merge(List<String> symbols, Pair pair) {
    List<String> left = new ArrayList<>(symbols);
    for (int i = 0; i + 1 < left.size(); i++) {
      if (left.get(i).equals(pair.left()) && left.get(i + 1).equals(pair.right())) {
        left.set(i, pair.merged());
        left.remove(i + 1);
      }
    }
    return left;
  }

  private static boolean isBetter(Pair a, Pair b, Map<Pair, Long> counts) {
    if (!counts.get(a).equals(counts.get(b))) {
      return counts.get(a) > counts.get(b);
    }
    String left = utf32(a.left()) + "\u0000" + utf32(a.right());
    return left.compareTo(utf32(b.left()) + "\u0000" + utf32(b.right())) > 0;
  }

  private static String utf32(String text) {
    StringBuilder digits = new StringBuilder();
    text.codePoints().forEach(c -> digits.append("%06x".formatted(c)));
    return digits.toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldLearnWhatCountingAnewLearns(int seed) {
    assertEquals(slowly(words(seed), 80), BytePairLearner.learn(words(seed), 80).lines());
  }

  @Test
  void shouldLearnThePapersExample() {
    assertEquals(
        List.of("#version: 0.2", "s t</w>", "e st</w>", "l o"),
        BytePairLearner.learn(PAPER, 3).lines());
  }

  @Test
  void shouldStopWhenNoPairOccursTwice() {
    assertEquals(0, BytePairLearner.learn(Map.of("abc", 1L), 9).size());
    assertEquals(2, BytePairLearner.learn(Map.of("abc", 2L), 9).size());
  }

  @ParameterizedTest
  @CsvSource({
    "lowest, low@@ est",
    "newer, n@@ e@@ w@@ er",
    "x, x",
    "low, low",
    "oblow, o@@ b@@ low"
  })
  void shouldCutWordsByRankAndNotFromTheLeft(String word, String pieces) {
    BytePairs pairs =
        BytePairs.read(
            List.of("#version: 0.2", "e s", "es t</w>", "l o", "lo w", "e r</w>", "lo w</w>"), "x");
    assertEquals(pieces, String.join(" ", pairs.split(word)));
  }

  @Test
  void shouldPutEveryWordTogetherAgain() {
    BytePairs pairs = BytePairLearner.learn(words(1), 40);
    for (String word : words(2).keySet()) {
      assertEquals(List.of(word, word), BytePairs.words(twice(pairs.split(word))));
    }
    assertEquals(List.of("ab", "c"), BytePairs.words(List.of("a@@", "b", "c@@")));
  }

  private static List<String> twice(List<String> pieces) {
    List<String> all = new ArrayList<>(pieces);
    all.addAll(pieces);
    return all;
  }

  @Test
  void shouldReadWhatItWrites() {
    BytePairs pairs = BytePairLearner.learn(words(3), 50);
    assertEquals(pairs.lines(), BytePairs.read(pairs.lines(), "codes").lines());
  }

  @ParameterizedTest
  @CsvSource({
    "'e s', codes:1",
    "'#version: 0.1|e s', codes:1",
    "'#version: 0.2|e s|es', codes:3",
    "'#version: 0.2|e s t', codes:2",
    "'#version: 0.2|', codes:2"
  })
  void shouldNameTheLineThatIsNoPair(String lines, String place) {
    String message =
        assertThrows(Refusal.class, () -> BytePairs.read(List.of(lines.split("\\|", -1)), "codes"))
            .getMessage();
    assertTrue(message.startsWith(place + " "), message);
  }

  @Test
  void shouldNumberTheMostFrequentPiecesFirstAndDecodeWhatItEncodes() {
    BytePairs pairs = BytePairLearner.learn(PAPER, 3);
    Vocabulary vocabulary = Subwords.vocabulary(pairs, PAPER);
    assertEquals(List.of("w@@", "est", "e@@"), vocabulary.subwords().subList(0, 3), "11, 9, 8");
    assertEquals("w@@", vocabulary.subword(4));
    Subwords subwords = new Subwords(new PlainWords(), pairs, vocabulary);
    int[] ids = subwords.encode("lower newest, x");
    assertEquals("lower newest \uFFFD \uFFFD \uFFFD", subwords.decode(ids));
    assertArrayEquals(new int[0], subwords.encode(" \u00a0"));
    int[] marked = {Vocabulary.BEGIN, vocabulary.id("est"), Vocabulary.END, Vocabulary.PADDING};
    assertEquals("est", subwords.decode(marked));
  }

  @Test
  void shouldNameTheLineOfAVocabularyThatIsWrong() {
    assertEquals(List.of("a", "b@@"), Subwords.vocabulary(List.of("a 3", "b@@"), "v").subwords());
    String message =
        assertThrows(
                Refusal.class, () -> Subwords.vocabulary(List.of("a 3", "b 2", "a 1"), "v.txt"))
            .getMessage();
    assertEquals("v.txt:3 repeats line 1", message);
  }
}
