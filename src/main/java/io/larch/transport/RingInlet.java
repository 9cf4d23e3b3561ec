package io.larch.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One stream from one peer of this host. A writer who leaves may come back to a new ring. */
final class RingInlet {
  private final DataAddress from;
  private final Path path;
  private final int ringBytes;
  private final Ring.Reader reader;
  private Ring ring;

  RingInlet(DataAddress from, Path path, int ringBytes, Inlets.Reader to) {
    this.from = from;
    this.path = path;
    this.ringBytes = ringBytes;
    reader = (buffer, at, length) -> to.frame(this, buffer, at, length);
    ring = Ring.create(path, ringBytes);
  }

  DataAddress from() {
    return from;
  }

  int poll(int limit) {
    boolean left = ring.isLeftByWriter();
    int frames = ring.take(reader, limit);
    if (left && frames == 0) {
      Ring next = Ring.create(path, ringBytes);
      ring.leaveAsReader();
      ring = next;
    }
    return frames;
  }

  void close() {
    ring.leaveAsReader();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + path, e);
    }
  }
}
