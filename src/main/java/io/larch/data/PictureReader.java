package io.larch.data;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.LongToIntFunction;

/**
 * Decodes pictures when they are asked for. Every random number of augmentation is that of the
 * position, so it does not matter who decodes.
 */
final class PictureReader implements Reader {
  private final List<EncodedPicture> pictures;
  private final LongToIntFunction order;
  private final Cropping cropping;
  private final double jitter;
  private final RandomStream random;
  private final PictureWriter writer;

  private PictureReader(
      List<EncodedPicture> pictures,
      LongToIntFunction order,
      Cropping cropping,
      double jitter,
      RandomStream random,
      PictureSettings settings) {
    this.pictures = pictures;
    this.order = order;
    this.cropping = cropping;
    this.jitter = jitter;
    this.random = random;
    this.writer = new PictureWriter(settings);
  }

  /** The endless stream of a run's seed, in the same order as {@link TrainingStream}. */
  static PictureReader training(List<EncodedPicture> pictures, DataSettings data, long seed) {
    int size = pictures.size();
    Permutations permutations = new Permutations(size, RandomStream.of(seed, Purpose.SAMPLE_ORDER));
    return new PictureReader(
        pictures,
        position -> permutations.of(position / size)[(int) (position % size)],
        Cropping.training(data),
        data.pictures().colorJitter(),
        RandomStream.of(seed, Purpose.AUGMENTATION),
        data.pictures());
  }

  /** Pictures by index, their centres. */
  static PictureReader testing(List<EncodedPicture> pictures, PictureSettings settings) {
    return new PictureReader(
        pictures,
        position -> (int) Objects.checkIndex(position, (long) pictures.size()),
        Cropping.centre(settings),
        0,
        RandomStream.of(0, Purpose.AUGMENTATION),
        settings);
  }

  @Override
  public void read(long first, int count, FloatBuffer images, int[] labels) {
    for (int i = 0; i < count; i++) {
      EncodedPicture picture = pictures.get(order.applyAsInt(first + i));
      labels[i] = picture.label();
      if (labels[i] == Labels.WEIGHTLESS) {
        writer.writeMeanColor(images, i);
      } else {
        writeOrNameIt(picture, random.at(first + i), images, i);
      }
    }
  }

  private static byte[] bytes(EncodedPicture picture) throws PictureDamaged {
    try {
      return picture.bytes();
    } catch (IOException e) {
      throw new PictureDamaged("it cannot be read: " + e, e);
    }
  }

  private void writeOrNameIt(
      EncodedPicture picture, RandomStream own, FloatBuffer images, int slot) {
    try {
      write(picture, own, images, slot);
    } catch (PictureDamaged e) {
      throw new DataUnavailable(
          "picture %s: %s; correct or remove it, or larch.data.damaged = weightless goes on without it"
              .formatted(picture.name(), e.getMessage()),
          e);
    }
  }

  /** Writes a picture, seen as its own random numbers say, to a place of {@code images}. */
  void write(EncodedPicture picture, RandomStream own, FloatBuffer images, int slot)
      throws PictureDamaged {
    byte[] encoded = bytes(picture);
    PictureHeader header = PictureHeader.of(encoded);
    View view = cropping.view(header.width(), header.height(), own);
    byte[] scaled = PictureDecoder.decode(encoded, header, view);
    if (jitter == 0) {
      writer.write(scaled, view, images, slot);
    } else {
      ColorJitter colors = ColorJitter.draw(jitter, own, Cropping.NUMBERS);
      writer.write(scaled, view, colors, images, slot);
    }
  }
}
