package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.checkpoint.CheckpointNotWritten;
import io.larch.checkpoint.Checkpoints;
import io.larch.checkpoint.NamedTensor;
import io.larch.checkpoint.Position;
import io.larch.checkpoint.WeightsDigest;
import io.larch.config.Refusal;
import io.larch.run.Failure;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LarchTest {
  private static final List<NamedTensor> MODEL =
      List.of(new NamedTensor("w", List.of(2), FloatBuffer.wrap(new float[] {1, 2})));

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "trian",
        "train --nonsense",
        "describe",
        "bench",
        "data",
        "bench step --steps many",
        "data pack . --format zip --out never-made",
        "data pack .",
        "data fetch mnist",
        "describe lenet --input 3x32",
      })
  void shouldEndWrongUsageWith2AndAShortWord(String line) {
    Session session = Session.of(line.isEmpty() ? new String[0] : line.split(" "));
    assertEquals(2, session.exitCode());
    assertEquals("", session.out());
    assertTrue(session.err().startsWith("larch: "), session.err());
    assertTrue(session.err().contains("--help"), session.err());
    assertFalse(session.err().contains("\tat "), session.err());
  }

  @Test
  void shouldSuggestTheCommandMeant() {
    assertTrue(Session.of("trian").err().contains("train"), Session.of("trian").err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--help", "train --help", "bench step --help", "driver --help", "--version"})
  void shouldAnswerQuestionsWith0(String line) {
    Session session = Session.of(line.split(" "));
    assertEquals(0, session.exitCode());
    assertFalse(session.out().isBlank());
    assertEquals("", session.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train no-such.conf",
        "train --resume",
        "train -D lanes=3",
        "train -D nonsense=1",
        "digest no-such-folder",
        "describe no-such-network",
        "data inspect no-such-data",
        "data inspect idx",
        "data fetch imagenet --to never-made",
        "data fetch mnist --to target/never-made --from ftp://localhost/",
        "data pack no-such-folder --format webdataset --out never-made",
        "data pack . --format webdataset --from idx --out never-made",
        "data pack . --format tfrecord --shard-size 0 --out never-made",
        "bench decode no-such-folder",
        "bench decode . --threads 0",
        "bench allreduce --hosts 10.0.0.1",
        "bench allreduce --hosts 10.0.0.1,10.0.0.2 --shell /nowhere/ssh",
      })
  void shouldRefuseWhatCannotBeDoneWith2(String line) {
    Session session = Session.of(line.split(" "));
    assertEquals(2, session.exitCode(), session.err());
    assertTrue(session.err().startsWith("larch: "), session.err());
    assertFalse(session.err().contains("\tat "), session.err());
  }

  @Test
  void shouldNameTheHostWhoseProcessEnds() {
    Session session =
        Session.of("bench allreduce --hosts 10.0.0.1,10.0.0.2 --shell false".split(" "));
    assertEquals(1, session.exitCode());
    assertTrue(session.err().startsWith("larch: 10.0.0.1 ended before"), session.err());
  }

  @Test
  void shouldShowAStackTraceOnlyWhenAskedTo() {
    assertTrue(Session.of("train", "no-such.conf", "--debug").err().contains("\tat "));
    assertTrue(Session.of("--debug", "train", "no-such.conf").err().contains("\tat "));
  }

  @Test
  void shouldGiveEachKindOfErrorItsExitCode() {
    assertEquals(2, exitCode(new Refusal("refused")));
    assertEquals(1, exitCode(new Failure(Failure.Kind.FAILED, "failed", null)));
    assertEquals(3, exitCode(new Failure(Failure.Kind.DIVERGED, "diverged", null)));
    assertEquals(1, exitCode(new NullPointerException("a defect")));
    assertEquals(1, exitCode(new UnsatisfiedLinkError("no native code")));
  }

  private static int exitCode(Throwable error) {
    PrintStream nowhere =
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return new Errors(nowhere, false, () -> false).report(error);
  }

  @Test
  void shouldDescribeANetworkWithTotalsThatAreSums() throws IOException {
    Session session = Session.of("describe", "lenet", "--json");
    assertEquals(0, session.exitCode(), session.err());
    JsonNode result = json(session.lastLine());
    assertEquals("result", result.get("event").asText());
    assertEquals(832 + 51_264 + 3_212_288 + 10_250, result.get("parameters").asLong());
    long multiplyAdds = 0;
    for (String line : session.lines().subList(0, session.lines().size() - 1)) {
      multiplyAdds += json(line).get("multiply_adds").asLong();
    }
    assertEquals(multiplyAdds, result.get("multiply_adds").asLong());
    assertEquals(session.lines().size() - 1, result.get("layers").asInt());
  }

  @Test
  void shouldDescribeANetworkForOtherSamples() throws IOException {
    Session session =
        Session.of("describe", "mlp", "--input", "3x4x5", "--classes", "7", "-Dmodel.hidden=9");
    assertEquals(0, session.exitCode(), session.err());
    assertTrue(session.lastLine().contains(String.valueOf(60 * 9 + 9 + 9 * 7 + 7)), session.out());
  }

  @Test
  void shouldDrawTheLearningRate() throws IOException {
    Session session = Session.of("lr", "-D", "schedule.rate=8", "--json");
    assertEquals(0, session.exitCode(), session.err());
    assertEquals(1, session.lines().size());
    assertEquals(8, json(session.lastLine()).get("peak").asDouble());

    Session drawn = Session.of("lr");
    assertTrue(drawn.lines().size() > 10, drawn.out());
    assertTrue(drawn.out().contains("*"), drawn.out());
  }

  @Test
  void shouldDigestTheNewestCheckpoint() throws IOException {
    write(3);
    write(4);
    JsonNode result = json(Session.of("digest", folder.toString(), "--json").lastLine());
    assertEquals(4, result.get("step").asLong());
    assertEquals(WeightsDigest.sha256(MODEL), result.get("weights_sha256").asText());
  }

  @Test
  void shouldNameADamagedCheckpointAndUseTheOneBefore() throws IOException {
    write(3);
    Files.writeString(write(4).resolve("model.safetensors"), "short");
    Session session = Session.of("digest", folder.toString());
    assertEquals(0, session.exitCode());
    assertTrue(session.err().contains("step-00000004"), session.err());
    assertTrue(session.out().contains("step-00000003"), session.out());

    Session named = Session.of("digest", folder.resolve("step-00000004").toString());
    assertEquals(2, named.exitCode());
    assertTrue(named.err().contains("model.safetensors is damaged"), named.err());
  }

  @Test
  void shouldRefuseToTrainIntoTheFolderOfAnEarlierRun() throws IOException {
    write(3);
    Session session = Session.of("train", "--out", folder.toString());
    assertEquals(2, session.exitCode());
    assertTrue(session.err().contains("--resume"), session.err());
  }

  @Test
  void shouldInspectWhatItGenerated() throws IOException {
    Session generated =
        Session.of("data", "generate", "--out", folder.toString(), "--train", "72", "--test", "36");
    assertEquals(0, generated.exitCode(), generated.err());
    Session inspected = Session.of("data", "inspect", "idx", "--path", folder.toString(), "--json");
    JsonNode result = json(inspected.lastLine());
    assertEquals(72, result.get("train_samples").asInt());
    assertEquals(36, result.get("test_samples").asInt());
    assertEquals(36, result.get("classes").asInt());
  }

  @Test
  void shouldMeasureDecoding() throws IOException {
    BufferedImage image = new BufferedImage(300, 200, BufferedImage.TYPE_INT_RGB);
    assertTrue(ImageIO.write(image, "jpg", folder.resolve("black.jpg").toFile()));
    Session session =
        Session.of("bench", "decode", folder.toString(), "--threads=2", "--seconds=1", "--json");
    assertEquals(0, session.exitCode(), session.err());
    JsonNode result = json(session.lastLine());
    assertEquals(1, result.get("pictures").asInt());
    assertTrue(result.get("images_per_second").asDouble() > 10, session.out());
  }

  @Test
  void shouldInspectClassFoldersAndNameWhatIsDamaged() throws IOException {
    BufferedImage image = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
    for (String split : List.of("train", "val")) {
      Path own = Files.createDirectories(folder.resolve(split).resolve("black"));
      assertTrue(ImageIO.write(image, "png", own.resolve("sound.png").toFile()));
    }
    Files.writeString(folder.resolve("train/black/torn.png"), "no picture");
    Session session = Session.of("data", "inspect", "image-folder", "--path", folder.toString());
    assertEquals(0, session.exitCode(), session.err());
    assertTrue(session.err().contains("train/black/torn.png"), session.err());
    assertTrue(session.out().contains("train 2 samples of 3"), session.out());
  }

  @Test
  void shouldPackClassFoldersAndInspectTheShards() throws IOException {
    BufferedImage wide = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
    BufferedImage small = new BufferedImage(7, 9, BufferedImage.TYPE_INT_RGB);
    for (String split : List.of("train", "val")) {
      Path own = Files.createDirectories(folder.resolve(split).resolve("black"));
      assertTrue(ImageIO.write(wide, "png", own.resolve("wide.png").toFile()));
      assertTrue(ImageIO.write(small, "png", own.resolve("small.png").toFile()));
    }
    Files.writeString(folder.resolve("train/black/torn.png"), "no picture");
    Path shards = folder.resolve("shards");
    Session packed =
        Session.of(
            "data",
            "pack",
            folder.toString(),
            "--format=tfrecord",
            "--shard-size=2",
            "--out=" + shards,
            "--json");
    assertEquals(0, packed.exitCode(), packed.err());
    JsonNode result = json(packed.lastLine());
    assertEquals(3, result.get("train_samples").asInt());
    assertEquals(3, result.get("shards").asInt());
    assertEquals(4, packed.lines().size(), "a line for each shard");

    Session inspected =
        Session.of("data", "inspect", "tfrecord", "--path", shards.toString(), "--json");
    assertEquals(0, inspected.exitCode(), inspected.err());
    result = json(inspected.lastLine());
    assertEquals(7, result.get("least").get("width").asInt());
    assertEquals(9, result.get("median").get("height").asInt());
    assertEquals(30, result.get("greatest").get("width").asInt());
    long bytes = Files.size(folder.resolve("val/black/wide.png"));
    assertEquals(bytes, result.get("greatest").get("bytes").asLong());
    assertEquals(1, result.get("damaged").asInt());
    assertTrue(result.get("damaged_pictures").get(0).asText().startsWith("train-00000-of-00002@"));
  }

  @Test
  void shouldFindNothingToFetchWhereAllIsThere() throws IOException {
    Path there = Path.of(System.getenv().getOrDefault("LARCH_DATA", "../shared/data"));
    there = Path.of(System.getProperty("larch.data", there.toString()), "fashion-mnist");
    assumeTrue(Files.isDirectory(there), there.toAbsolutePath() + " is absent; set LARCH_DATA");
    Session session =
        Session.of("data", "fetch", "fashion-mnist", "--to", there.toString(), "--json");
    assertEquals(0, session.exitCode(), session.err());
    JsonNode result = json(session.lastLine());
    assertEquals(0, result.get("files").asInt());
    assertEquals("idx", result.get("data_name").asText());
  }

  @Test
  void shouldEndAFetchFromNowhereWith1() {
    String to = folder.resolve("never-made").toString();
    Session session = Session.of("data", "fetch", "mnist", "--to", to, "--from", "http://[::1]:1/");
    assertEquals(1, session.exitCode(), session.err());
    assertTrue(session.err().contains("http://[::1]:1/train-images-idx3-ubyte.gz"), session.err());
    assertFalse(session.err().contains("unexpected"), session.err());
  }

  private Path write(long step) throws CheckpointNotWritten {
    Position position = new Position(step, 0, 0, 1, 1, Map.of(), List.of(), Map.of());
    return Checkpoints.open(folder, 2).write(position, "larch {}\n", Map.of(), MODEL, List.of());
  }

  private static JsonNode json(String line) throws IOException {
    return new ObjectMapper().readTree(line);
  }
}
