package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Unusual JPEGs against pictures decoded by another program, where the samples are at hand (see
 * {@link RealDataTest}). Inverse transforms and colour conversions are not exact, so a byte may
 * differ by 4 and, on average, by 1.
 */
class AwkwardPicturesTest {
  private static Path folder() {
    return RealDataTest.folder("imagenet-sample/awkward");
  }

  private static byte[] bytes(String name) throws Exception {
    Path file = folder().resolve(name);
    assumeTrue(Files.exists(file), file + " is absent");
    return Files.readAllBytes(file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "16bit-qtables",
        "extraneous-data",
        "grayscale_16x24_sampling2x2",
        "jpg-cmyk-1",
        "jpg-cmyk-2",
        "jpg-gray",
        "jpg-progressive",
        "jpg-size-17x17",
        "jpg-size-1x1",
        "jpg-size-33x33",
        "jpg-srgb-icc",
        "non-interleaved-mcu",
        "partial_progressive",
        "progressive3",
        "restarts",
        "rgb",
        "ycck",
      })
  void shouldDecodeToTheReferencePicture(String name) throws Exception {
    byte[] expected = PictureDecoder.decode(bytes("ref-png/" + name + ".png"));
    byte[] decoded = PictureDecoder.decode(bytes(name + ".jpg"));
    assertEquals(expected.length, decoded.length);
    long sum = 0;
    for (int i = 0; i < decoded.length; i++) {
      int difference = Math.abs((expected[i] & 0xFF) - (decoded[i] & 0xFF));
      assertTrue(difference <= 4, "byte " + i + " differs by " + difference);
      sum += difference;
    }
    assertTrue(sum <= decoded.length, "mean difference " + (double) sum / decoded.length);
  }

  @ParameterizedTest
  @CsvSource({
    "png_named_as_jpeg.JPEG, 250, 167",
    "tower_grayscale.jpg, 512, 512",
    "tower_progressive.jpg, 512, 512",
    "tower.jpg, 512, 512",
    "mjpeg.jpg, 960, 720",
    "large_image.jpg, 2268, 1512",
  })
  void shouldDecodeWhatHasNoReference(String name, int width, int height) throws Exception {
    assertEquals(3 * width * height, PictureDecoder.decode(bytes(name)).length);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jpeg_lossless_sel1.jpg",
        "malformed/empty.jpg",
        "malformed/missing-sof.jpg",
        "malformed/missing-sos.jpg",
        "malformed/null_height.jpg",
        "malformed/invalid-dimensions.jpg",
        "malformed/max_size.jpg",
        "malformed/derive-huffman-codes-overflow.jpg",
        "malformed/invalid-prediction-shift.jpg",
      })
  void shouldRefuseWhatCannotBeDecoded(String name) throws Exception {
    byte[] bytes = bytes(name);
    assertThrows(PictureDamaged.class, () -> PictureDecoder.decode(bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dc-predictor-overflow",
        "extraneous-bytes-after-sos",
        "multiple-0xff-before-eoi",
        "subtract-with-overflow",
      })
  void shouldDecodeWhatOthersDecodeToo(String name) throws Exception {
    assertTrue(PictureDecoder.decode(bytes("malformed/" + name + ".jpg")).length > 0);
  }

  @Test
  void shouldIgnoreTheOrientationOfExif() throws Exception {
    Path natural = RealDataTest.folder("imagenet-sample/natural");
    byte[] rotated =
        Files.readAllBytes(natural.resolve("train/n02951585/n02951585_can_opener.JPEG"));
    PictureHeader header = PictureHeader.of(rotated);
    assertEquals(3 * header.width() * header.height(), PictureDecoder.decode(rotated).length);
  }
}
