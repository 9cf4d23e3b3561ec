package io.larch.compute;

import io.larch.text.Vocabulary;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Programs over one arena: an encoder for each length of sources, and a decoder for one word. */
final class CompiledDecoding implements TranslationDecoding {
  private final TreeMap<Integer, Program> encoders;
  private final Decoder decoder;
  private final PackedWeights weights;
  private final Owned owned;
  private final int[] lengths;
  private final Call call = new Call();

  /**
   * What takes one word further.
   *
   * @param logarithms [rows, K]
   * @param shares [rows, S]
   */
  record Decoder(
      Program program,
      List<Carried> carried,
      int rows,
      FloatBuffer logarithms,
      FloatBuffer shares) {
    int words() {
      return logarithms.capacity() / rows;
    }
  }

  /**
   * @param encoders by length of the source
   */
  CompiledDecoding(
      Map<Integer, Program> encoders,
      Decoder decoder,
      PackedWeights weights,
      Owned owned,
      int sentences) {
    this.encoders = new TreeMap<>(encoders);
    this.decoder = decoder;
    this.weights = weights;
    this.owned = owned;
    lengths = new int[sentences];
  }

  @Override
  public int sentences() {
    return lengths.length;
  }

  @Override
  public int beam() {
    return decoder.rows / lengths.length;
  }

  @Override
  public int words() {
    return decoder.words();
  }

  @Override
  public int longest() {
    return encoders.lastKey();
  }

  @Override
  public void pack(FloatBlock block) {
    weights.pack(block);
  }

  @Override
  public void read(int[][] sources) {
    Arrays.fill(lengths, 1);
    for (int n = 0; n < sources.length; n++) {
      lengths[n] = sources[n].length + 1;
    }
    Map.Entry<Integer, Program> encoder =
        encoders.ceilingEntry(Arrays.stream(lengths).max().orElseThrow());
    if (encoder == null || sources.length > lengths.length) {
      throw new IllegalArgumentException(
          "%d sentences of up to %d words for encoders of %d and up to %d"
              .formatted(
                  sources.length,
                  Arrays.stream(lengths).max().orElseThrow(),
                  lengths.length,
                  longest()));
    }
    call.sentences = sentences(byStep(sources, encoder.getKey()), new int[0]);
    encoder.getValue().run(call);
    decoder.carried.forEach(Carried::clear);
  }

  private Sentences sentences(int[] source, int[] target) {
    return new Sentences(source, lengths, target, new int[0]);
  }

  /** Row {@code t·N + n} is word t of sentence n. */
  private int[] byStep(int[][] sources, int steps) {
    int[] source = new int[steps * lengths.length];
    Arrays.fill(source, Vocabulary.PADDING);
    for (int n = 0; n < lengths.length; n++) {
      for (int step = 0; step < lengths[n] - 1; step++) {
        source[step * lengths.length + n] = sources[n][step];
      }
      source[(lengths[n] - 1) * lengths.length + n] = Vocabulary.END;
    }
    return source;
  }

  @Override
  public void say(int[] rows, int[] words) {
    for (Carried each : decoder.carried) {
      each.follow(rows);
    }
    call.sentences = sentences(new int[0], words);
    decoder.program.run(call);
  }

  @Override
  public FloatBuffer next() {
    return decoder.logarithms;
  }

  @Override
  public FloatBuffer attention() {
    return decoder.shares;
  }

  @Override
  public void close() {
    owned.close();
  }
}
