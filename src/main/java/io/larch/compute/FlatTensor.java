package io.larch.compute;

import io.larch.model.Layout;
import java.nio.FloatBuffer;
import java.util.IdentityHashMap;

/**
 * A tensor in place, in whichever flat block it is looked for. Views are made once for a block: a
 * run has few, and they live as long as the programs.
 */
final class FlatTensor {
  private final Layout.Place place;
  private final IdentityHashMap<FloatBlock, FloatBuffer> views = new IdentityHashMap<>();
  private FloatBuffer current;

  FlatTensor(Layout.Place place) {
    this.place = place;
  }

  /** The tensor's values in a block. */
  FloatBuffer in(FloatBlock block) {
    current = views.get(block);
    if (current == null) {
      current = block.view(place.from(), place.size());
      views.put(block, current);
    }
    return current;
  }

  /** The values where they were looked for last. */
  FloatBuffer current() {
    return current;
  }
}
