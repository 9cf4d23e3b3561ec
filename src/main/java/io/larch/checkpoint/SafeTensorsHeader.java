package io.larch.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The table of contents of a safetensors file: a JSON object with an entry for each tensor, {@code
 * "name":{"dtype":"F32","shape":[2,3],"data_offsets":[from,to]}}, offsets counted from the end of
 * the header. The key {@code __metadata__} is for others and is skipped.
 */
record SafeTensorsHeader(List<Entry> entries) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final String METADATA = "__metadata__";
  private static final String DTYPE = "F32";

  /** PyTorch's counters, such as num_batches_tracked, which nobody here reads. */
  private static final String COUNTER_DTYPE = "I64";

  private static final int ALIGNMENT = 8;

  /** One tensor and the bytes [from, to) of the data that are its values. */
  record Entry(String name, String dtype, List<Integer> shape, long from, long to) {
    Entry {
      shape = List.copyOf(shape);
    }

    boolean isFloat() {
      return dtype.equals(DTYPE);
    }

    private int valueBytes() {
      return isFloat() ? Float.BYTES : Long.BYTES;
    }
  }

  SafeTensorsHeader {
    entries = List.copyOf(entries);
  }

  /** Tensors one after the other, in the order given. */
  static SafeTensorsHeader of(List<NamedTensor> tensors) {
    List<Entry> entries = new ArrayList<>();
    long next = 0;
    for (NamedTensor tensor : tensors) {
      entries.add(new Entry(tensor.name(), DTYPE, tensor.shape(), next, next + tensor.bytes()));
      next += tensor.bytes();
    }
    return new SafeTensorsHeader(entries);
  }

  /** The JSON in UTF-8, padded with spaces to a multiple of 8 bytes. */
  byte[] encode() throws IOException {
    ObjectNode root = JSON.createObjectNode();
    for (Entry entry : entries) {
      if (root.has(entry.name) || entry.name.equals(METADATA)) {
        throw new IllegalArgumentException("no two tensors may be named " + entry.name);
      }
      ObjectNode node = root.putObject(entry.name).put("dtype", DTYPE);
      entry.shape.forEach(node.putArray("shape")::add);
      node.putArray("data_offsets").add(entry.from).add(entry.to);
    }
    byte[] json = JSON.writeValueAsBytes(root);
    byte[] padded = Arrays.copyOf(json, (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }

  /** Reads a header whose tensors must fill the data without gap or overlap. */
  static SafeTensorsHeader parse(Path file, byte[] json, long dataBytes) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : object(file, json).properties()) {
      if (!field.getKey().equals(METADATA)) {
        entries.add(entry(file, field.getKey(), field.getValue()));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::from).thenComparingLong(Entry::to));
    checkCovered(file, entries, dataBytes);
    return new SafeTensorsHeader(entries);
  }

  private static JsonNode object(Path file, byte[] json) throws IOException {
    if (json.length == 0 || json[0] != '{') {
      throw new Damaged(file, "its header does not begin with '{'");
    }
    try {
      return JSON.readTree(json);
    } catch (JacksonException e) {
      throw new Damaged(file, "its header is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static Entry entry(Path file, String name, JsonNode node) throws Damaged {
    String dtype = node.path("dtype").asText();
    if (!dtype.equals(DTYPE) && !dtype.equals(COUNTER_DTYPE)) {
      throw new Damaged(file, name + " has dtype '" + dtype + "'; only F32 is read");
    }
    List<Integer> shape = shape(file, name, node.path("shape"));
    JsonNode offsets = node.path("data_offsets");
    if (offsets.size() != 2 || !isOffset(offsets.path(0)) || !isOffset(offsets.path(1))) {
      throw new Damaged(file, name + " has data_offsets " + offsets);
    }
    Entry entry = new Entry(name, dtype, shape, offsets.path(0).asLong(), offsets.path(1).asLong());
    checkSize(file, entry);
    return entry;
  }

  private static boolean isOffset(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong() && node.asLong() >= 0;
  }

  private static List<Integer> shape(Path file, String name, JsonNode node) throws Damaged {
    List<Integer> shape = new ArrayList<>();
    for (JsonNode extent : node) {
      if (!extent.isIntegralNumber() || !extent.canConvertToInt() || extent.asInt() < 0) {
        throw new Damaged(file, name + " has shape " + node);
      }
      shape.add(extent.asInt());
    }
    if (!node.isArray()) {
      throw new Damaged(file, name + " has no shape");
    }
    return shape;
  }

  private static void checkSize(Path file, Entry entry) throws Damaged {
    long bytes = entry.to - entry.from;
    long needed;
    try {
      needed = Math.multiplyExact(NamedTensor.elements(entry.shape), entry.valueBytes());
    } catch (ArithmeticException e) {
      throw new Damaged(file, entry.name + " has the impossible shape " + entry.shape, e);
    }
    if (bytes != needed) {
      throw new Damaged(
          file,
          entry.name + " of shape " + entry.shape + " needs " + needed + " bytes, has " + bytes);
    }
  }

  private static void checkCovered(Path file, List<Entry> entries, long dataBytes) throws Damaged {
    long next = 0;
    for (Entry entry : entries) {
      if (entry.from != next) {
        throw new Damaged(
            file, entry.name + " begins at " + entry.from + " where " + next + " is expected");
      }
      next = entry.to;
    }
    if (next != dataBytes) {
      throw new Damaged(file, "its tensors need " + next + " bytes of data, it has " + dataBytes);
    }
  }
}
