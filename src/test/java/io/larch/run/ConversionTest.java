package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.checkpoint.NamedTensor;
import io.larch.checkpoint.SafeTensors;
import io.larch.checkpoint.SafeTensorsFile;
import io.larch.checkpoint.WeightsDigest;
import io.larch.compute.Device;
import io.larch.compute.Devices;
import io.larch.compute.FloatBlock;
import io.larch.compute.InferenceProgram;
import io.larch.compute.ReferenceNetwork;
import io.larch.config.Precision;
import io.larch.config.Refusal;
import io.larch.config.RunSettings;
import io.larch.model.Layout.Place;
import io.larch.model.Network;
import io.larch.model.Tensor;
import io.larch.model.TorchNames;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import io.larch.reduce.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionTest {
  private static final RandomStream RANDOM = RandomStream.of(5, Purpose.BENCHMARK);
  private static final int BATCH = 1;

  @TempDir Path folder;

  /** A file as PyTorch writes it: tensors in order of name, a counter in between. */
  private Path torchFile(String model, Network network, Map<String, double[]> weights)
      throws IOException {
    StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
    List<Tensor> tensors = network.layout().places().stream().map(Place::tensor).toList();
    long at = 0;
    for (Tensor tensor : tensors) {
      String name = TorchNames.of(model, tensor.name());
      header.append(entry(name, "F32", tensor.shape().toString(), at, at + 4L * tensor.size()));
      at += 4L * tensor.size();
    }
    header.append(entry("bn1.num_batches_tracked", "I64", "[]", at, at + 8)).append('}');
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate((int) (8 + json.length + at + 8)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    for (Tensor tensor : tensors) {
      for (double value : weights.get(tensor.name())) {
        bytes.putFloat((float) value);
      }
    }
    return Files.write(folder.resolve("torch.safetensors"), bytes.putLong(77).array());
  }

  private static String entry(String name, String dtype, String shape, long from, long to) {
    return ",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, dtype, shape, from, to);
  }

  /** Initial weights, with statistics, scales and shifts away from their constant start. */
  private static Map<String, double[]> weights(Network network) {
    Map<String, double[]> weights = ReferenceNetwork.initial(network, 3);
    weights.forEach(
        (name, values) -> {
          boolean isWeight = Arrays.stream(values).distinct().count() > 1;
          RandomStream own = RANDOM.named(name);
          Arrays.setAll(
              values,
              i -> isWeight ? (float) values[i] : (float) (values[i] + own.uniform(i, 0, 0.3)));
        });
    return weights;
  }

  private Checkpoint imported(RunSettings settings, Network network, Map<String, double[]> weights)
      throws IOException {
    Path file = torchFile(settings.model().name(), network, weights);
    return Checkpoint.open(Conversion.fromTorch(file, settings, folder.resolve("run")));
  }

  @Test
  void shouldComputeWithWeightsFromPyTorchWhatTheTwinComputes() throws IOException {
    RunSettings settings = SameBitsTest.settings("larch.model=resnet50");
    Network network = Job.open(settings).network();
    Map<String, double[]> weights = weights(network);
    Checkpoint checkpoint = imported(settings, network, weights);
    double[] images = new double[BATCH * network.input().size()];
    Arrays.setAll(images, i -> (float) RANDOM.gaussian(i));
    double[] expected = new ReferenceNetwork(network, 0).infer(weights, images, BATCH);
    float[] found = logits(network, checkpoint, images);
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < found.length; i++) {
      assertEquals(expected[i], found[i], 1e-3 * Math.max(1, largest));
    }
  }

  private static float[] logits(Network network, Checkpoint checkpoint, double[] images) {
    try (Device device = Devices.cpu(0, 1)) {
      return device.submit(() -> logits(device, network, checkpoint, images)).join();
    }
  }

  private static float[] logits(
      Device device, Network network, Checkpoint checkpoint, double[] images) throws IOException {
    try (InferenceProgram program = device.compileInference(network, BATCH, Precision.F32);
        FloatBlock block = FloatBlock.allocate(network.layout().floats())) {
      checkpoint.readModel(
          network.layout().places().stream()
              .map(
                  place ->
                      new NamedTensor(
                          place.tensor().name(),
                          place.tensor().shape(),
                          block.view(place.from(), place.size())))
              .toList());
      program.pack(block);
      for (int i = 0; i < images.length; i++) {
        program.images().put(i, (float) images[i]);
      }
      float[] logits = new float[BATCH * network.classes()];
      program.logits().get(0, logits);
      return logits;
    }
  }

  @Test
  void shouldGiveBackWhatItTook() throws IOException {
    RunSettings settings = SameBitsTest.settings("larch.model=resnet20");
    Network network = Job.open(settings).network();
    Checkpoint checkpoint = imported(settings, network, weights(network));
    Path file = folder.resolve("back.safetensors");
    Conversion.toTorch(checkpoint.folder(), file, warning -> {});
    List<NamedTensor> back = new ArrayList<>();
    try (SafeTensorsFile written = SafeTensors.open(file)) {
      for (String name : written.names()) {
        back.add(written.read(name));
      }
    }
    assertEquals(checkpoint.weightsSha256(), WeightsDigest.sha256(back));
  }

  @Test
  void shouldLetOthersReadTheFileAsAnyOther() throws IOException {
    RunSettings settings = SameBitsTest.settings("larch.model={name=resnet20}");
    Network network = Job.open(settings).network();
    Checkpoint checkpoint = imported(settings, network, weights(network));
    Path any = Files.createFile(folder.resolve("any"));
    assumeTrue(Files.getFileStore(any).supportsFileAttributeView(PosixFileAttributeView.class));
    Path file = folder.resolve("converted.safetensors");
    Conversion.toTorch(checkpoint.folder(), file, warning -> {});
    assertEquals(Files.getPosixFilePermissions(any), Files.getPosixFilePermissions(file));
  }

  @Test
  void shouldFailInAParagraphWhereTheCheckpointCannotBeWritten() throws IOException {
    Job job = Job.open(SameBitsTest.settings());
    Path out = folder.resolve("run");
    Checkpoints checkpoints = Checkpoints.open(out, 1);
    Files.delete(out);
    try (Replica replica = job.allocate()) {
      CheckpointArchive archive = new CheckpointArchive(job, Optional.of(checkpoints));
      Failure failure = assertThrows(Failure.class, () -> archive.write(replica));
      assertTrue(failure.getMessage().startsWith("Cannot write the checkpoint of step 0"));
    }
  }

  @Test
  void shouldRefuseTheFileOfAnotherNetwork() throws IOException {
    RunSettings settings = SameBitsTest.settings("larch.model=resnet20");
    Network network = Job.open(settings).network();
    Path file = torchFile("resnet20", network, weights(network));
    RunSettings other = SameBitsTest.settings("larch.model=mlp");
    Refusal refusal =
        assertThrows(Refusal.class, () -> Conversion.fromTorch(file, other, folder.resolve("run")));
    assertTrue(refusal.getMessage().contains("it lacks [fc1.bias"), refusal.getMessage());
    RunSettings narrow = SameBitsTest.settings("larch.model={name=mlp, hidden=3}");
    Network wide = Job.open(other).network();
    Path wideFile = torchFile("mlp", wide, weights(wide));
    Refusal shape =
        assertThrows(
            Refusal.class, () -> Conversion.fromTorch(wideFile, narrow, folder.resolve("run")));
    assertTrue(shape.getMessage().contains("shape [256, 784]"), shape.getMessage());
    assertEquals(0, FloatBlock.liveBytes());
  }

  @Test
  void shouldNameAlexNetAsTorchvisionDoes() {
    assertEquals("features.3.weight", TorchNames.of("alexnet", "conv2.weight"));
    assertEquals("classifier.6.bias", TorchNames.of("alexnet-bn", "fc8.bias"));
    assertEquals("bn2.running_mean", TorchNames.of("alexnet-bn", "bn2.running_mean"));
    assertEquals("conv1.weight", TorchNames.of("resnet50", "conv1.weight"));
    assertEquals(
        "layer1.0.downsample.1.running_var",
        TorchNames.of("resnet50", "layer1.0.downsample.1.running_var"));
  }
}
