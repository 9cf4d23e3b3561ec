package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.data.Drawn;
import io.larch.run.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictCommandTest {
  private static final Map<String, Integer> COLORS =
      Map.of("blue", 0x0000FF, "green", 0x00FF00, "red", 0xFF0000);

  @TempDir private static Path folder;

  @BeforeAll
  static void train() throws IOException {
    for (Map.Entry<String, Integer> color : COLORS.entrySet()) {
      for (String split : List.of("train", "val")) {
        Path own = Files.createDirectories(folder.resolve(split).resolve(color.getKey()));
        for (int i = 0; i < 4; i++) {
          int shade = color.getValue() & (0x010101 * (0xFF >> (i % 2)));
          Files.write(own.resolve(i + ".png"), Drawn.encode("png", 12, 9, (x, y) -> shade));
        }
      }
    }
    Training.train(
        settings(), 1, Optional.of(folder.resolve("out")), Optional.empty(), false, event -> {});
  }

  private static RunSettings settings() {
    return RunFile.load(
        Optional.empty(),
        List.of(
            "model=mlp",
            "model.hidden=16",
            "data.name=image-folder",
            "data.path=" + folder,
            "data.train-samples=0",
            "data.test-samples=0",
            "data.image-size=4",
            "lanes=2",
            "micro-batch=6",
            "global-batch=12",
            "epochs=60",
            "optimizer.name=sgd",
            "schedule.rate=0.1"));
  }

  private static JsonNode json(String line) throws IOException {
    return new ObjectMapper().readTree(line);
  }

  private static String picture(String name) {
    return folder.resolve(name).toString();
  }

  private static String out() {
    return folder.resolve("out").toString();
  }

  @Test
  void shouldNameTheClassesOfPicturesMostProbableFirst() throws IOException {
    Session session =
        Session.of(
            "predict", out(), "--json", picture("val/red/0.png"), picture("val/green/1.png"));
    assertEquals(0, session.exitCode(), session.err());
    assertEquals(3, session.lines().size());
    List<String> expected = List.of("red", "green");
    for (int i = 0; i < 2; i++) {
      JsonNode answer = json(session.lines().get(i));
      assertEquals("prediction", answer.get("event").asText());
      JsonNode classes = answer.get("classes");
      assertEquals(3, classes.size(), "there are no five");
      assertEquals(expected.get(i), classes.get(0).get("name").asText(), session.out());
      double sum = 0;
      for (JsonNode one : classes) {
        sum += one.get("probability").asDouble();
      }
      assertEquals(1, sum, 1e-12);
      assertTrue(classes.get(0).get("probability").asDouble() > 0.5, session.out());
    }
    assertEquals(2, json(session.lastLine()).get("pictures").asInt());
  }

  @Test
  void shouldNameDamagedPicturesAndPredictTheOthers() throws IOException {
    String damaged = Files.write(folder.resolve("torn.png"), new byte[] {1, 2, 3}).toString();
    Session session =
        Session.of("predict", out(), damaged, picture("absent.jpg"), picture("val/blue/0.png"));
    assertEquals(1, session.exitCode());
    assertTrue(session.out().contains("%  blue"), session.out());
    assertTrue(session.out().contains("torn.png: its 3 bytes are neither"), session.out());
    assertTrue(session.err().contains("2 of 3 pictures cannot be decoded"), session.err());
    assertTrue(session.err().contains("absent.jpg: it cannot be read"), session.err());
  }

  @Test
  void shouldNotNeedTheTrainingPictures() throws IOException {
    Path train = folder.resolve("train");
    Files.move(train, folder.resolve("gone"));
    try {
      Session session = Session.of("predict", out(), picture("val/red/1.png"));
      assertEquals(0, session.exitCode(), session.err());
    } finally {
      Files.move(folder.resolve("gone"), train);
    }
  }

  @Test
  void shouldRefuseRunsOnOtherData(@TempDir Path elsewhere) {
    RunSettings glyphs =
        RunFile.load(
            Optional.empty(),
            List.of(
                "model=mlp",
                "steps=1",
                "data.train-samples=64",
                "data.test-samples=8",
                "lanes=2",
                "micro-batch=8",
                "global-batch=16"));
    Training.train(glyphs, 1, Optional.of(elsewhere), Optional.empty(), false, event -> {});
    Session session = Session.of("predict", elsewhere.toString(), picture("val/red/1.png"));
    assertEquals(2, session.exitCode());
    assertTrue(session.err().contains("was trained on glyphs"), session.err());
  }
}
