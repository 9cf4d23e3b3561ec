package io.larch.transport;

/**
 * The media driver is gone, or holds this node for gone. Everything the data plane was doing is
 * lost; close it and open another, which starts a driver if need be.
 */
public final class DriverLost extends RuntimeException {
  private static final long serialVersionUID = 1;

  DriverLost(String paragraph, Throwable cause) {
    super(paragraph, cause);
  }
}
