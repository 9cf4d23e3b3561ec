package io.larch.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntBinaryOperator;
import javax.imageio.ImageIO;

/** Pictures made for tests. */
public final class Drawn {
  private Drawn() {}

  /**
   * Encodes a picture.
   *
   * @param format png or jpg
   * @param color gives 0xRRGGBB at (x, y)
   */
  public static byte[] encode(String format, int width, int height, IntBinaryOperator color)
      throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, color.applyAsInt(x, y));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!ImageIO.write(image, format, out)) {
      throw new IOException("no writer for " + format);
    }
    return out.toByteArray();
  }

  /** A smooth picture with a different colour at every place. */
  static int gradient(int x, int y) {
    return ((x & 0xFF) << 16) | ((y & 0xFF) << 8) | (((x + y) / 2) & 0xFF);
  }

  /**
   * Class folders with PNGs of 8 × 6 pixels of one colour each: red is 10 times the label, green
   * the number of the picture.
   */
  public static void folders(Path root, int train, int test, String... classes) throws IOException {
    for (int label = 0; label < classes.length; label++) {
      fill(root.resolve("train").resolve(classes[label]), label, train);
      fill(root.resolve("val").resolve(classes[label]), label, test);
    }
  }

  private static void fill(Path folder, int label, int count) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < count; i++) {
      int color = ((10 * label) << 16) | (i << 8);
      Files.write(folder.resolve(i + ".png"), encode("png", 8, 6, (x, y) -> color));
    }
  }
}
