package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureDecoderTest {
  private static int difference(byte a, byte b) {
    return Math.abs((a & 0xFF) - (b & 0xFF));
  }

  @Test
  void shouldDecodeToBlueGreenRed() throws Exception {
    byte[] png = Drawn.encode("png", 2, 1, (x, y) -> x == 0 ? 0x010203 : 0xFFFEFD);
    assertArrayEquals(new byte[] {3, 2, 1, -3, -2, -1}, PictureDecoder.decode(png));
  }

  @Test
  void shouldDecodeJpegNearTheOriginal() throws Exception {
    byte[] png = PictureDecoder.decode(Drawn.encode("png", 61, 47, Drawn::gradient));
    byte[] jpeg = PictureDecoder.decode(Drawn.encode("jpg", 61, 47, Drawn::gradient));
    assertEquals(png.length, jpeg.length);
    for (int i = 0; i < png.length; i++) {
      assertTrue(difference(png[i], jpeg[i]) <= 12, "byte " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void shouldShowTheSameWhenDecodedAtReducedSize(int by) throws Exception {
    byte[] png = Drawn.encode("png", 249, 203, Drawn::gradient);
    byte[] jpeg = Drawn.encode("jpg", 249, 203, Drawn::gradient);
    View view = new View(17, 9, 16 * by, 12 * by, 16, 12, 0, 0, false);
    assertEquals(by, view.reduction().orElseThrow());
    byte[] exact = PictureDecoder.decode(png, PictureHeader.of(png), view);
    byte[] reduced = PictureDecoder.decode(jpeg, PictureHeader.of(jpeg), view);
    for (int i = 0; i < exact.length; i++) {
      assertTrue(difference(exact[i], reduced[i]) <= by + 6, "byte " + i);
    }
  }

  @Test
  void shouldKnowPicturesByTheirContents() throws Exception {
    assertEquals(
        new PictureHeader(false, 5, 9),
        PictureHeader.of(Drawn.encode("png", 5, 9, Drawn::gradient)));
    assertEquals(
        new PictureHeader(true, 5, 9),
        PictureHeader.of(Drawn.encode("jpg", 5, 9, Drawn::gradient)));
  }

  @Test
  void shouldRefuseTruncatedPictures() throws Exception {
    byte[] jpeg = Drawn.encode("jpg", 90, 90, Drawn::gradient);
    byte[] png = Drawn.encode("png", 90, 90, Drawn::gradient);
    for (byte[] whole : new byte[][] {jpeg, png}) {
      for (int length = 0; length < whole.length - 12; length += 7) {
        byte[] begin = Arrays.copyOf(whole, length);
        assertThrows(PictureDamaged.class, () -> PictureDecoder.decode(begin));
      }
    }
  }

  @Test
  void shouldRefuseWhatIsNoPicture() {
    byte[] text = "a text of some length, no picture".getBytes(StandardCharsets.US_ASCII);
    PictureDamaged refused = assertThrows(PictureDamaged.class, () -> PictureDecoder.decode(text));
    assertEquals("its 33 bytes are neither JPEG nor PNG", refused.getMessage());
  }

  @Test
  void shouldRefuseAbsurdSizesBeforeDecoding() throws Exception {
    byte[] png = Drawn.encode("png", 5, 9, Drawn::gradient);
    png[16] = 0x7F;
    PictureDamaged refused = assertThrows(PictureDamaged.class, () -> PictureDecoder.decode(png));
    assertTrue(refused.getMessage().contains("it claims 2130706437 × 9"), refused.getMessage());
  }

  @Test
  void shouldSurviveAnyDamage() throws Exception {
    byte[] jpeg = Drawn.encode("jpg", 40, 40, Drawn::gradient);
    int refused = 0;
    for (int at = 0; at < jpeg.length; at++) {
      byte[] damaged = jpeg.clone();
      damaged[at] ^= (byte) 0x5A;
      try {
        PictureDecoder.decode(damaged);
      } catch (PictureDamaged e) {
        refused++;
      }
    }
    assertTrue(refused > 20 && refused < jpeg.length, refused + " of " + jpeg.length);
  }
}
