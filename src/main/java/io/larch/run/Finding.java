package io.larch.run;

import java.util.Locale;

/**
 * Something that was looked at before a node or a run begins.
 *
 * @param check what was looked at, a word or two
 * @param text what was found and, unless all is well, the cure
 */
public record Finding(Level level, String check, String text) {
  /** How it stands. */
  public enum Level {
    /** As it should be. */
    GREEN,
    /** It works, but deserves attention. */
    YELLOW,
    /** A node or run would not work. */
    RED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding green(String check, String text) {
    return new Finding(Level.GREEN, check, text);
  }

  static Finding yellow(String check, String text) {
    return new Finding(Level.YELLOW, check, text);
  }

  static Finding red(String check, String text) {
    return new Finding(Level.RED, check, text);
  }

  boolean isRed() {
    return level == Level.RED;
  }
}
