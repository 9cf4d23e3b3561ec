package io.larch.transport;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * A lock between processes, over a file that exists while someone holds it and is left behind only
 * by one who was killed; the system then frees the lock. The holder deletes the file before it
 * unlocks, so whoever locks a file must see that it is still the one of that name: it writes a word
 * and reads it back by the name.
 */
final class LockFile implements AutoCloseable {
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
      FileChannel channel = FileChannel.open(path, CREATE, READ, WRITE);
      if (!locks(channel)) {
        channel.close();
        return Optional.empty();
      }
      LockFile lock = new LockFile(path, channel, channel.size() > 0);
      return lock.isOfThatName() ? Optional.of(lock) : lock.abandoned();
    } catch (IOException e) {
      throw new UncheckedIOException("the lock file " + path + " cannot be used", e);
    }
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
    String word = ProcessHandle.current().pid() + " " + UUID.randomUUID();
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(word.getBytes(StandardCharsets.UTF_8)), 0);
    try {
      return Files.readString(path).equals(word);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private Optional<LockFile> abandoned() throws IOException {
    channel.close();
    return Optional.empty();
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
