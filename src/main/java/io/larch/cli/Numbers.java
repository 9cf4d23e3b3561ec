package io.larch.cli;

import io.larch.config.Refusal;

/** Checks numbers that are given as options. */
final class Numbers {
  private Numbers() {}

  /** Refuses less than 1. */
  static void requirePositive(String option, long given) {
    if (given < 1) {
      throw new Refusal("%s %d must be at least 1.".formatted(option, given));
    }
  }
}
