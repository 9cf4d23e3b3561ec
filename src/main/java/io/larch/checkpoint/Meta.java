package io.larch.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The file {@code meta.json}: where the run stood, the digest of its weights, and the SHA-256 of
 * every other file. Its own SHA-256 is its last value, computed with zeros in that place. It holds
 * no time and no name of a machine, so two nodes write the same bytes.
 *
 * @param files SHA-256 by file name
 */
record Meta(Position position, String weightsSha256, Map<String, String> files) {
  static final String FILE = "meta.json";
  private static final int FORMAT = 1;
  private static final String OWN_DIGEST = "meta_sha256";
  private static final String ZEROS = "0".repeat(Sha256.DIGITS);
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  Meta {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  byte[] encode() throws IOException {
    ObjectNode node = JSON.createObjectNode().put("format", FORMAT);
    node.setAll(JSON.<ObjectNode>valueToTree(position));
    node.put("weights_sha256", weightsSha256).set("files", JSON.valueToTree(files));
    String json = JSON.writeValueAsString(node.put(OWN_DIGEST, ZEROS)) + "\n";
    int at = json.lastIndexOf(ZEROS);
    String digest = sha(json);
    return (json.substring(0, at) + digest + json.substring(at + Sha256.DIGITS))
        .getBytes(StandardCharsets.UTF_8);
  }

  static Meta read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    try {
      JsonNode node = JSON.readTree(Files.readAllBytes(file));
      checkOwnDigest(file, node.path(OWN_DIGEST).asText());
      if (node.path("format").asInt() != FORMAT) {
        throw new Damaged(file, "its format is " + node.path("format") + ", not " + FORMAT);
      }
      return JSON.treeToValue(node, Parts.class).with(JSON.treeToValue(node, Position.class));
    } catch (JacksonException e) {
      throw new Damaged(file, "it is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** What stands in the file beside the position. */
  private record Parts(String weightsSha256, Map<String, String> files) {
    Meta with(Position position) {
      return new Meta(position, weightsSha256, files);
    }
  }

  private static void checkOwnDigest(Path file, String digest) throws IOException {
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    int at = digest.length() == Sha256.DIGITS ? bytes.lastIndexOf(digest) : -1;
    if (at < 0) {
      throw new Damaged(file, "it lacks its own SHA-256");
    }
    Sha256 sha = new Sha256();
    String zeroed = bytes.substring(0, at) + ZEROS + bytes.substring(at + Sha256.DIGITS);
    String found = sha.update(zeroed.getBytes(StandardCharsets.ISO_8859_1)).hex();
    if (!found.equals(digest)) {
      throw new Damaged(file, "its SHA-256 is " + found + ", it says " + digest);
    }
  }

  private static String sha(String json) {
    return new Sha256().update(json.getBytes(StandardCharsets.UTF_8)).hex();
  }
}
