package io.larch.compute;

import io.larch.config.Precision;
import io.larch.data.Bucket;
import io.larch.model.Network;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * What computes: today a fixed number of CPU threads. All native work of a device happens on its
 * own thread, in the order of submission.
 */
public interface Device extends AutoCloseable {
  int index();

  int threads();

  /** Runs work on the device's thread. */
  <T> CompletableFuture<T> submit(Callable<T> work);

  /** Compiles a network for training. Call on the device's thread; the caller owns the result. */
  TrainingProgram compileTraining(Network network, int microBatch, Precision precision, long seed);

  /**
   * Compiles a network for inference (running statistics, no dropout). Call on the device's thread;
   * the caller owns the result.
   */
  InferenceProgram compileInference(Network network, int microBatch, Precision precision);

  /**
   * Compiles a network that translates for training, on micro-batches of each of these shapes. Call
   * on the device's thread; the caller owns the result.
   */
  TranslationTraining compileTranslation(
      Network network, int microBatch, List<Bucket> buckets, Precision precision, long seed);

  /**
   * Compiles a network that translates for its loss without dropout and label smoothing. Call on
   * the device's thread; the caller owns the result.
   */
  TranslationInference compileTranslationLoss(
      Network network, int microBatch, List<Bucket> buckets, Precision precision);

  /**
   * Compiles a network that translates to say one word after the other. Call on the device's
   * thread; the caller owns the result.
   *
   * @param sentences that are worked on together
   * @param beam rows of each
   * @param lengths of sources, with their end marks, to which they are padded; none may be longer
   */
  TranslationDecoding compileDecoding(
      Network network, int sentences, int beam, List<Integer> lengths, Precision precision);

  /** Ends the thread after the work already submitted. */
  @Override
  void close();
}
