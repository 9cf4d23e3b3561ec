package io.larch.compute;

/**
 * A network that translates, compiled to say one word after the other: a source is read once, and
 * each word costs one step of the decoder. Used on its device's thread only.
 */
public interface TranslationDecoding extends NextWords, AutoCloseable {
  /** Takes the weights out of a flat block, which must not change while they are used. */
  void pack(FloatBlock weights);

  @Override
  void close();
}
