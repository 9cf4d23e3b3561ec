package io.larch.text;

import io.larch.config.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Byte-pair encoding of words (Sennrich, Haddow and Birch, "Neural machine translation of rare
 * words with subword units", ACL 2016): a word begins as its characters, the last marked as the end
 * of the word, and the pair that comes first in the list is merged wherever it stands, again and
 * again.
 *
 * <p>The list is written and read as subword-nmt does, version 0.2: {@code #version: 0.2}, then a
 * pair a line, first merges first, with {@code </w>} for the end of a word.
 */
public final class BytePairs {
  /** Marks the last character of a word. */
  static final String END = "</w>";

  /** Marks a piece that is not the last of its word. */
  static final String CONTINUED = "@@";

  private static final String VERSION = "#version: 0.2";

  /** Two neighbours that become one. */
  record Pair(String left, String right) {
    String merged() {
      return left + right;
    }
  }

  private final List<Pair> merges;
  private final Map<Pair, Integer> ranks = new HashMap<>();

  BytePairs(List<Pair> merges) {
    this.merges = List.copyOf(merges);
    for (int i = 0; i < merges.size(); i++) {
      ranks.putIfAbsent(merges.get(i), i);
    }
  }

  /** No merges: every word is left whole. */
  public static BytePairs none() {
    return new BytePairs(List.of());
  }

  /**
   * Reads a list.
   *
   * @param name of the file, for the refusal of a line that is no pair
   */
  public static BytePairs read(List<String> lines, String name) {
    if (lines.isEmpty() || !lines.get(0).equals(VERSION)) {
      throw new Refusal(
          "%s:1 is \"%s\" and not \"%s\"; give a codes file as subword-nmt writes it since 2017"
              .formatted(name, lines.isEmpty() ? "" : lines.get(0), VERSION));
    }
    List<Pair> merges = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] parts = lines.get(i).split(" ", -1);
      if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
        throw new Refusal(
            "%s:%d is \"%s\", and not two symbols with a space between them"
                .formatted(name, i + 1, lines.get(i)));
      }
      merges.add(new Pair(parts[0], parts[1]));
    }
    return new BytePairs(merges);
  }

  /** The list as lines of a file. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>(List.of(VERSION));
    merges.forEach(pair -> lines.add(pair.left() + " " + pair.right()));
    return lines;
  }

  /** Number of merges. */
  public int size() {
    return merges.size();
  }

  /** The pieces of a word, all but the last ended by {@code @@}. */
  public List<String> split(String word) {
    if (merges.isEmpty()) {
      return List.of(word);
    }
    List<String> symbols = characters(word);
    for (Pair next = first(symbols); next != null; next = first(symbols)) {
      symbols = merge(symbols, next);
    }
    return marked(symbols);
  }

  /** The characters of a word, the last with the mark of the end. */
  static List<String> characters(String word) {
    List<String> symbols = new ArrayList<>();
    word.codePoints().forEach(character -> symbols.add(Character.toString(character)));
    symbols.set(symbols.size() - 1, symbols.get(symbols.size() - 1) + END);
    return symbols;
  }

  private Pair first(List<String> symbols) {
    Pair first = null;
    int best = Integer.MAX_VALUE;
    for (int i = 0; i + 1 < symbols.size(); i++) {
      Pair pair = new Pair(symbols.get(i), symbols.get(i + 1));
      int rank = ranks.getOrDefault(pair, Integer.MAX_VALUE);
      if (rank < best) {
        best = rank;
        first = pair;
      }
    }
    return first;
  }

  private static List<String> merge(List<String> symbols, Pair pair) {
    List<String> merged = new ArrayList<>();
    for (int i = 0; i < symbols.size(); i++) {
      boolean here =
          symbols.get(i).equals(pair.left())
              && i + 1 < symbols.size()
              && symbols.get(i + 1).equals(pair.right());
      merged.add(here ? pair.merged() : symbols.get(i));
      i += here ? 1 : 0;
    }
    return merged;
  }

  private static List<String> marked(List<String> symbols) {
    List<String> pieces = new ArrayList<>();
    for (String symbol : symbols) {
      pieces.add(symbol + CONTINUED);
    }
    int last = symbols.size() - 1;
    String end = symbols.get(last);
    pieces.set(last, end.substring(0, end.length() - END.length()));
    return Collections.unmodifiableList(pieces);
  }

  /** The words that pieces make. */
  static List<String> words(List<String> pieces) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < pieces.size(); i++) {
      String piece = pieces.get(i);
      boolean more = piece.endsWith(CONTINUED) && piece.length() > CONTINUED.length();
      word.append(more ? piece.substring(0, piece.length() - CONTINUED.length()) : piece);
      if (!more || i == pieces.size() - 1) {
        words.add(word.toString());
        word.setLength(0);
      }
    }
    return words;
  }
}
