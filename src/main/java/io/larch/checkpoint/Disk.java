package io.larch.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** All that writing a checkpoint does to a disk, so that a test can end it at any point. */
interface Disk {
  /** Creates a file; the caller owns the result. */
  Sink create(Path file) throws IOException;

  void createFolder(Path folder) throws IOException;

  /** Makes a folder's entries survive a loss of power. */
  void syncFolder(Path folder) throws IOException;

  /** Renames, all or nothing. */
  void rename(Path from, Path to) throws IOException;

  /** Removes a file or an empty folder, if it is still there. */
  void delete(Path file) throws IOException;

  /** A file being written. */
  interface Sink extends WritableByteChannel {
    /** Makes what was written survive a loss of power. */
    void sync() throws IOException;
  }

  /** The machine's own. */
  Disk REAL =
      new Disk() {
        @Override
        public Sink create(Path file) throws IOException {
          return new FileSink(
              FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
        }

        @Override
        public void createFolder(Path folder) throws IOException {
          Files.createDirectory(folder);
        }

        @Override
        public void syncFolder(Path folder) throws IOException {
          if (!isWindows()) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
              channel.force(true);
            }
          }
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
          Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public void delete(Path file) throws IOException {
          Files.deleteIfExists(file);
        }

        /** There a folder cannot be opened, and its journal needs no asking. */
        private static boolean isWindows() {
          return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        }
      };

  /** A file of the machine's disk. */
  record FileSink(FileChannel channel) implements Sink {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      return channel.write(bytes);
    }

    @Override
    public void sync() throws IOException {
      channel.force(true);
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
