package io.larch.data;

import io.larch.config.PictureSettings;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Reads picture files of no data set, as a run's evaluation reads its test pictures. */
public final class PictureFiles {
  private final PictureReader reader;
  private final RandomStream unused = RandomStream.of(0, Purpose.AUGMENTATION);

  public PictureFiles(PictureSettings settings) {
    reader = PictureReader.testing(List.of(), settings);
  }

  /**
   * Reads a file.
   *
   * @param images receives normalised floats [3, size, size] from its index 0 on
   * @return why it cannot be read or decoded, if so
   */
  public Optional<String> read(Path file, FloatBuffer images) {
    try {
      reader.write(new PictureFile(file, file.toString(), 0, 0), unused, images, 0);
      return Optional.empty();
    } catch (PictureDamaged e) {
      return Optional.of(e.getMessage());
    }
  }
}
