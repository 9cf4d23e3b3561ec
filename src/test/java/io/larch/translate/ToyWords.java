package io.larch.translate;

import io.larch.compute.NextWords;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import io.larch.text.Vocabulary;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Says of next words what is drawn for a sentence and a beginning. Behind {@code most} words only
 * the end mark can follow.
 */
class ToyWords implements NextWords {
  static final int WORDS = 7;

  private final int sentences;
  private final int beam;
  private final int most;
  private final float[] next;
  private final float[] attention;
  private int[][] sources;
  private List<List<Integer>> said = new ArrayList<>();

  ToyWords(int sentences, int beam, int most) {
    this.sentences = sentences;
    this.beam = beam;
    this.most = most;
    next = new float[sentences * beam * WORDS];
    attention = new float[sentences * beam * longest()];
  }

  @Override
  public int sentences() {
    return sentences;
  }

  @Override
  public int beam() {
    return beam;
  }

  @Override
  public int words() {
    return WORDS;
  }

  @Override
  public int longest() {
    return 6;
  }

  @Override
  public void read(int[][] newSources) {
    sources = newSources;
    said = new ArrayList<>();
    for (int row = 0; row < sentences * beam; row++) {
      said.add(List.of());
    }
  }

  @Override
  public void say(int[] rows, int[] words) {
    List<List<Integer>> after = new ArrayList<>();
    for (int row = 0; row < rows.length; row++) {
      List<Integer> longer = new ArrayList<>(said.get(rows[row]));
      longer.add(words[row]);
      after.add(longer);
    }
    said = after;
    for (int n = 0; n < sources.length; n++) {
      for (int row = n * beam; row < (n + 1) * beam; row++) {
        System.arraycopy(logs(sources[n], said.get(row)), 0, next, row * WORDS, WORDS);
        float[] shares = shares(sources[n], said.get(row));
        Arrays.fill(attention, row * longest(), (row + 1) * longest(), 0);
        System.arraycopy(shares, 0, attention, row * longest(), shares.length);
      }
    }
  }

  private static RandomStream stream(int[] source, List<Integer> beginning) {
    return RandomStream.of(Arrays.hashCode(source), Purpose.BENCHMARK).named(beginning.toString());
  }

  /**
   * Log-probabilities of what follows.
   *
   * @param beginning with the mark of the beginning
   */
  float[] logs(int[] source, List<Integer> beginning) {
    float[] logs = new float[WORDS];
    if (beginning.size() > most) {
      Arrays.fill(logs, Float.NEGATIVE_INFINITY);
      logs[Vocabulary.END] = 0;
      return logs;
    }
    double sum = 0;
    for (int word = 0; word < WORDS; word++) {
      logs[word] = (float) stream(source, beginning).uniform(word, 0, 2);
      sum += Math.exp(logs[word]);
    }
    for (int word = 0; word < WORDS; word++) {
      logs[word] -= (float) Math.log(sum);
    }
    return logs;
  }

  float[] shares(int[] source, List<Integer> beginning) {
    float[] shares = new float[source.length + 1];
    float sum = 0;
    for (int i = 0; i < shares.length; i++) {
      shares[i] = (float) stream(source, beginning).named("attention").uniform(i, 0.01, 1);
      sum += shares[i];
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  @Override
  public FloatBuffer next() {
    return FloatBuffer.wrap(next);
  }

  @Override
  public FloatBuffer attention() {
    return FloatBuffer.wrap(attention);
  }
}
