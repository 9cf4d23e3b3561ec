package io.larch.run;

import io.larch.checkpoint.Checkpoint;
import io.larch.checkpoint.Checkpoints;
import io.larch.checkpoint.NamedTensor;
import io.larch.checkpoint.SafeTensors;
import io.larch.checkpoint.SafeTensorsFile;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.model.TorchNames;
import io.larch.reduce.Replica;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;

/** Weights to and from safetensors files under torchvision's names, for users of PyTorch. */
public final class Conversion {
  private Conversion() {}

  /**
   * Writes a checkpoint's parameters and running statistics into one file, complete or not at all.
   *
   * @param path a checkpoint, or the folder of a run, whose newest valid one is used
   * @return what was converted
   */
  public static Checkpoint toTorch(Path path, Path file, Consumer<String> warning) {
    Checkpoint checkpoint = Checkpoints.find(path, warning);
    RunSettings settings = RunFile.load(Optional.of(checkpoint.runFile()), List.of());
    try {
      write(file, renamed(checkpoint, settings.model().name()));
    } catch (IOException e) {
      throw new Refusal(
          "Cannot convert %s to %s: %s. Make the folder writable or name another file."
              .formatted(checkpoint.folder(), file, e),
          e);
    }
    return checkpoint;
  }

  private static List<NamedTensor> renamed(Checkpoint checkpoint, String network)
      throws IOException {
    List<NamedTensor> tensors = new ArrayList<>();
    try (SafeTensorsFile model = checkpoint.openModel()) {
      for (String name : model.names()) {
        NamedTensor own = model.read(name);
        tensors.add(new NamedTensor(TorchNames.of(network, name), own.shape(), own.values()));
      }
    }
    return tensors;
  }

  private static void write(Path file, List<NamedTensor> tensors) throws IOException {
    Path temporary = file.resolveSibling(".tmp-" + UUID.randomUUID() + ".safetensors");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        SafeTensors.write(channel, tensors);
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Begins a run from the weights of a file: writes its checkpoint of step 0, from which it can be
   * trained on or evaluated. Optimizer buffers are 0.
   *
   * @param out the run's output folder
   * @return the checkpoint's folder
   */
  public static Path fromTorch(Path file, RunSettings settings, Path out) {
    Checkpoints.refuseOccupied(out);
    Job job = Job.open(settings);
    try (Replica replica = job.allocate();
        SafeTensorsFile source = SafeTensors.open(file)) {
      fill(replica, settings.model().name(), file, source);
      replica.restore(0);
      Checkpoints checkpoints = Checkpoints.open(out, settings.checkpoint().keep());
      return Path.of(new CheckpointArchive(job, Optional.of(checkpoints)).write(replica));
    } catch (IOException e) {
      throw new Refusal("Cannot read %s: %s. Use another file.".formatted(file, e.getMessage()), e);
    }
  }

  private static void fill(Replica replica, String network, Path file, SafeTensorsFile source)
      throws IOException {
    List<NamedTensor> room =
        ReplicaTensors.model(replica).stream()
            .map(
                own ->
                    new NamedTensor(TorchNames.of(network, own.name()), own.shape(), own.values()))
            .toList();
    refuseOtherNetwork(room, file, source);
    for (NamedTensor tensor : room) {
      source.read(tensor);
    }
  }

  private static void refuseOtherNetwork(
      List<NamedTensor> room, Path file, SafeTensorsFile source) {
    Set<String> missing = new TreeSet<>(room.stream().map(NamedTensor::name).toList());
    Set<String> surplus = new TreeSet<>(source.names());
    surplus.removeAll(missing);
    missing.removeAll(source.names());
    if (!missing.isEmpty() || !surplus.isEmpty()) {
      throw new Refusal(
          "%s is of another network: it lacks %s and has %s besides. Name its network in the run file."
              .formatted(file, missing, surplus));
    }
    for (NamedTensor tensor : room) {
      List<Integer> shape = source.shape(tensor.name());
      if (!shape.equals(tensor.shape())) {
        throw new Refusal(
            "%s holds %s in shape %s, the network of the run file has %s. Its input or number of classes differs; use the data set it was trained for."
                .formatted(file, tensor.name(), shape, tensor.shape()));
      }
    }
  }
}
