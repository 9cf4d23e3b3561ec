package io.larch.data;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A file in the IDX format of the MNIST family (LeCun, Cortes and Burges), unsigned bytes only. All
 * integers are big-endian.
 *
 * <pre>
 *   0          0, 0, type, d      type 8 = unsigned byte, d = number of dimensions
 *   4          d × int32          size of each dimension
 *   4 + 4·d    values             row-major
 * </pre>
 */
final class IdxFile {
  /** Dimensions of images: count, rows, columns. */
  static final int IMAGES = 3;

  /** Dimensions of labels: count. */
  static final int LABELS = 1;

  private static final int UNSIGNED_BYTE = 8;

  private final DataFile file;
  private final int[] sizes;

  private IdxFile(DataFile file, int[] sizes) {
    this.file = file;
    this.sizes = sizes;
  }

  /** Reads the header and checks that the file holds just what it announces. */
  static IdxFile parse(DataFile file, int dimensions) {
    ByteBuffer bytes = ByteBuffer.wrap(file.bytes());
    if (bytes.remaining() < headerBytes(dimensions)) {
      file.checkSize(headerBytes(dimensions), "the IDX format for its header alone");
    }
    int magic = bytes.getInt();
    if (magic != magic(dimensions)) {
      throw file.refusal(
          "is no IDX file of %s: expected magic number 0x%08x, found 0x%08x; name another file"
              .formatted(kind(dimensions), magic(dimensions), magic));
    }
    int[] sizes = new int[dimensions];
    for (int i = 0; i < dimensions; i++) {
      sizes[i] = bytes.getInt();
    }
    file.checkSize(
        headerBytes(dimensions) + values(file, sizes), "its header " + Arrays.toString(sizes));
    return new IdxFile(file, sizes);
  }

  private static long values(DataFile file, int[] sizes) {
    long values = 1;
    for (int size : sizes) {
      if (size <= 0 || values * size > Integer.MAX_VALUE) {
        throw file.refusal(
            "announces sizes %s; every size must be positive and their product below 2 GiB"
                .formatted(Arrays.toString(sizes)));
      }
      values *= size;
    }
    return values;
  }

  DataFile file() {
    return file;
  }

  int count() {
    return sizes[0];
  }

  int size(int dimension) {
    return sizes[dimension];
  }

  /** A copy of the values. */
  byte[] values() {
    return Arrays.copyOfRange(file.bytes(), headerBytes(sizes.length), file.bytes().length);
  }

  /** Writes what stands before the values. */
  static void writeHeader(OutputStream out, int... sizes) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(headerBytes(sizes.length));
    header.putInt(magic(sizes.length));
    for (int size : sizes) {
      header.putInt(size);
    }
    out.write(header.array());
  }

  private static int headerBytes(int dimensions) {
    return 4 + 4 * dimensions;
  }

  private static int magic(int dimensions) {
    return UNSIGNED_BYTE << 8 | dimensions;
  }

  private static String kind(int dimensions) {
    return dimensions == IMAGES ? "images" : "labels";
  }
}
