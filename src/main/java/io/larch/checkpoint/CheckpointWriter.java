package io.larch.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the files of one checkpoint into a folder of its own and syncs them. */
final class CheckpointWriter {
  private final Disk disk;
  private final Path folder;
  private final Map<String, String> digests = new TreeMap<>();

  CheckpointWriter(Disk disk, Path folder) {
    this.disk = disk;
    this.folder = folder;
  }

  void write(
      Position position,
      String runConf,
      Map<String, List<String>> texts,
      List<NamedTensor> model,
      List<NamedTensor> optimizer)
      throws IOException {
    disk.createFolder(folder);
    file(Checkpoint.MODEL, channel -> SafeTensors.write(channel, model));
    file(Checkpoint.OPTIMIZER, channel -> SafeTensors.write(channel, optimizer));
    file(Checkpoint.RUN, channel -> writeBytes(channel, runConf.getBytes(StandardCharsets.UTF_8)));
    for (Map.Entry<String, List<String>> text : texts.entrySet()) {
      file(text.getKey(), channel -> writeLines(channel, text.getValue()));
    }
    Meta meta = new Meta(position, WeightsDigest.sha256(model), digests);
    file(Meta.FILE, channel -> writeBytes(channel, meta.encode()));
    disk.syncFolder(folder);
  }

  private interface Content {
    void write(WritableByteChannel channel) throws IOException;
  }

  private void file(String name, Content content) throws IOException {
    try (Disk.Sink sink = disk.create(folder.resolve(name))) {
      Digesting digesting = new Digesting(sink, new Sha256());
      content.write(digesting);
      sink.sync();
      digests.put(name, digesting.sha.hex());
    }
  }

  private static void writeLines(WritableByteChannel channel, List<String> lines)
      throws IOException {
    String text = lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    writeBytes(channel, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void writeBytes(WritableByteChannel channel, byte[] bytes) throws IOException {
    SafeTensors.writeFully(channel, ByteBuffer.wrap(bytes));
  }

  /** Digests what passes through. */
  private record Digesting(WritableByteChannel channel, Sha256 sha) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      ByteBuffer written = bytes.duplicate();
      int count = channel.write(bytes);
      sha.update(written.limit(written.position() + count));
      return count;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
