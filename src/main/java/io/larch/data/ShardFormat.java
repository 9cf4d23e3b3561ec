package io.larch.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The kinds of shards that can be written; each is called as the data set that reads it. */
public enum ShardFormat {
  WEBDATASET {
    @Override
    String fileName(boolean train, int shard, int shards) {
      return "%s-%05d.tar".formatted(train ? "train" : "val", shard);
    }

    @Override
    Shard create(Path file) throws IOException {
      return new TarShard(file);
    }
  },

  TFRECORD {
    @Override
    String fileName(boolean train, int shard, int shards) {
      return "%s-%05d-of-%05d".formatted(train ? "train" : "validation", shard, shards);
    }

    @Override
    Shard create(Path file) throws IOException {
      return new TfShard(file);
    }
  };

  abstract String fileName(boolean train, int shard, int shards);

  /** Begins a shard; the caller owns it. */
  abstract Shard create(Path file) throws IOException;

  /** The name of the data set that reads it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All names. */
  public static List<String> names() {
    return Stream.of(values()).map(ShardFormat::toString).toList();
  }
}
