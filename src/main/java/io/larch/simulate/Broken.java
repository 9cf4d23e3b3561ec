package io.larch.simulate;

/** A promise did not hold. */
public final class Broken extends RuntimeException {
  private static final long serialVersionUID = 1;

  Broken(String promise) {
    super(promise);
  }
}
