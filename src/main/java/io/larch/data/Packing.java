package io.larch.data;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Consumer;

/**
 * Writes encoded pictures as shards: one large file is read faster and copied more easily than a
 * thousand small ones. Pictures are taken over as they are, damaged ones too, in the order of the
 * data set, so that the shards give the same run. Equal data give equal bytes.
 */
public final class Packing {
  private final EncodedPictures pictures;
  private final ShardFormat format;
  private final int perShard;
  private final Consumer<Path> written;
  private int shards;
  private long bytes;

  private Packing(
      EncodedPictures pictures, ShardFormat format, int perShard, Consumer<Path> written) {
    this.pictures = pictures;
    this.format = format;
    this.perShard = perShard;
    this.written = written;
  }

  /** What was written. */
  public record Packed(int trainSamples, int testSamples, int classes, int shards, long bytes) {}

  /**
   * Packs a data set of encoded pictures. The shards are written to {@code out} with {@code .part}
   * at its end, which is renamed when it is complete and removed when that fails.
   *
   * @param perShard pictures in each shard but the last
   * @param out is made and must not be there yet
   * @param written hears of each shard
   * @throws IOException if the shards cannot be written
   * @throws DataUnavailable if a picture cannot be read
   */
  public static Packed pack(
      DataSettings data, ShardFormat format, int perShard, Path out, Consumer<Path> written)
      throws IOException {
    Path target = out.toAbsolutePath().normalize();
    Path part = target.resolveSibling(target.getFileName() + ".part");
    refuseExisting(target, "packing overwrites nothing; name another folder");
    refuseExisting(part, "a packing that still goes on or was cut short left it; remove it");
    Packing packing = new Packing(DataSources.pictures(data), format, perShard, written);
    Files.createDirectories(part);
    try {
      packing.writeAll(part);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      Folders.remove(part);
      throw e;
    }
    return packing.packed();
  }

  private static void refuseExisting(Path path, String cure) {
    if (Files.exists(path)) {
      throw new Refusal("%s is there already: %s".formatted(path, cure));
    }
  }

  private void writeAll(Path folder) throws IOException {
    write(pictures.train(), true, folder);
    write(pictures.test(), false, folder);
    ClassNames.write(folder, pictures.classNames());
  }

  private void write(List<EncodedPicture> part, boolean train, Path folder) throws IOException {
    int count = (part.size() - 1) / perShard + 1;
    for (int shard = 0; shard < count; shard++) {
      Path file = folder.resolve(format.fileName(train, shard, count));
      int first = shard * perShard;
      write(part, first, (int) Math.min((long) first + perShard, part.size()), file);
      shards++;
      bytes += Files.size(file);
      written.accept(file.getFileName());
    }
  }

  private void write(List<EncodedPicture> part, int first, int end, Path file) throws IOException {
    try (Shard shard = format.create(file)) {
      for (int i = first; i < end; i++) {
        EncodedPicture picture = part.get(i);
        int label = picture.label();
        shard.add(i, read(picture), label, pictures.classNames().get(label));
      }
    }
  }

  private static byte[] read(EncodedPicture picture) {
    try {
      return picture.bytes();
    } catch (IOException e) {
      throw new DataUnavailable(
          "picture %s cannot be read: %s; correct or remove it"
              .formatted(picture.name(), e.getMessage()),
          e);
    }
  }

  private Packed packed() {
    return new Packed(
        pictures.train().size(),
        pictures.test().size(),
        pictures.classNames().size(),
        shards,
        bytes);
  }
}
