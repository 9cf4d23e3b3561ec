package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSourcesTest {
  private static DataSettings glyphs(int trainSamples, int testSamples) {
    return new DataSettings("glyphs", "", trainSamples, testSamples, 0, false);
  }

  private static String refusal(DataSettings settings) {
    return assertThrows(Refusal.class, () -> DataSources.open(settings)).getMessage();
  }

  @Test
  void shouldTakeTheFirstSamplesOnly() {
    DataInMemory source = Samples.open(glyphs(100, 50));
    assertEquals(100, source.train().size());
    assertEquals(50, source.test().size());
    assertEquals(Samples.sha256(Glyphs.train(100)), Samples.sha256(source.train()));
    assertEquals(Samples.sha256(Glyphs.test(50)), Samples.sha256(source.test()));
  }

  @Test
  void shouldLimitFilesToo(@TempDir Path folder) throws Exception {
    PicturesInMemory data = Samples.numbered(40, 4, 1, 3, 3);
    IdxWriter.write(folder, data, data, false);
    DataSettings settings = new DataSettings("idx", folder.toString(), 9, 0, 0, false);
    DataInMemory source = Samples.open(settings);
    assertEquals(9, source.train().size());
    assertEquals(40, source.test().size());
    assertEquals(Normalisation.over(data.first(9)), source.normalisation());
    assertNotEquals(Normalisation.over(data), source.normalisation());
  }

  @Test
  void shouldFingerprintGeneratedDataByTheirSizes() {
    String fingerprint = DataSources.open(glyphs(100, 50)).fingerprint();
    assertEquals(64, fingerprint.length());
    assertEquals(fingerprint, DataSources.open(glyphs(100, 50)).fingerprint());
    assertNotEquals(fingerprint, DataSources.open(glyphs(101, 50)).fingerprint());
    assertNotEquals(fingerprint, DataSources.open(glyphs(100, 51)).fingerprint());
  }

  @Test
  void shouldNormaliseTestSamplesByTheTrainingSet() {
    DataInMemory source = Samples.open(glyphs(200, 10));
    Normalisation.Channel channel = source.normalisation().channels().get(0);
    int pixel = Samples.pixels(source.test(), 4)[300] & 0xFF;
    float read = Samples.read(source.testing(), 4, 1, 784)[300];
    assertEquals((pixel / 255.0 - channel.mean()) / channel.deviation(), read, 1e-6);
  }

  @Test
  void shouldSuggestTheNearestName() {
    String message = refusal(new DataSettings("cifar10", "", 0, 0, 0, false));
    assertTrue(message.contains("Did you mean cifar-10?"), message);
    assertTrue(
        message.contains("glyphs, idx, cifar-10, image-folder, tar-folder, webdataset, tfrecord"),
        message);
    message = refusal(new DataSettings("glyph", "", 0, 0, 0, false));
    assertTrue(message.contains("Did you mean glyphs?"), message);
  }

  @Test
  void shouldRefuseMoreSamplesThanThereAre() {
    String message = refusal(glyphs(60_001, 0));
    assertTrue(message.contains("larch.data.train-samples = 60001"), message);
    assertTrue(message.contains("has 60000"), message);
  }

  @Test
  void shouldRefuseAPathThatIsMissingOrNoFolder(@TempDir Path folder) {
    assertTrue(refusal(new DataSettings("idx", "", 0, 0, 0, false)).contains("path is not set"));
    Path absent = folder.resolve("absent");
    String message = refusal(new DataSettings("cifar-10", absent.toString(), 0, 0, 0, false));
    assertTrue(message.contains(absent + " is no folder"), message);
  }

  @Test
  void shouldRefuseACropThatCanMissThePicture() {
    String message = refusal(new DataSettings("glyphs", "", 10, 10, 28, false));
    assertTrue(message.contains("pad-crop = 28 >= 28"), message);
  }
}
