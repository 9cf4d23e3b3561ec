package io.larch.compute;

import io.larch.model.SequenceLayer.AttentionLstm;

/**
 * A source as attention sees it, f32 with a row for each word s of each sentence.
 *
 * @param words the source's outputs m_s, [S·N, memory]
 * @param keys m_s·W_m, [S·N, channels]
 */
record Remembered(Value words, Value keys) {
  /** A place for it that keeps its contents between runs. */
  static Remembered kept(ProgramBuilder alongSource, AttentionLstm lstm) {
    return new Remembered(
        alongSource.persistent(ProgramBuilder.plain(alongSource.batch(), lstm.memory())),
        alongSource.persistent(ProgramBuilder.plain(alongSource.batch(), lstm.channels())));
  }

  /** The weights W_m. */
  static Weights weights(ProgramBuilder alongSource, AttentionLstm lstm) {
    return new Weights(alongSource, lstm.name(), "memory", lstm.memory(), lstm.channels());
  }

  /**
   * Appends what makes it.
   *
   * @param outputs of the source, [S·N, memory] of the program's type
   * @param weights W_m
   */
  static Remembered append(
      ProgramBuilder alongSource, AttentionLstm lstm, Value outputs, Weights weights) {
    Matrices matrices = new Matrices(alongSource, lstm.name());
    Value words = matrices.f32Twin(outputs, lstm.memory());
    matrices.convert(outputs, words);
    Value keys = matrices.f32(lstm.channels());
    weights
        .forward(outputs.desc(), keys.desc(), false)
        .append(lstm.name(), "attention product forward", outputs, keys);
    return new Remembered(words, keys);
  }

  /** Appends a copy into the first rows of another that has as many sentences. */
  void copyTo(ProgramBuilder alongSource, String layer, Remembered other) {
    copy(alongSource, layer, words, other.words);
    copy(alongSource, layer, keys, other.keys);
  }

  private static void copy(ProgramBuilder alongSource, String layer, Value from, Value to) {
    Value first = alongSource.part(to, ProgramBuilder.samples(to.desc(), alongSource.batch()), 0);
    new Matrices(alongSource, layer).convert(from, first);
  }
}
