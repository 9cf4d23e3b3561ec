package io.larch.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An open safetensors file whose header has been checked. */
public final class SafeTensorsFile implements AutoCloseable {
  /** The format's own limit. */
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private final Path file;
  private final FileChannel channel;
  private final long dataFrom;
  private final Map<String, SafeTensorsHeader.Entry> entries = new LinkedHashMap<>();
  private final Floats floats = new Floats();

  private SafeTensorsFile(Path file, FileChannel channel, long dataFrom, SafeTensorsHeader header) {
    this.file = file;
    this.channel = channel;
    this.dataFrom = dataFrom;
    header.entries().stream()
        .filter(SafeTensorsHeader.Entry::isFloat)
        .forEach(entry -> entries.put(entry.name(), entry));
  }

  static SafeTensorsFile open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return read(file, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static SafeTensorsFile read(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    long headerBytes = headerBytes(file, channel);
    long dataFrom = SafeTensors.LENGTH_BYTES + headerBytes;
    if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES || dataFrom > size) {
      throw new Damaged(file, "its header claims " + headerBytes + " bytes, the file has " + size);
    }
    byte[] json = new byte[(int) headerBytes];
    readFully(file, channel, ByteBuffer.wrap(json), SafeTensors.LENGTH_BYTES);
    return new SafeTensorsFile(
        file, channel, dataFrom, SafeTensorsHeader.parse(file, json, size - dataFrom));
  }

  private static long headerBytes(Path file, FileChannel channel) throws IOException {
    ByteBuffer length =
        ByteBuffer.allocate(SafeTensors.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(file, channel, length, 0);
    return length.getLong(0);
  }

  /** Names of the float32 tensors, in the order of their values. */
  public Set<String> names() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  /** The shape of a tensor that is there. */
  public List<Integer> shape(String name) {
    return entry(name).shape();
  }

  /** Fills the tensor's values; name and shape must be those of the file. */
  public void read(NamedTensor tensor) throws IOException {
    SafeTensorsHeader.Entry entry = entry(tensor.name());
    if (!entry.shape().equals(tensor.shape())) {
      throw new IllegalArgumentException(
          tensor.name()
              + " has shape "
              + entry.shape()
              + " in "
              + file
              + ", not "
              + tensor.shape());
    }
    long[] next = {dataFrom + entry.from()};
    floats.decode(
        tensor.values(),
        bytes -> {
          long at = next[0];
          next[0] += bytes.remaining();
          readFully(file, channel, bytes, at);
        });
  }

  /** Reads a tensor into memory of its own. */
  public NamedTensor read(String name) throws IOException {
    SafeTensorsHeader.Entry entry = entry(name);
    int count = Math.toIntExact((entry.to() - entry.from()) / Float.BYTES);
    NamedTensor tensor = new NamedTensor(name, entry.shape(), FloatBuffer.allocate(count));
    read(tensor);
    return tensor;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private SafeTensorsHeader.Entry entry(String name) {
    SafeTensorsHeader.Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(file + " has no tensor " + name);
    }
    return entry;
  }

  private static void readFully(Path file, FileChannel channel, ByteBuffer bytes, long from)
      throws IOException {
    long at = from;
    while (bytes.hasRemaining()) {
      int count = channel.read(bytes, at);
      if (count < 0) {
        throw new Damaged(file, "it ends at byte " + at);
      }
      at += count;
    }
  }
}
