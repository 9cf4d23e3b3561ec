package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CifarFolderTest {
  private static final int RECORD = 3073;

  @TempDir private Path folder;

  @BeforeEach
  void writeByHand() throws IOException {
    put("data_batch_2.bin", record(5, 50), record(6, 60));
    put("data_batch_1.bin", record(9, 90));
    put("test_batch.bin", record(3, 30));
    Files.writeString(folder.resolve("batches.meta.txt"), "airplane\n");
  }

  private void put(String name, byte[]... records) throws IOException {
    byte[] whole = new byte[records.length * RECORD];
    for (int i = 0; i < records.length; i++) {
      System.arraycopy(records[i], 0, whole, i * RECORD, RECORD);
    }
    Files.write(folder.resolve(name), whole);
  }

  /** Red is the value, green one more, blue two more. */
  private static byte[] record(int label, int value) {
    byte[] record = new byte[RECORD];
    record[0] = (byte) label;
    for (int c = 0; c < 3; c++) {
      Arrays.fill(record, 1 + c * 1024, 1 + (c + 1) * 1024, (byte) (value + c));
    }
    return record;
  }

  private DataInMemory open() {
    return Samples.open(new DataSettings("cifar-10", folder.toString(), 0, 0, 0, false));
  }

  private String refusal() {
    return assertThrows(Refusal.class, this::open).getMessage();
  }

  @Test
  void shouldReadBatchesInTheOrderOfTheirNames() {
    DataInMemory source = open();
    DataSet train = source.train();
    assertArrayEquals(
        new int[] {9, 5, 6}, new int[] {train.label(0), train.label(1), train.label(2)});
    assertEquals(3, train.size());
    assertEquals(10, train.classes());
    assertEquals(3, train.channels());
    assertEquals(32, train.height());
    assertEquals(32, train.width());
    assertEquals(1, source.test().size());
    assertEquals(3, source.test().label(0));
  }

  @Test
  void shouldKeepThePlanesOfTheColours() {
    byte[] pixels = Samples.pixels(open().train(), 2);
    assertArrayEquals(Arrays.copyOfRange(record(6, 60), 1, RECORD), pixels);
    assertEquals(61, pixels[1024]);
  }

  @Test
  void shouldRefuseAFolderWithoutBatches() throws IOException {
    Files.delete(folder.resolve("test_batch.bin"));
    assertTrue(refusal().contains(folder + " holds no file test_batch*.bin"), refusal());
  }

  @Test
  void shouldSayHowTheSizeOfATruncatedBatchIsWrong() throws IOException {
    Files.write(folder.resolve("data_batch_1.bin"), new byte[2 * RECORD - 1]);
    String message = refusal();
    assertTrue(message.contains("data_batch_1.bin is truncated"), message);
    assertTrue(message.contains("multiple of 3073 bytes, found 6145 bytes"), message);
    Files.write(folder.resolve("data_batch_1.bin"), new byte[0]);
    assertTrue(refusal().contains("found 0 bytes"), refusal());
  }

  @Test
  void shouldNameTheRecordOfALabelOutOfRange() throws IOException {
    put("data_batch_2.bin", record(5, 50), record(10, 60));
    String message = refusal();
    assertTrue(message.contains("data_batch_2.bin has label 10 at record 1"), message);
  }
}
