package io.larch.cluster;

import io.larch.compute.FloatBlock;
import io.larch.compute.Outcome;
import io.larch.compute.StepProgram;
import java.util.function.Consumer;

/**
 * The micro-batches of a run on one device: what reads them and what computes them. Owns both; used
 * on the device's thread.
 */
interface MicroBatches extends AutoCloseable {
  /** The compiled network. */
  StepProgram program();

  /** Notes that the micro-batch at this position will be taken, after all noted before. */
  void request(long first);

  /** Forgets all that was noted. */
  void clear();

  /** Time that {@link #take} has waited in all. */
  long waitedNs();

  /** Brings the oldest requested micro-batch before the program, perhaps after waiting for it. */
  void take() throws InterruptedException;

  /** Forward and backward over what was taken; see the program's own step. */
  Outcome step(FloatBlock gradient, boolean accumulate, Consumer<String> layerReady);

  /** Gives back what was taken. */
  void release();

  /** Forward and backward over one fixed micro-batch, the same on every device. */
  Outcome prove(FloatBlock gradient);

  /** Opens batches [from, to) of the test set on these weights; the caller closes them. */
  TestBatches test(FloatBlock weights, int from, int to);

  @Override
  void close();

  /** Test batches in order. */
  interface TestBatches extends AutoCloseable {
    /** What the network says about the next. */
    Outcome next() throws InterruptedException;

    /** Time that {@link #next} has waited for data in all. */
    long waitedNs();

    @Override
    void close();
  }
}
