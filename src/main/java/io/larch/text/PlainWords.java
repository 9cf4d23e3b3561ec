package io.larch.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts plain text. A word is a run of letters, marks and digits; every other character but white
 * space is a word of its own. Where two words stood without a space between them, the one that is
 * no run carries a joiner, {@code ￭} (U+FFED), on that side; if neither is, the second does:
 *
 * <pre>
 *   He said: "It's 3.5 %."
 *   He said ￭: "￭ It ￭'￭ s 3 ￭.￭ 5 % ￭. ￭"
 * </pre>
 *
 * So {@link #join} gives back what {@link #split} was given, up to white space (runs of it become
 * one space, none stays at the ends) and joiners in the text itself (they become ■). Words that a
 * network has made are joined by the same rule, whatever they are.
 */
public final class PlainWords implements Words {
  private static final char JOINER = '\uFFED';
  private static final char SQUARE = '\u25A0';

  @Override
  public List<String> split(String sentence) {
    List<String> words = new ArrayList<>();
    for (String chunk : Spaces.split(sentence.replace(JOINER, SQUARE))) {
      cut(chunk, words);
    }
    return words;
  }

  private static void cut(String chunk, List<String> words) {
    int end;
    for (int from = 0; from < chunk.length(); from = end) {
      boolean run = isRun(chunk.codePointAt(from));
      end = run ? endOfRun(chunk, from) : chunk.offsetByCodePoints(from, 1);
      String word = chunk.substring(from, end);
      if (!run && from > 0) {
        word = JOINER + word;
      }
      if (!run && end < chunk.length() && isRun(chunk.codePointAt(end))) {
        word = word + JOINER;
      }
      words.add(word);
    }
  }

  private static int endOfRun(String chunk, int from) {
    int end = from;
    while (end < chunk.length() && isRun(chunk.codePointAt(end))) {
      end = chunk.offsetByCodePoints(end, 1);
    }
    return end;
  }

  private static boolean isRun(int character) {
    return switch (Character.getType(character)) {
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
          true;
      default -> Character.isLetterOrDigit(character);
    };
  }

  @Override
  public String join(List<String> words) {
    StringBuilder sentence = new StringBuilder();
    boolean joined = true;
    for (String word : words) {
      if (!joined && word.charAt(0) != JOINER) {
        sentence.append(' ');
      }
      sentence.append(word.replace(String.valueOf(JOINER), ""));
      joined = word.charAt(word.length() - 1) == JOINER;
    }
    return sentence.toString();
  }
}
