package io.larch.run;

import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.compute.Device;
import io.larch.compute.Devices;
import io.larch.compute.InferenceProgram;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.data.PictureFiles;
import io.larch.model.Layout;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.model.Shape;
import io.larch.reduce.Replica;
import io.larch.reduce.Slice;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Says what pictures show, by a checkpoint of a run on encoded pictures. */
public final class Prediction {
  private static final int CHANNELS = 3;
  private static final int BEST = 5;

  private final RunSettings settings;
  private final List<String> classNames;
  private final PictureFiles files;

  private Prediction(Checkpoint checkpoint) {
    settings = RunFile.load(Optional.of(checkpoint.runFile()), List.of());
    classNames = checkpoint.position().classNames();
    files = new PictureFiles(settings.data().pictures());
    refuseOtherData(checkpoint);
  }

  /** A class and its probability, in [0, 1]. */
  public record Guess(String className, double probability) {}

  /**
   * What became of a picture.
   *
   * @param best the most probable classes, five at most, best first; none if it is damaged
   * @param damage why it cannot be decoded, if so
   */
  public record Answer(Path picture, List<Guess> best, Optional<String> damage) {
    public Answer {
      best = List.copyOf(best);
    }
  }

  /**
   * Answers for pictures in order, each seen as the run's evaluation sees its test pictures.
   *
   * @param path a checkpoint, or the folder of a run, whose newest valid one is used
   */
  public static void predict(
      Path path, List<Path> pictures, Consumer<String> warning, Consumer<Answer> answers) {
    Checkpoint checkpoint = Checkpoints.find(path, warning);
    new Prediction(checkpoint).predict(checkpoint, pictures, answers);
  }

  private void refuseOtherData(Checkpoint checkpoint) {
    if (!settings.data().isEncoded()) {
      throw new Refusal(
          "%s was trained on %s, whose samples are no picture files; name a checkpoint of a run on encoded pictures."
              .formatted(checkpoint.folder(), settings.data().name()));
    }
    if (classNames.isEmpty()) {
      throw new Refusal(
          "%s does not say what its classes are called; name a checkpoint that does."
              .formatted(checkpoint.folder()));
    }
  }

  private void predict(Checkpoint checkpoint, List<Path> pictures, Consumer<Answer> answers) {
    Network network = network();
    Layout layout = network.layout();
    try (Device device = Devices.cpu(0, settings.threadsPerDevice());
        Replica replica = new Replica(layout, Slice.cut(layout, settings.sliceBytes()), 0)) {
      checkpoint.readModel(ReplicaTensors.model(replica));
      device
          .submit(
              () -> {
                answerAll(device, network, replica, pictures, answers);
                return null;
              })
          .join();
    }
  }

  private Network network() {
    int size = settings.data().pictures().imageSize();
    return Networks.build(settings.model(), new Shape(CHANNELS, size, size), classNames.size());
  }

  private void answerAll(
      Device device,
      Network network,
      Replica replica,
      List<Path> pictures,
      Consumer<Answer> answers) {
    try (InferenceProgram program = device.compileInference(network, 1, settings.precision())) {
      program.pack(replica.committed().weights());
      for (Path picture : pictures) {
        answers.accept(answer(program, picture));
      }
    }
  }

  private Answer answer(InferenceProgram program, Path picture) {
    Optional<String> damage = files.read(picture, program.images());
    return new Answer(picture, damage.isPresent() ? List.of() : best(program.logits()), damage);
  }

  /** Softmax, in double. */
  private List<Guess> best(FloatBuffer logits) {
    int classes = classNames.size();
    double largest = IntStream.range(0, classes).mapToDouble(logits::get).max().orElseThrow();
    double[] powers =
        IntStream.range(0, classes).mapToDouble(c -> Math.exp(logits.get(c) - largest)).toArray();
    double sum = 0;
    for (double power : powers) {
      sum += power;
    }
    double total = sum;
    return IntStream.range(0, classes)
        .mapToObj(c -> new Guess(classNames.get(c), powers[c] / total))
        .sorted(Comparator.comparingDouble(Guess::probability).reversed())
        .limit(BEST)
        .toList();
  }
}
