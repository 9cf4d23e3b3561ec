package io.larch.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsTest {
  @TempDir private Path folder;

  @Test
  void shouldWriteThePublishedFormatByteForByte() throws IOException {
    List<NamedTensor> tensors =
        List.of(
            new NamedTensor("b", List.of(1, 2), FloatBuffer.wrap(new float[] {1, -2})),
            new NamedTensor("ä", List.of(), FloatBuffer.wrap(new float[] {0.5f})));
    String json =
        "{\"b\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
            + "\"ä\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]}}";
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    int padded = (header.length + 7) / 8 * 8;
    ByteBuffer expected = ByteBuffer.allocate(8 + padded + 12).order(ByteOrder.LITTLE_ENDIAN);
    expected.putLong(padded).put(header);
    expected.put(" ".repeat(padded - header.length).getBytes(StandardCharsets.US_ASCII));
    expected.putInt(0x3F800000).putInt(0xC0000000).putInt(0x3F000000);

    assertTrue(padded > header.length, "the padding is part of what is tested");
    assertArrayEquals(expected.array(), bytes(tensors));
    assertEquals(expected.capacity(), SafeTensors.fileBytes(tensors));
  }

  @Test
  void shouldReadBackTensorsLongerThanItsBuffer() throws IOException {
    NamedTensor large = Samples.tensor("large", List.of(3, 70_001), 25);
    NamedTensor small = Samples.tensor("small", List.of(1), 9);
    NamedTensor none = Samples.tensor("none", List.of(0, 4), 0);
    Path file = Files.write(folder.resolve("f"), bytes(List.of(large, none, small)));

    try (SafeTensorsFile opened = SafeTensors.open(file)) {
      assertEquals(large.values(), opened.read("large").values());
      assertEquals(List.of(0, 4), opened.shape("none"));
      assertEquals(small.values(), opened.read("small").values());
    }
  }

  @Test
  void shouldReadIntoTheMiddleOfTheCallersMemory() throws IOException {
    Path file = Files.write(folder.resolve("f"), bytes(Samples.model(1)));
    float[] block = new float[4];
    try (SafeTensorsFile opened = SafeTensors.open(file)) {
      opened.read(new NamedTensor("fc.bias", List.of(2), FloatBuffer.wrap(block, 1, 2)));
    }
    assertArrayEquals(new float[] {0, -1, 0, 0}, block);
  }

  @Test
  void shouldSkipTheMetadataOfOtherWriters() throws IOException {
    Path file =
        file(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
            4);
    try (SafeTensorsFile opened = SafeTensors.open(file)) {
      assertEquals(1, opened.names().size());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      textBlock =
          """
          dtype 'F16'       | {"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}
          needs 8 bytes     | {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}
          need 4 bytes of d | {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}
          0 is expected     | {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
          4 is expected     | {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}
          Duplicate field   | {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
          data_offsets [8,0 | {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0,1]}}
          needs 8 bytes     | {"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}
          data_offsets [-8, | {"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}
          data_offsets [0,8.| {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.5]}}
          shape [-1         | {"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}
          no shape          | {"a":{"dtype":"F32","data_offsets":[0,8]}}
          impossible shape  | {"a":{"dtype":"F32","shape":[2000000000,2000000000,2000000000],"data_offsets":[0,8]}}
          not JSON          | {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}
          not JSON          | {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} 1
          begin with '{'    | ["a"]
          """)
  void shouldRefuseHeadersThatDoNotFit(String complaint, String json) throws IOException {
    Path file = file(json, 8);
    Damaged damaged = assertThrows(Damaged.class, () -> SafeTensors.open(file).close());
    assertTrue(damaged.getMessage().contains(complaint), damaged.getMessage());
    assertTrue(damaged.getMessage().contains(file.toString()), damaged.getMessage());
  }

  @Test
  void shouldRefuseAFileCutAtAnyByte() throws IOException {
    byte[] whole = bytes(Samples.model(3));
    for (int length = 0; length < whole.length; length++) {
      Path file = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
      assertThrows(Damaged.class, () -> SafeTensors.open(file).close(), "cut at " + length);
    }
  }

  @Test
  void shouldRefuseBytesBehindTheLastTensor() throws IOException {
    byte[] whole = bytes(Samples.model(3));
    Path file = Files.write(folder.resolve("long"), Arrays.copyOf(whole, whole.length + 1));
    assertThrows(Damaged.class, () -> SafeTensors.open(file).close());
  }

  @Test
  void shouldRefuseAHeaderLengthBeyondTheFile() throws IOException {
    byte[] whole = bytes(Samples.model(3));
    for (long length : new long[] {-1, Long.MAX_VALUE, 100_000_001, whole.length}) {
      ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
      Path file = Files.write(folder.resolve("f"), whole);
      assertThrows(Damaged.class, () -> SafeTensors.open(file).close(), "length " + length);
    }
  }

  @Test
  void shouldNotWriteTwoTensorsOfOneName() {
    NamedTensor tensor = Samples.tensor("a", List.of(1), 0);
    assertThrows(IllegalArgumentException.class, () -> bytes(List.of(tensor, tensor)));
  }

  @Test
  void shouldDigestInOrderOfName() {
    String expected =
        new Sha256()
            .update(new byte[] {'a', 0, 0, 0, 0x40, 0x40, 0, 0, (byte) 0x80, 0x40})
            .update(new byte[] {'b', 0, 0, 0, (byte) 0x80, 0x3F})
            .hex();
    List<NamedTensor> tensors =
        List.of(Samples.tensor("b", List.of(1), 1), Samples.tensor("a", List.of(2, 1), 3));
    assertEquals(expected, WeightsDigest.sha256(tensors));
  }

  @Test
  void shouldDigestAFileAsItsTensors() throws IOException {
    Path file = Files.write(folder.resolve("f"), bytes(Samples.model(5)));
    try (SafeTensorsFile opened = SafeTensors.open(file)) {
      assertEquals(WeightsDigest.sha256(Samples.model(5)), WeightsDigest.sha256(opened));
    }
  }

  private Path file(String json, int dataBytes) throws IOException {
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + dataBytes);
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header);
    return Files.write(folder.resolve("made"), bytes.array());
  }

  private static byte[] bytes(List<NamedTensor> tensors) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SafeTensors.write(Channels.newChannel(out), tensors);
    return out.toByteArray();
  }
}
