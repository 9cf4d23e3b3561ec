package io.larch.run;

import io.larch.config.ModelSettings;
import io.larch.model.Architecture;
import io.larch.model.Network;
import io.larch.model.Shape;

/** A user's network with a mistake in its code. */
public final class BrokenNetwork implements Architecture {
  static final String MISTAKE = "a mistake in a network";

  @Override
  public Network build(ModelSettings settings, Shape input, int classes) {
    throw new IllegalStateException(MISTAKE);
  }
}
