package io.larch.translate;

import io.larch.text.Vocabulary;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The search for a translation of one sentence. It keeps the likeliest {@code width} beginnings,
 * all of one length. Of the words that may follow, the 2·width likeliest are looked at: an end mark
 * among the first {@code width} makes a whole translation, and the first {@code width} others are
 * the next beginnings. Of equally likely ones that of the better beginning comes first, then that
 * of the lower id.
 *
 * <p>The search ends when there are {@code width} whole translations, or when no beginning can
 * become better than the best of them. A translation of a source of S words, its end mark counted,
 * has at most 2·S + 10, of which the last can only be the end mark. Other marks, and the word that
 * stands for the unknown, are never said.
 */
final class Beam {
  private final Score score;
  private final int width;
  private final int limit;
  private final int attended;
  private final Candidates candidates;
  private List<Beginning> live;
  private Hypothesis best;
  private int complete;

  /**
   * What a translation may begin with.
   *
   * @param parent which of the beginnings before it continues
   * @param log sum of the log-probabilities of its words
   * @param coverage how much they attend to each source word, in all
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Beginning(int parent, List<Integer> words, double log, double[] coverage) {
    int last() {
      return words.isEmpty() ? Vocabulary.BEGIN : words.get(words.size() - 1);
    }

    List<Integer> with(int word) {
      List<Integer> longer = new ArrayList<>(words);
      longer.add(word);
      return longer;
    }
  }

  /**
   * @param attended length of a row of attention
   * @param sourceLength with the end mark
   */
  Beam(Score score, int width, int attended, int sourceLength) {
    this.score = score;
    this.width = width;
    this.attended = attended;
    limit = 2 * sourceLength + 10;
    candidates = new Candidates(2 * width);
    live = List.of(new Beginning(0, List.of(), 0, new double[sourceLength]));
  }

  boolean isDone() {
    return live.isEmpty();
  }

  /** The best translation found; one without words if all that the network says is not a number. */
  Hypothesis best() {
    return best == null ? new Hypothesis(List.of(), Double.NaN, Double.NaN) : best;
  }

  /**
   * Says how the beam's rows go on.
   *
   * @param first the first of them
   */
  void tell(int first, int[] rows, int[] words) {
    Arrays.fill(rows, first, first + width, first);
    Arrays.fill(words, first, first + width, Vocabulary.END);
    for (int i = 0; i < live.size(); i++) {
      rows[first + i] = first + live.get(i).parent();
      words[first + i] = live.get(i).last();
    }
  }

  /**
   * Goes one word on.
   *
   * @param next log-probabilities, [rows, words]
   * @param attention [rows, S]
   * @param row room for one row of {@code next}
   */
  void extend(int first, FloatBuffer next, FloatBuffer attention, float[] row) {
    candidates.clear();
    for (int i = 0; i < live.size(); i++) {
      next.get((first + i) * row.length, row);
      offer(i, row);
    }
    advance(first, attention);
    if (complete >= width || !canImprove()) {
      live = List.of();
    }
  }

  private void offer(int beginning, float[] row) {
    double log = live.get(beginning).log();
    boolean last = live.get(beginning).words().size() + 1 == limit;
    int end = last ? Vocabulary.END + 1 : row.length;
    double threshold = candidates.threshold();
    for (int word = Vocabulary.END; word < end; word++) {
      if (log + row[word] > threshold && word != Vocabulary.UNKNOWN) {
        candidates.add(log + row[word], beginning, word);
        threshold = candidates.threshold();
      }
    }
  }

  private void advance(int first, FloatBuffer attention) {
    List<Beginning> after = new ArrayList<>();
    for (int rank = 0; rank < candidates.size() && after.size() < width; rank++) {
      int parent = candidates.row(rank);
      Beginning from = live.get(parent);
      double log = candidates.log(rank);
      if (candidates.word(rank) != Vocabulary.END) {
        List<Integer> words = from.with(candidates.word(rank));
        after.add(new Beginning(parent, words, log, covered(from, first + parent, attention)));
      } else if (rank < width) {
        finish(from.words(), log, covered(from, first + parent, attention));
      }
    }
    live = after;
  }

  /** The coverage with what the next word of a row attends to. */
  private double[] covered(Beginning from, int row, FloatBuffer attention) {
    double[] covered = from.coverage().clone();
    for (int i = 0; i < covered.length; i++) {
      covered[i] += attention.get(row * attended + i);
    }
    return covered;
  }

  private void finish(List<Integer> words, double log, double[] coverage) {
    complete++;
    double own = score.of(log, words.size() + 1, coverage);
    if (best == null || own > best.score()) {
      best = new Hypothesis(words, log, own);
    }
  }

  /** Beginnings stand in the order of their probability. */
  private boolean canImprove() {
    return best == null
        || (!live.isEmpty() && score.atMost(live.get(0).log(), limit) > best.score());
  }
}
