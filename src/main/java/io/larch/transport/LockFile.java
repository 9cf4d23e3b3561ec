package io.larch.transport;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.larch.config.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A lock between processes, over a file that exists while someone holds it and is left behind only
 * by one who was killed; the system then frees the lock. The holder deletes the file before it
 * unlocks, so whoever locks a file must see that it is still the one of that name: it gives the
 * file a random length and asks for the length of that name. Opening it a second time would not do:
 * the system frees a process's locks on a file when that process closes it once, wherever.
 */
final class LockFile implements AutoCloseable {
  private static final int LONGEST = 1 << 24;

  private final Path path;
  private final FileChannel channel;
  private final boolean leftBehind;

  private LockFile(Path path, FileChannel channel, boolean leftBehind) {
    this.path = path;
    this.channel = channel;
    this.leftBehind = leftBehind;
  }

  /** Takes the lock, or returns nothing where another holds it. */
  static Optional<LockFile> tryLock(Path path) {
    try {
      return tryLock(path, FileChannel.open(path, CREATE, READ, WRITE));
    } catch (IOException e) {
      throw unusable(path, e);
    }
  }

  private static Optional<LockFile> tryLock(Path path, FileChannel channel) throws IOException {
    boolean taken = false;
    try {
      boolean free = locks(channel);
      LockFile lock = new LockFile(path, channel, channel.size() > 0);
      taken = free && lock.isOfThatName();
      return taken ? Optional.of(lock) : Optional.empty();
    } finally {
      if (!taken) {
        channel.close();
      }
    }
  }

  /** Whether someone holds the lock; the file stays as it is. */
  static boolean isHeld(Path path) {
    try (FileChannel channel = FileChannel.open(path, WRITE)) {
      return !locks(channel);
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      throw unusable(path, e);
    }
  }

  private static Refusal unusable(Path path, IOException e) {
    return new Refusal(
        "The lock file %s cannot be used (%s); set larch.cluster.transport.driver.directory to a place where files can be made."
            .formatted(path, e),
        e);
  }

  private static boolean locks(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private boolean isOfThatName() throws IOException {
    int length = 1 + ThreadLocalRandom.current().nextInt(LONGEST);
    channel.truncate(0);
    channel.write(ByteBuffer.allocate(1), length - 1);
    try {
      return Files.size(path) == length;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Whether the one before was killed while it held the lock. */
  boolean leftBehind() {
    return leftBehind;
  }

  @Override
  public void close() {
    try (channel) {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException("the lock file " + path + " cannot be removed", e);
    }
  }
}
