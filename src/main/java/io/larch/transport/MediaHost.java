package io.larch.transport;

/** A media driver that this node may use. */
interface MediaHost extends AutoCloseable {
  /** The directory of its files. */
  String directory();

  /** This node is known to the driver, which stays from now on. */
  void joined();

  @Override
  void close();
}
