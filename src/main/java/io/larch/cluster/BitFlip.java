package io.larch.cluster;

import akka.actor.typed.Behavior;
import io.larch.reduce.Replica;
import java.nio.FloatBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Damages a node on purpose: flips one bit of its committed weights between two steps, as memory
 * may. What must notice it is the check before the next step ({@code cluster.integrity}).
 */
public final class BitFlip implements Interception {
  private final BeforeEach beforeEachStep =
      new BeforeEach("worker-0", Worker.RunStep.class.getSimpleName(), this::flipIfDue);
  private final AtomicBoolean due = new AtomicBoolean();
  private volatile Replica replica;

  /** Says whose weights these are, before the run's actors begin. */
  public void of(Replica filled) {
    replica = filled;
  }

  /** Has the bit flip before the next step of this node; any thread may ask. */
  public void order() {
    due.set(true);
  }

  @Override
  public <T> Behavior<T> around(String actor, Behavior<T> behavior) {
    return beforeEachStep.around(actor, behavior);
  }

  private void flipIfDue() {
    if (due.getAndSet(false)) {
      flip();
    }
  }

  /** The lowest bit of the first weight: what comes of it shows in no loss. */
  private void flip() {
    FloatBuffer first = replica.committed().weights().view(0, 1);
    first.put(0, Float.intBitsToFloat(Float.floatToRawIntBits(first.get(0)) ^ 1));
  }
}
