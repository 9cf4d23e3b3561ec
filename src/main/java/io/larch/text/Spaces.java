package io.larch.text;

import java.util.ArrayList;
import java.util.List;

/** White space as Unicode and Python's {@code str.split} have it, no-break spaces included. */
final class Spaces {
  private static final int NEXT_LINE = 0x85;

  private Spaces() {}

  /** What stands between white space. */
  static List<String> split(String text) {
    List<String> chunks = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || isSpace(text.charAt(i))) {
        if (from < i) {
          chunks.add(text.substring(from, i));
        }
        from = i + 1;
      }
    }
    return chunks;
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == NEXT_LINE;
  }
}
