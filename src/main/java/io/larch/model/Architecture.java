package io.larch.model;

import io.larch.config.ModelSettings;

/**
 * Builds a network for a data set. A user's own class with a public constructor without arguments
 * can be named in the run file.
 */
public interface Architecture {
  /**
   * @param settings the run's settings, with the network's own options
   * @param input shape of one sample
   */
  Network build(ModelSettings settings, Shape input, int classes);
}
