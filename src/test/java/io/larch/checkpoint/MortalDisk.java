package io.larch.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A disk whose user is killed after so many operations, or which is full after so many bytes. A
 * write takes at most 16 bytes at a time; a killed user does nothing more, not even clean up.
 * Nothing is synced, so that a test may try every point.
 */
final class MortalDisk implements Disk {
  /** The end of the process: no error that anyone handles. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }

  private static final int PIECE_BYTES = 16;

  private final boolean kills;
  private long left;

  private MortalDisk(boolean kills, long left) {
    this.kills = kills;
    this.left = left;
  }

  static MortalDisk immortal() {
    return killedAfter(Long.MAX_VALUE);
  }

  static MortalDisk killedAfter(long operations) {
    return new MortalDisk(true, operations);
  }

  static MortalDisk fullAfter(long bytes) {
    return new MortalDisk(false, bytes);
  }

  /** Operations not yet used up. */
  long left() {
    return left;
  }

  @Override
  public Sink create(Path file) throws IOException {
    operation();
    Sink sink = REAL.create(file);
    return new Sink() {
      @Override
      public int write(ByteBuffer bytes) throws IOException {
        return writeSome(sink, bytes);
      }

      @Override
      public void sync() throws IOException {
        operation();
      }

      @Override
      public boolean isOpen() {
        return sink.isOpen();
      }

      @Override
      public void close() throws IOException {
        sink.close();
      }
    };
  }

  private int writeSome(Sink sink, ByteBuffer bytes) throws IOException {
    int count = kills ? Math.min(PIECE_BYTES, bytes.remaining()) : room(bytes.remaining());
    operation();
    int limit = bytes.limit();
    SafeTensors.writeFully(sink, bytes.limit(bytes.position() + count));
    bytes.limit(limit);
    return count;
  }

  private int room(int bytes) throws IOException {
    if (left == 0) {
      throw new IOException("No space left on device");
    }
    int count = (int) Math.min(left, bytes);
    left -= count;
    return count;
  }

  @Override
  public void createFolder(Path folder) throws IOException {
    operation();
    REAL.createFolder(folder);
  }

  @Override
  public void syncFolder(Path folder) throws IOException {
    operation();
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    operation();
    REAL.rename(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    operation();
    REAL.delete(file);
  }

  private void operation() {
    if (kills && left-- == 0) {
      throw new Killed();
    }
  }
}
