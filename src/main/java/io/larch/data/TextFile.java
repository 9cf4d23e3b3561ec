package io.larch.data;

import io.larch.config.Refusal;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Objects;

/**
 * The lines of a text file in UTF-8, plain or compressed, held as bytes and decoded when they are
 * asked for. A line ends with a line feed, before which a carriage return is no part of it; the
 * last need not end so.
 */
public final class TextFile extends AbstractList<String> {
  private final DataFile file;
  private final int[] ends;

  private TextFile(DataFile file, int[] ends) {
    this.file = file;
    this.ends = ends;
  }

  /**
   * Reads a file of this name, or of this name with {@code .gz} behind it, and refuses damaged ones
   * and lines that are not UTF-8.
   */
  public static TextFile read(Path path) {
    Path compressed = path.resolveSibling(path.getFileName() + ".gz");
    Path found = Files.exists(path) || !Files.exists(compressed) ? path : compressed;
    if (!Files.isRegularFile(found)) {
      throw new Refusal(
          "%s is no file, and there is no %s either; check where the text lies"
              .formatted(path, compressed.getFileName()));
    }
    DataFile file = DataFile.read(found);
    file.checkWhole();
    return checked(file);
  }

  /**
   * The lines of a stream, read to its end.
   *
   * @param name of the stream, for the refusal of a line that is not UTF-8
   */
  public static TextFile read(InputStream in, String name) {
    return checked(DataFile.read(in, name));
  }

  private static TextFile checked(DataFile file) {
    TextFile text = new TextFile(file, ends(file.bytes()));
    text.forEach(line -> {});
    return text;
  }

  private static int[] ends(byte[] bytes) {
    int[] ends = new int[1024];
    int lines = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n' || i == bytes.length - 1) {
        ends = lines == ends.length ? Arrays.copyOf(ends, 2 * lines) : ends;
        ends[lines++] = bytes[i] == '\n' ? i : i + 1;
      }
    }
    return Arrays.copyOf(ends, lines);
  }

  @Override
  public int size() {
    return ends.length;
  }

  /** A line, counted from 0. */
  @Override
  public String get(int line) {
    Objects.checkIndex(line, ends.length);
    int from = line == 0 ? 0 : ends[line - 1] + 1;
    int end = ends[line];
    if (end > from && file.bytes()[end - 1] == '\r') {
      end--;
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    try {
      return decoder.decode(ByteBuffer.wrap(file.bytes(), from, end - from)).toString();
    } catch (CharacterCodingException e) {
      throw new Refusal(
          "%s:%d is not UTF-8; convert the file, or mend the line".formatted(file.path(), line + 1),
          e);
    }
  }

  /** Where it was read. */
  public Path path() {
    return file.path();
  }
}
