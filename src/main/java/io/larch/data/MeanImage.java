package io.larch.data;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * The mean of a data set's training pictures, as Krizhevsky, Sutskever and Hinton (2012, section 2)
 * subtract it, kept as a PNG of the size that the network sees. Here it is the mean of the centres
 * that evaluation sees, rounded to whole pixel values.
 */
public final class MeanImage {
  private static final int CHANNELS = 3;
  private static final int BATCH = 64;

  private MeanImage() {}

  /**
   * Pixel values, [3, size, size], red, green and blue planes.
   *
   * @throws Refusal if the file is no picture of that size
   */
  static float[] read(Path file, int size) {
    byte[] pixels;
    try {
      byte[] encoded = Files.readAllBytes(file);
      PictureHeader header = PictureHeader.of(encoded);
      if (header.width() != size || header.height() != size) {
        throw new Refusal(
            "The mean image %s has %d x %d pixels but the network sees %d x %d; make one by larch data mean-image with the same larch.data.image-size."
                .formatted(file, header.width(), header.height(), size, size));
      }
      pixels = PictureDecoder.decode(encoded);
    } catch (IOException | PictureDamaged e) {
      throw new Refusal(
          "The mean image %s (larch.data.mean-image) cannot be read: %s; make one by larch data mean-image."
              .formatted(file, e.getMessage()),
          e);
    }
    return planes(pixels, size * size);
  }

  private static float[] planes(byte[] bgr, int plane) {
    float[] values = new float[CHANNELS * plane];
    for (int i = 0; i < values.length; i++) {
      values[i] = bgr[CHANNELS * (i % plane) + CHANNELS - 1 - i / plane] & 0xFF;
    }
    return values;
  }

  /**
   * Computes the mean over all pictures that a run trains on, those without weight left out, and
   * writes it; the sums are whole numbers, so equal data give equal bytes.
   *
   * @param data without a mean image
   * @return number of pictures
   */
  public static int write(DataSettings data, Path file) {
    int size = data.pictures().imageSize();
    List<EncodedPicture> pictures =
        PictureSource.open(DataSources.pictures(data), data).pictures().train().stream()
            .filter(picture -> picture.label() != Labels.WEIGHTLESS)
            .toList();
    PictureReader reader = PictureReader.testing(pictures, data.pictures().withPixelValues());
    long[] sums = new long[CHANNELS * size * size];
    FloatBuffer images = FloatBuffer.allocate(BATCH * sums.length);
    int count = pictures.size();
    for (int first = 0; first < count; first += BATCH) {
      int some = Math.min(BATCH, count - first);
      reader.read(first, some, images, new int[BATCH]);
      for (int i = 0; i < some * sums.length; i++) {
        sums[i % sums.length] += Math.round(images.get(i));
      }
    }
    write(sums, count, size, file);
    return count;
  }

  private static void write(long[] sums, int count, int size, Path file) {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    int plane = size * size;
    for (int i = 0; i < plane; i++) {
      int color = 0;
      for (int c = 0; c < CHANNELS; c++) {
        color = color << 8 | (int) Math.round((double) sums[c * plane + i] / count);
      }
      image.setRGB(i % size, i / size, color);
    }
    try {
      ImageIO.write(image, "png", file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
