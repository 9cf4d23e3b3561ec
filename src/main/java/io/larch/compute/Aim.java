package io.larch.compute;

import org.bytedeco.javacpp.Pointer;

/** A pointer that can be aimed anew, so that a step allocates none. */
final class Aim extends Pointer {
  Aim at(long newAddress) {
    address = newAddress;
    return this;
  }
}
