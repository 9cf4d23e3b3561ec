package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.DataSettings;
import io.larch.config.PictureSettings;
import io.larch.config.Refusal;
import io.larch.config.TextSettings;
import io.larch.config.TextSettings.Form;
import io.larch.text.BytePairLearner;
import io.larch.text.Subwords;
import io.larch.text.TokenizedWords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParallelTextTest {
  private static final List<String> TRAIN = List.of("train.en", "train.de");
  private static final List<String> TEST = List.of("test.en", "test.de");

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    write("train.en", "a man walks.\na dog runs\n\na man runs\nthe man walks the dog\n");
    write("train.de", "ein Mann geht.\nein Hund rennt\nnichts\n \t\nder Mann führt den Hund aus\n");
    write("test.en", "the dog walks.\n\n");
    write("test.de", "der Hund  geht.\r\nnichts");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private static DataSettings settings(Path folder, int merges, String codes, int maxLength) {
    TextSettings text = new TextSettings(TRAIN, TEST, Form.PLAIN, merges, codes, "", maxLength, 3);
    return settings(folder, text);
  }

  private static DataSettings settings(Path folder, TextSettings text) {
    return new DataSettings(
        "text", folder.toString(), 0, 0, 0, false, PictureSettings.DEFAULT, 1, text);
  }

  private ParallelText open() {
    return ParallelText.open(settings(folder, 20, "", 50));
  }

  private String refusal() {
    return assertThrows(Refusal.class, this::open).getMessage();
  }

  @Test
  void shouldLeaveOutAndCountWhatCannotBeTrainedOn() {
    TextReport report = ParallelText.open(settings(folder, 0, "", 5)).report();
    assertEquals(2, report.pairs());
    assertEquals(2, report.empty());
    assertEquals(1, report.tooLong());
    assertEquals(new TextReport.Lengths(3, 4, 4, 7), report.source());
    assertEquals(2, report.testPairs(), "none of them is left out");
    assertEquals(
        List.of("3 of 5 training pairs are left out: 2 with an empty side, 1 that are too long"),
        report.remarks());
  }

  @Test
  void shouldGiveBackSentencesAndReferences() {
    ParallelText text = open();
    PairBatch batch = text.testing(2).read(0);
    int row = batch.pairs()[0] == 0 ? 0 : 1;
    int[] source =
        Arrays.copyOfRange(
            batch.source(), row * batch.bucket().source(), (row + 1) * batch.bucket().source());
    assertEquals("the dog walks.", text.subwords().decode(source));
    assertEquals(List.of("der Hund geht.", "nichts"), text.references());
  }

  @Test
  void shouldNeedNothingButItsFilesToTranslate() {
    ParallelText text = open();
    Subwords again = ParallelText.subwords(text.files(), settings(folder, 20, "", 50).text());
    String sentence = "the man, a dog: runs";
    assertArrayEquals(text.subwords().encode(sentence), again.encode(sentence));
  }

  @Test
  void shouldUseACodesFileInsteadOfLearning() throws IOException {
    ParallelText learned = open();
    write("codes", String.join("\n", learned.subwords().pairs().lines()) + "\n");
    ParallelText read = ParallelText.open(settings(folder, 0, "codes", 50));
    assertEquals(learned.fingerprint(), read.fingerprint());
  }

  @Test
  void shouldHaveAnotherFingerprintForOtherWords() throws IOException {
    String before = open().fingerprint();
    assertEquals(before, open().fingerprint());
    assertNotEquals(before, ParallelText.open(settings(folder, 19, "", 50)).fingerprint());
    write("test.en", "the dog runs.\n\n");
    assertNotEquals(before, open().fingerprint());
  }

  @Test
  void shouldReadCompressedFilesAlike() throws IOException {
    String before = open().fingerprint();
    byte[] bytes = Files.readAllBytes(folder.resolve("train.de"));
    Files.write(folder.resolve("train.de.gz"), gzip(bytes));
    Files.delete(folder.resolve("train.de"));
    assertEquals(before, open().fingerprint());
    Files.write(folder.resolve("train.de.gz"), Arrays.copyOf(gzip(bytes), 30));
    assertTrue(refusal().contains("train.de.gz is damaged"), refusal());
    Files.write(folder.resolve("train.de.gz"), new byte[0]);
    assertTrue(refusal().contains("they end too soon"), refusal());
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(compressed)) {
      out.write(bytes);
    }
    return compressed.toByteArray();
  }

  @Test
  void shouldNameBothFilesOfUnequalLength() throws IOException {
    write("train.de", "ein Mann geht.\n");
    String message = refusal();
    assertTrue(message.contains("train.en has 5 lines"), message);
    assertTrue(message.contains("train.de has 1;"), message);
  }

  @Test
  void shouldNameTheLineThatIsNotUtf8() throws IOException {
    Files.write(
        folder.resolve("train.de"), "gut\ngr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(refusal().contains("train.de:2 is not UTF-8"), refusal());
  }

  @Test
  void shouldSayWhatIsMissing() throws IOException {
    Files.delete(folder.resolve("test.de"));
    assertTrue(refusal().contains("test.de is no file, and there is no test.de.gz"), refusal());
    Files.createFile(folder.resolve("test.de"));
    Files.writeString(folder.resolve("test.en"), "");
    assertEquals(0, ParallelText.open(settings(folder, 20, "", 50)).testing(4).batches());
    write("train.en", "\n\n\n\n\n");
    assertTrue(refusal().contains("hold no pair with words on both sides"), refusal());
  }

  /** The digest is that of the codes which counting by a plain program finds. */
  @Test
  void shouldLearnMulti30k() throws NoSuchAlgorithmException {
    Path multi30k = RealDataTest.folder("multi30k");
    Map<String, Long> counts = new HashMap<>();
    for (String line : TextFile.read(multi30k.resolve("train.en"))) {
      new TokenizedWords().split(line).forEach(word -> counts.merge(word, 1L, Long::sum));
    }
    List<String> codes = BytePairLearner.learn(counts, 1000).lines();
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    sha.update((String.join("\n", codes) + "\n").getBytes(StandardCharsets.UTF_8));
    assertEquals(
        "1130ee2c2bf9313653530a2405b12c043a54f68a19a79b50eb8a9ffa3edc05bb",
        HexFormat.of().formatHex(sha.digest()));
  }

  @Test
  void shouldReadMulti30kAndPadLittle() {
    TextSettings text =
        new TextSettings(
            List.of("train.en", "train.de"),
            List.of("test_2016_flickr.en", "test_2016_flickr.de"),
            Form.PLAIN,
            8000,
            "",
            "",
            50,
            5);
    ParallelText multi30k = ParallelText.open(settings(RealDataTest.folder("multi30k"), text));
    TextReport report = multi30k.report();
    assertEquals(29_000, report.pairs() + report.empty() + report.tooLong());
    assertEquals(8000, report.merges());
    assertEquals(1000, report.testPairs());
    assertTrue(report.padding() < 0.25, "padding " + report.padding());
    for (String reference : multi30k.references().subList(0, 100)) {
      assertEquals(reference, multi30k.subwords().decode(multi30k.subwords().encode(reference)));
    }
  }
}
