package io.larch.data;

/**
 * What the first bytes of a picture say, whatever its name: PNG (ISO 15948) begins with a fixed
 * signature and the chunk IHDR, JPEG (ITU-T T.81) is a sequence of segments.
 *
 * <pre>
 *   PNG   0 signature, 8 bytes   8 length  12 "IHDR"  16 width, u32  20 height, u32
 *   JPEG  0 FF D8   then segments: FF, marker, length u16 with itself, data …
 *         a start of frame is FF, C0 to CF but C4 C8 CC, length, bits u8, height u16, width u16
 * </pre>
 *
 * All numbers are big-endian.
 */
record PictureHeader(boolean jpeg, int width, int height) {
  /** More than any photograph has, and what a decoder can hold: 3 bytes each. */
  private static final long MOST_PIXELS = 1L << 28;

  private static final long PNG_SIGNATURE = 0x89504E470D0A1A0AL;
  private static final int START_OF_SCAN = 0xDA;
  private static final int END_OF_IMAGE = 0xD9;

  /** Reads a header; refuses what is neither JPEG nor PNG, absurd sizes and truncated JPEGs. */
  static PictureHeader of(byte[] bytes) throws PictureDamaged {
    PictureHeader header;
    if (isPng(bytes)) {
      header = new PictureHeader(false, (int) number(bytes, 16, 4), (int) number(bytes, 20, 4));
    } else if (bytes.length >= 4 && number(bytes, 0, 2) == 0xFFD8) {
      header = jpeg(bytes);
    } else {
      throw new PictureDamaged("its %d bytes are neither JPEG nor PNG".formatted(bytes.length));
    }
    header.checkSize();
    return header;
  }

  /** Whether a picture begins as a PNG does. */
  static boolean isPng(byte[] bytes) {
    return bytes.length >= 24 && number(bytes, 0, 8) == PNG_SIGNATURE;
  }

  private void checkSize() throws PictureDamaged {
    if (width < 1 || height < 1 || (long) width * height > MOST_PIXELS) {
      throw new PictureDamaged(
          "it claims %s × %s pixels; from 1 to %d are possible"
              .formatted(
                  Integer.toUnsignedString(width), Integer.toUnsignedString(height), MOST_PIXELS));
    }
  }

  private static PictureHeader jpeg(byte[] bytes) throws PictureDamaged {
    PictureHeader frame = null;
    int at = 2;
    while (at + 4 <= bytes.length) {
      int marker = bytes[at + 1] & 0xFF;
      if (bytes[at] != (byte) 0xFF || marker == 0xFF) {
        at++;
      } else if (marker == START_OF_SCAN && frame != null) {
        checkEnd(bytes, at);
        return frame;
      } else if (isStartOfFrame(marker) && at + 9 <= bytes.length) {
        frame =
            new PictureHeader(true, (int) number(bytes, at + 7, 2), (int) number(bytes, at + 5, 2));
        at += 9;
      } else {
        at += standsAlone(marker) ? 2 : 2 + Math.max(2, (int) number(bytes, at + 2, 2));
      }
    }
    throw new PictureDamaged("it is a JPEG without " + (frame == null ? "frame" : "scan"));
  }

  private static boolean isStartOfFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  /** Stuffing, restarts and the like are followed by no length. */
  private static boolean standsAlone(int marker) {
    return marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8);
  }

  /** Decoders paint what is missing grey and say nothing. */
  private static void checkEnd(byte[] bytes, int scan) throws PictureDamaged {
    for (int at = bytes.length - 2; at > scan; at--) {
      if (bytes[at] == (byte) 0xFF && bytes[at + 1] == (byte) END_OF_IMAGE) {
        return;
      }
    }
    throw new PictureDamaged("it is truncated: the end marker is missing");
  }

  private static long number(byte[] bytes, int at, int count) {
    long number = 0;
    for (int i = at; i < at + count; i++) {
      number = number << 8 | (bytes[i] & 0xFF);
    }
    return number;
  }
}
