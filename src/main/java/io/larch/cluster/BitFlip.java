package io.larch.cluster;

import akka.actor.typed.Behavior;
import akka.actor.typed.BehaviorInterceptor;
import akka.actor.typed.TypedActorContext;
import akka.actor.typed.javadsl.Behaviors;
import io.larch.reduce.Replica;
import java.nio.FloatBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Damages a node on purpose: flips one bit of its committed weights between two steps, as memory
 * may. What must notice it is the check before the next step ({@code cluster.integrity}).
 */
public final class BitFlip implements Interception {
  private static final String WHERE = "worker-0";

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
    return actor.equals(WHERE) ? Behaviors.intercept(this::<T>interceptor, behavior) : behavior;
  }

  @SuppressWarnings("unchecked")
  private <T> BehaviorInterceptor<T, T> interceptor() {
    return new BehaviorInterceptor<>((Class<T>) Object.class) {
      @Override
      public Behavior<T> aroundReceive(
          TypedActorContext<T> context, T message, ReceiveTarget<T> target) {
        if (message instanceof Worker.RunStep && due.getAndSet(false)) {
          flip();
        }
        return target.apply(context, message);
      }
    };
  }

  /** The lowest bit of the first weight: what comes of it shows in no loss. */
  private void flip() {
    FloatBuffer first = replica.committed().weights().view(0, 1);
    first.put(0, Float.intBitsToFloat(Float.floatToRawIntBits(first.get(0)) ^ 1));
  }
}
