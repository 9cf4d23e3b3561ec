package io.larch.data;

import io.larch.config.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** A file read whole, decompressed if its name ends with {@code .gz}. */
final class DataFile {
  private static final String GZIP = ".gz";
  private static final int PIECE_BYTES = 1 << 16;

  private final Path path;
  private final byte[] bytes;
  private final String damage;

  private DataFile(Path path, byte[] bytes, String damage) {
    this.path = path;
    this.bytes = bytes;
    this.damage = damage;
  }

  /**
   * Reads a file. Compressed data that end too soon or are broken do not fail here but at {@link
   * #checkSize}, which knows what should have been there.
   */
  static DataFile read(Path path) {
    try {
      if (path.toString().endsWith(GZIP)) {
        return decompress(path);
      }
      return new DataFile(path, Files.readAllBytes(path), null);
    } catch (IOException e) {
      throw new Refusal(path + " cannot be read: " + e + "; check the file and its permissions", e);
    }
  }

  /** Reads a stream to its end, without decompressing. */
  static DataFile read(InputStream in, String name) {
    try {
      return new DataFile(Path.of(name), in.readAllBytes(), null);
    } catch (IOException e) {
      throw new Refusal(name + " cannot be read: " + e, e);
    }
  }

  private static DataFile decompress(Path path) throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream(PIECE_BYTES);
    String damage = null;
    try (InputStream in = new GZIPInputStream(Files.newInputStream(path), PIECE_BYTES)) {
      byte[] piece = new byte[PIECE_BYTES];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        whole.write(piece, 0, n);
      }
    } catch (EOFException | ZipException e) {
      damage = e.getMessage() == null ? "they end too soon" : e.getMessage();
    }
    return new DataFile(path, whole.toByteArray(), damage);
  }

  Path path() {
    return path;
  }

  /** The file's name, without {@code .gz}. */
  String name() {
    String name = path.getFileName().toString();
    return name.endsWith(GZIP) ? name.substring(0, name.length() - GZIP.length()) : name;
  }

  /** The (decompressed) contents; callers must not write. */
  byte[] bytes() {
    return bytes;
  }

  /**
   * Refuses contents of another size than announced, and damaged ones.
   *
   * @param announced where the expectation comes from, such as {@code its header [60000]}
   */
  void checkSize(long expected, String announced) {
    if (bytes.length != expected) {
      String what = bytes.length < expected ? "is truncated" : "is longer than it says";
      throw refusal(
          "%s: expected %d bytes by %s, found %d bytes%s; fetch the file again"
              .formatted(what, expected, announced, bytes.length, damageClause()));
    }
    checkWhole();
  }

  /** Refuses compressed contents that end too soon or are broken. */
  void checkWhole() {
    if (damage != null) {
      throw refusal("is damaged:%s; fetch the file again".formatted(damageClause()));
    }
  }

  private String damageClause() {
    return damage == null ? "" : " in gzip data that are broken (" + damage + ")";
  }

  /** A refusal that begins with this file's path. */
  Refusal refusal(String rest) {
    return new Refusal(path + " " + rest);
  }
}
