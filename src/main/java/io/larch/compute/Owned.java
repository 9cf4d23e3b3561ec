package io.larch.compute;

import java.util.ArrayDeque;
import java.util.Deque;
import org.bytedeco.javacpp.Pointer;

/**
 * Owner of native objects. oneDNN's wrappers are otherwise freed with the Java object, even while a
 * primitive still uses what they stand for; here they live until {@link #close}, which frees them
 * in the reverse order.
 */
final class Owned implements AutoCloseable {
  private final Deque<AutoCloseable> things = new ArrayDeque<>();

  <P extends Pointer> P keep(P pointer) {
    pointer.retainReference();
    things.push(pointer::releaseReference);
    return pointer;
  }

  <C extends AutoCloseable> C own(C thing) {
    things.push(thing);
    return thing;
  }

  @Override
  public void close() {
    while (!things.isEmpty()) {
      try {
        things.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("freeing native memory failed", e);
      }
    }
  }
}
