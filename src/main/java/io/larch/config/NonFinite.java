package io.larch.config;

/** What is done with a step whose gradient holds a value that is not finite. */
public enum NonFinite {
  /** It is not applied, and the run ends. */
  STOP,
  /** No node applies it, and the run goes on. */
  SKIP
}
