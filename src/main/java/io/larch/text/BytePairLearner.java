package io.larch.text;

import io.larch.text.BytePairs.Pair;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/**
 * Learns byte pairs: the pair of neighbours that is most frequent in all words becomes one symbol,
 * again and again. Among equally frequent ones the greater wins, by the code points of its left
 * symbol, then of its right one, which is what subword-nmt does. A pair that occurs only once is
 * never merged.
 *
 * <p>Counts are kept for all pairs and mended only where a merge has changed a word. The queue
 * holds every count that a pair has had; one that is no longer true is passed over.
 */
public final class BytePairLearner {
  private static final long LEAST = 2;

  private static final Comparator<Counted> BEST_FIRST =
      Comparator.comparingLong(Counted::count)
          .thenComparing(counted -> counted.pair().left(), BytePairLearner::byCodePoint)
          .thenComparing(counted -> counted.pair().right(), BytePairLearner::byCodePoint)
          .reversed();

  private record Counted(Pair pair, long count) {}

  /** A word as it is merged so far. */
  private static final class Word {
    final long count;
    List<String> symbols;

    Word(List<String> symbols, long count) {
      this.symbols = symbols;
      this.count = count;
    }
  }

  private static final class Occurrences {
    final Set<Word> words = new LinkedHashSet<>();
    long count;
  }

  private final Map<Pair, Occurrences> pairs = new HashMap<>();
  private final PriorityQueue<Counted> queue = new PriorityQueue<>(BEST_FIRST);
  private final Map<String, String> symbols = new HashMap<>();

  private BytePairLearner(Map<String, Long> words) {
    new TreeMap<>(words).forEach((word, count) -> add(word, count));
    pairs.forEach((pair, found) -> queue.add(new Counted(pair, found.count)));
  }

  /**
   * Learns so many merges, or fewer when no pair occurs twice any more.
   *
   * @param words how often each occurs
   */
  public static BytePairs learn(Map<String, Long> words, int merges) {
    return new BytePairLearner(words).learn(merges);
  }

  private BytePairs learn(int count) {
    List<Pair> merges = new ArrayList<>();
    while (merges.size() < count) {
      Pair next = best();
      if (next == null) {
        break;
      }
      merges.add(next);
      merge(next);
    }
    return new BytePairs(merges);
  }

  private Pair best() {
    for (Counted top = queue.poll(); top != null && top.count >= LEAST; top = queue.poll()) {
      Occurrences found = pairs.get(top.pair);
      if (found != null && found.count == top.count) {
        return top.pair;
      }
    }
    return null;
  }

  private void add(String word, long count) {
    List<String> characters = new ArrayList<>();
    BytePairs.characters(word).forEach(symbol -> characters.add(shared(symbol)));
    count(new Word(characters, count), 1);
  }

  private String shared(String symbol) {
    return symbols.computeIfAbsent(symbol, same -> same);
  }

  private void merge(Pair pair) {
    Set<Pair> changed = new LinkedHashSet<>();
    String merged = shared(pair.merged());
    for (Word word : List.copyOf(pairs.get(pair).words)) {
      changed.addAll(count(word, -1));
      word.symbols = merged(word.symbols, pair, merged);
      changed.addAll(count(word, 1));
    }
    for (Pair each : changed) {
      Occurrences found = pairs.get(each);
      if (found != null && found.count == 0) {
        pairs.remove(each);
      } else if (found != null) {
        queue.add(new Counted(each, found.count));
      }
    }
  }

  private static List<String> merged(List<String> symbols, Pair pair, String merged) {
    List<String> result = new ArrayList<>();
    for (int i = 0; i < symbols.size(); i++) {
      boolean here =
          symbols.get(i).equals(pair.left())
              && i + 1 < symbols.size()
              && symbols.get(i + 1).equals(pair.right());
      result.add(here ? merged : symbols.get(i));
      i += here ? 1 : 0;
    }
    return result;
  }

  /** Adds a word's pairs, or takes them away, and returns them. */
  private List<Pair> count(Word word, int sign) {
    List<Pair> found = new ArrayList<>();
    for (int i = 0; i + 1 < word.symbols.size(); i++) {
      Pair pair = new Pair(word.symbols.get(i), word.symbols.get(i + 1));
      Occurrences occurrences = pairs.computeIfAbsent(pair, first -> new Occurrences());
      occurrences.count += sign * word.count;
      if (sign > 0) {
        occurrences.words.add(word);
      } else {
        occurrences.words.remove(word);
      }
      found.add(pair);
    }
    return found;
  }

  /** Order by code points, where {@link String#compareTo} goes by UTF-16. */
  static int byCodePoint(String a, String b) {
    int limit = Math.min(a.length(), b.length());
    int i = 0;
    while (i < limit && a.charAt(i) == b.charAt(i)) {
      i++;
    }
    if (i == limit) {
      return a.length() - b.length();
    }
    int from = i > 0 && Character.isHighSurrogate(a.charAt(i - 1)) ? i - 1 : i;
    return Integer.compare(a.codePointAt(from), b.codePointAt(from));
  }
}
