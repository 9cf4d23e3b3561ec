package io.larch.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a person may have meant. */
public final class Spelling {
  private Spelling() {}

  /**
   * The known key nearest to an unknown one: by the whole path, or by its last element for a key
   * that stands in the wrong place. Empty when none is near.
   */
  static Optional<String> nearest(String unknown, Collection<String> known) {
    return known.stream()
        .min(
            Comparator.comparingInt((String key) -> distance(unknown, key))
                .thenComparing(key -> key))
        .filter(key -> distance(unknown, key) <= Math.max(2, last(unknown).length() / 3));
  }

  /** " Did you mean X?" when a known word is near, else nothing. */
  public static String hint(String unknown, Collection<String> known) {
    return nearest(unknown, known).map(word -> " Did you mean " + word + "?").orElse("");
  }

  private static int distance(String unknown, String key) {
    int whole = edits(unknown, key);
    int misplaced = 1 + edits(last(unknown), last(key));
    return Math.min(whole, misplaced);
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** Insertions, deletions and substitutions between two words (Levenshtein 1966). */
  static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
