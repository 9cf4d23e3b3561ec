package io.larch.translate;

import io.larch.compute.NextWords;
import io.larch.config.BeamSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * Searches for the best translations of sentences, several side by side. What it finds for a
 * sentence does not depend on those beside it.
 */
public final class BeamSearch {
  private final NextWords nextWords;
  private final Score score;
  private final float[] row;
  private final int[] rows;
  private final int[] words;

  /**
   * @param nextWords with as many rows for each sentence as the settings' beam is wide
   */
  public BeamSearch(NextWords nextWords, BeamSettings settings) {
    this.nextWords = nextWords;
    score = Score.of(settings);
    row = new float[nextWords.words()];
    rows = new int[nextWords.sentences() * nextWords.beam()];
    words = new int[rows.length];
  }

  /**
   * The best translation found of each sentence.
   *
   * @param sources ids of subwords without marks, at most as many as are worked on together
   */
  public List<Hypothesis> search(int[][] sources) {
    List<Beam> beams = new ArrayList<>();
    for (int[] source : sources) {
      beams.add(new Beam(score, nextWords.beam(), nextWords.longest(), source.length + 1));
    }
    nextWords.read(sources);
    while (!beams.stream().allMatch(Beam::isDone)) {
      extend(beams);
    }
    return beams.stream().map(Beam::best).toList();
  }

  private void extend(List<Beam> beams) {
    for (int i = 0; i < beams.size(); i++) {
      beams.get(i).tell(i * nextWords.beam(), rows, words);
    }
    nextWords.say(rows, words);
    for (int i = 0; i < beams.size(); i++) {
      beams.get(i).extend(i * nextWords.beam(), nextWords.next(), nextWords.attention(), row);
    }
  }
}
