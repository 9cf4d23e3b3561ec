package io.larch.translate;

/**
 * The best next words over several beginnings, best first. Of equally likely ones the one offered
 * first stays before.
 */
final class Candidates {
  private final double[] logs;
  private final int[] rows;
  private final int[] words;
  private int size;

  Candidates(int capacity) {
    logs = new double[capacity];
    rows = new int[capacity];
    words = new int[capacity];
  }

  void clear() {
    size = 0;
  }

  int size() {
    return size;
  }

  double log(int rank) {
    return logs[rank];
  }

  int row(int rank) {
    return rows[rank];
  }

  int word(int rank) {
    return words[rank];
  }

  /** What must be exceeded to be taken. */
  double threshold() {
    return size < logs.length ? Double.NEGATIVE_INFINITY : logs[size - 1];
  }

  /** Takes one that is above the threshold. */
  void add(double log, int row, int word) {
    int place = size < logs.length ? size++ : size - 1;
    while (place > 0 && logs[place - 1] < log) {
      logs[place] = logs[place - 1];
      rows[place] = rows[place - 1];
      words[place] = words[place - 1];
      place--;
    }
    logs[place] = log;
    rows[place] = row;
    words[place] = word;
  }
}
