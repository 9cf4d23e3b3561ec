package io.larch.config;

/** What becomes of a node that computes other bits than the others from the same samples. */
public enum Determinism {
  /** It may not take part. */
  STRICT,
  /** It may, and the run says that its bits depend on who computed what. */
  RELAXED
}
