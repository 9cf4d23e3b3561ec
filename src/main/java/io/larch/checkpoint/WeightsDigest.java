package io.larch.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;

/**
 * The SHA-256 by which two trained networks are compared: over all parameters and running
 * statistics in order of name, each as its UTF-8 name, a zero byte, then its float32 values
 * little-endian in row-major order.
 */
public final class WeightsDigest {
  private final Sha256 sha = new Sha256();
  private final Floats floats = new Floats();

  private WeightsDigest() {}

  /** The digest of tensors given in any order. */
  public static String sha256(List<NamedTensor> tensors) {
    WeightsDigest digest = new WeightsDigest();
    tensors.stream().sorted(Comparator.comparing(NamedTensor::name)).forEach(digest::add);
    return digest.sha.hex();
  }

  /** The digest of a file's tensors, read one at a time. */
  static String sha256(SafeTensorsFile file) throws IOException {
    WeightsDigest digest = new WeightsDigest();
    for (String name : file.names().stream().sorted().toList()) {
      digest.add(file.read(name));
    }
    return digest.sha.hex();
  }

  private void add(NamedTensor tensor) {
    sha.update(tensor.name().getBytes(StandardCharsets.UTF_8)).update(new byte[1]);
    floats.encode(tensor.values(), sha::update);
  }
}
