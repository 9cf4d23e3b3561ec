package io.larch.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * A digest by which nodes agree that they train on the same data, wherever these lie: names, sizes
 * and labels, but no paths, and alike whether files are compressed or not.
 */
final class Fingerprint {
  private final MessageDigest digest;

  Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  Fingerprint text(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    return this;
  }

  Fingerprint files(List<DataFile> files) {
    files.stream()
        .sorted(Comparator.comparing(DataFile::name))
        .forEach(file -> text(file.name() + " " + file.bytes().length));
    return this;
  }

  Fingerprint labels(Labels data) {
    text(data.size() + " labels");
    for (int i = 0; i < data.size(); i++) {
      digest.update((byte) data.label(i));
    }
    return this;
  }

  Fingerprint classes(List<String> names) {
    text(names.size() + " classes");
    names.forEach(this::text);
    return this;
  }

  Fingerprint pictures(List<EncodedPicture> pictures) {
    text(pictures.size() + " pictures");
    pictures.forEach(one -> text(one.name() + " " + one.length() + " " + one.label()));
    return this;
  }

  Fingerprint sentences(SentencePairs pairs) {
    text(pairs.size() + " pairs");
    for (int i = 0; i < pairs.size(); i++) {
      ids(pairs.source(i));
      ids(pairs.target(i));
    }
    return this;
  }

  private void ids(int[] ids) {
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (1 + ids.length)).putInt(ids.length);
    for (int id : ids) {
      bytes.putInt(id);
    }
    digest.update(bytes.flip());
  }

  String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
