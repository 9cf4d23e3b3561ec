package io.larch.transport;

/** A media driver that this node may use. */
interface MediaHost extends AutoCloseable {
  /** The directory of its files. */
  String directory();

  /** Whether the driver's process lives; cheap enough to ask once a second. */
  boolean isAlive();

  /** This node polls, now: a driver without a thread of its own works. */
  default void polled() {}

  /** This node is known to the driver, which stays from now on. */
  void joined();

  @Override
  void close();
}
