package io.larch.simulate;

/**
 * Rules around the deciding classes that a simulation can be run without, to see that it notices.
 *
 * @param commitsWhole a step is committed when every layer is staged, not when one is
 * @param dropsStale a ratio of another step or generation is dropped
 * @param addsByTree a device merges the lanes of a block as the canonical tree says, not in a row
 */
record Rules(boolean commitsWhole, boolean dropsStale, boolean addsByTree) {
  static final Rules ALL = new Rules(true, true, true);
}
