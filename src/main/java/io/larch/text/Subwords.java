package io.larch.text;

import io.larch.config.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sentences as ids of subwords, and back: words are cut by {@link Words}, pieces of them by {@link
 * BytePairs}, and {@link Vocabulary} numbers these. One for source and target. Safe for many
 * threads.
 */
public final class Subwords {
  private final Words words;
  private final BytePairs pairs;
  private final Vocabulary vocabulary;
  private final Map<String, int[]> known = new ConcurrentHashMap<>();

  public Subwords(Words words, BytePairs pairs, Vocabulary vocabulary) {
    this.words = words;
    this.pairs = pairs;
    this.vocabulary = vocabulary;
  }

  /**
   * The vocabulary of all pieces of these words, the most frequent first, equally frequent ones in
   * order of their code points.
   *
   * @param counts how often each word occurs
   */
  public static Vocabulary vocabulary(BytePairs pairs, Map<String, Long> counts) {
    return new Vocabulary(
        frequencies(pairs, counts).entrySet().stream()
            .sorted(
                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry::getKey, BytePairLearner::byCodePoint))
            .map(Map.Entry::getKey)
            .toList());
  }

  /**
   * How often each piece of these words occurs.
   *
   * @param counts how often each word occurs
   */
  public static Map<String, Long> frequencies(BytePairs pairs, Map<String, Long> counts) {
    Map<String, Long> pieces = new HashMap<>();
    counts.forEach(
        (word, count) -> pairs.split(word).forEach(piece -> pieces.merge(piece, count, Long::sum)));
    return pieces;
  }

  /**
   * Reads a vocabulary, a subword a line; what follows it after a space, such as its count, is left
   * aside.
   *
   * @param name of the file, for the refusal of a line without a subword
   */
  public static Vocabulary vocabulary(List<String> lines, String name) {
    if (lines.isEmpty()) {
      throw new Refusal(name + " holds no subword");
    }
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String subword = lines.get(i).split(" ", 2)[0];
      Integer before = seen.put(subword, i + 1);
      if (subword.isEmpty() || before != null) {
        String why = subword.isEmpty() ? "holds no subword" : "repeats line " + before;
        throw new Refusal("%s:%d %s".formatted(name, i + 1, why));
      }
    }
    return new Vocabulary(lines.stream().map(line -> line.split(" ", 2)[0]).toList());
  }

  public BytePairs pairs() {
    return pairs;
  }

  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** Ids of a sentence's subwords, without marks; none, if it has no word. */
  public int[] encode(String sentence) {
    return words.split(sentence).stream()
        .flatMapToInt(word -> Arrays.stream(known.computeIfAbsent(word, this::ids)))
        .toArray();
  }

  private int[] ids(String word) {
    return pairs.split(word).stream().mapToInt(vocabulary::id).toArray();
  }

  /** What a line of a file says, as text for people and for scoring. */
  public String text(String line) {
    return words.join(BytePairs.words(words.split(line)));
  }

  /** The sentence of ids; marks have no part in it, and an unknown subword is a {@code �}. */
  public String decode(int[] ids) {
    List<String> pieces = new ArrayList<>();
    for (int id : ids) {
      if (Vocabulary.isSubword(id)) {
        pieces.add(vocabulary.subword(id));
      } else if (id == Vocabulary.UNKNOWN) {
        pieces.add("\uFFFD");
      }
    }
    return words.join(BytePairs.words(pieces));
  }
}
