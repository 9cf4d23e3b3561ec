package io.larch.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Numbers subwords. The first four ids are no subwords: {@link #PADDING} fills up sentences, {@link
 * #BEGIN} stands before the first word that a decoder writes, {@link #END} after the last word of
 * every sentence, {@link #UNKNOWN} for whatever is not in the vocabulary.
 */
public final class Vocabulary {
  public static final int PADDING = 0;
  public static final int BEGIN = 1;
  public static final int END = 2;
  public static final int UNKNOWN = 3;

  private static final int RESERVED = 4;

  private final List<String> subwords;
  private final Map<String, Integer> ids = new HashMap<>();

  /** The vocabulary of these subwords; the first of them gets id 4. */
  public Vocabulary(List<String> subwords) {
    this.subwords = List.copyOf(subwords);
    for (int i = 0; i < subwords.size(); i++) {
      if (ids.put(subwords.get(i), RESERVED + i) != null) {
        throw new IllegalArgumentException("two subwords are " + subwords.get(i));
      }
    }
  }

  /** Ids are 0 to {@code size - 1}. */
  public int size() {
    return RESERVED + subwords.size();
  }

  /** The subwords in order of their ids. */
  public List<String> subwords() {
    return subwords;
  }

  /** The id of a subword, {@link #UNKNOWN} if it is not there. */
  public int id(String subword) {
    return ids.getOrDefault(subword, UNKNOWN);
  }

  /** Whether a subword stands for an id, and not a mark. */
  public static boolean isSubword(int id) {
    return id >= RESERVED;
  }

  /** The subword of an id from 4 on. */
  public String subword(int id) {
    return subwords.get(id - RESERVED);
  }
}
