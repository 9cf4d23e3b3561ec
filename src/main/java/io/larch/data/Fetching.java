package io.larch.data;

import io.larch.config.Refusal;
import io.larch.data.Published.RemoteFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Fetches a published data set into a folder that {@link DataSources} can open. A file is fetched
 * beside its place, as {@code NAME.part}, goes on from there after an interruption, and takes its
 * name when its checksum is right. What is there already is not fetched again.
 */
public final class Fetching {
  private static final int PIECE_BYTES = 1 << 16;

  private final Published data;
  private final Path folder;
  private final Download.Deadlines deadlines;
  private final Listener listener;
  private int files;
  private long bytes;

  private Fetching(Published data, Path folder, Download.Deadlines deadlines, Listener listener) {
    this.data = data;
    this.folder = folder;
    this.deadlines = deadlines;
    this.listener = listener;
  }

  /** What was fetched, without what was there already. */
  public record Fetched(int files, long bytes) {}

  /** Hears how fetching goes on, for every piece of some ten thousand bytes. */
  public interface Listener {
    /**
     * Tells how much there is of a file.
     *
     * @param total -1 if the server does not say
     */
    void at(String file, long bytes, long total);
  }

  /**
   * Fetches what is missing of a data set.
   *
   * @param folder is made if need be
   * @throws DataUnavailable if a server does not give a file, not whole, not in time or not the
   *     right one, with the address
   * @throws IOException if the folder cannot be written
   */
  public static Fetched fetch(Published data, Path folder, Listener listener) throws IOException {
    return fetch(data, folder, Download.Deadlines.USUAL, listener);
  }

  static Fetched fetch(Published data, Path folder, Download.Deadlines deadlines, Listener listener)
      throws IOException {
    Files.createDirectories(folder);
    Fetching fetching = new Fetching(data, folder, deadlines, listener);
    if (!data.packed() || Files.notExists(folder.resolve(data.lastUnpacked()))) {
      fetching.run();
    }
    return new Fetched(fetching.files, fetching.bytes);
  }

  private void run() throws IOException {
    for (RemoteFile file : data.files()) {
      Path target = folder.resolve(file.name());
      if (Files.exists(target)) {
        checkPresent(target, file);
      } else {
        fetch(file, target);
      }
      if (data.packed()) {
        Unpacking.unpack(target, folder);
        Files.delete(target);
      }
    }
  }

  private static void checkPresent(Path target, RemoteFile file) throws IOException {
    String found = digest(target, file.algorithm());
    if (!found.equals(file.checksum())) {
      throw new Refusal(
          "%s is there already, but its %s is %s and not the published %s; move it away or name another folder"
              .formatted(target, file.algorithm(), found, file.checksum()));
    }
  }

  private void fetch(RemoteFile file, Path target) throws IOException {
    Path part = target.resolveSibling(file.name() + ".part");
    bytes +=
        new Download(
                data.address(file),
                part,
                deadlines,
                (done, total) -> listener.at(file.name(), done, total))
            .run();
    files++;
    String found = digest(part, file.algorithm());
    if (!found.equals(file.checksum())) {
      Path aside = target.resolveSibling(file.name() + ".damaged");
      Files.move(part, aside, StandardCopyOption.REPLACE_EXISTING);
      throw new DataUnavailable(
          "%s gave a file with %s %s where %s is published; it is put aside as %s: fetch again or name another place with --from"
              .formatted(data.address(file), file.algorithm(), found, file.checksum(), aside));
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String digest(Path file, String algorithm) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      byte[] piece = new byte[PIECE_BYTES];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        digest.update(piece, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm, e);
    }
  }
}
