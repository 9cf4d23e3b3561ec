package io.larch.checkpoint;

import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A complete checkpoint on disk whose files are what was written. */
public final class Checkpoint {
  static final String MODEL = "model.safetensors";
  static final String OPTIMIZER = "optimizer.safetensors";
  static final String RUN = "run.conf";
  static final Set<String> FILES = Set.of(MODEL, OPTIMIZER, RUN);

  private final Path folder;
  private final Meta meta;

  private Checkpoint(Path folder, Meta meta) {
    this.folder = folder;
    this.meta = meta;
  }

  /** Opens a folder {@code step-NNNNNNNN} after comparing every file with its SHA-256. */
  public static Checkpoint open(Path folder) throws IOException {
    Meta meta = Meta.read(folder);
    if (!meta.files().keySet().containsAll(FILES)) {
      throw new Damaged(folder.resolve(Meta.FILE), "it names the files " + meta.files().keySet());
    }
    for (Map.Entry<String, String> file : meta.files().entrySet()) {
      verify(folder.resolve(file.getKey()), file.getValue());
    }
    return new Checkpoint(folder, meta);
  }

  private static void verify(Path file, String expected) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new Damaged(file, "it is missing");
    }
    String found = Sha256.of(file);
    if (!found.equals(expected)) {
      throw new Damaged(file, "its SHA-256 is " + found + ", not " + expected);
    }
  }

  public Path folder() {
    return folder;
  }

  /** Where the run stood. */
  public Position position() {
    return meta.position();
  }

  /** The run file, with everything that had been set by options. */
  public Path runFile() {
    return folder.resolve(RUN);
  }

  /** The lines of every text that was kept beside them, by file name. */
  public Map<String, List<String>> texts() {
    Map<String, List<String>> texts = new TreeMap<>();
    try {
      for (String name : meta.files().keySet()) {
        if (!FILES.contains(name)) {
          texts.put(name, Files.readAllLines(folder.resolve(name)));
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    return texts;
  }

  /**
   * The digest of the weights, computed from the values on disk.
   *
   * @throws Refusal when they cannot be read, or have another digest than those that were saved
   */
  public String weightsSha256() {
    try (SafeTensorsFile file = openModel()) {
      String found = WeightsDigest.sha256(file);
      if (!found.equals(meta.weightsSha256())) {
        throw new Damaged(
            folder.resolve(MODEL),
            "the SHA-256 of its weights is " + found + ", not " + meta.weightsSha256());
      }
      return found;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Opens the file of the network's tensors; the caller owns the result. */
  public SafeTensorsFile openModel() throws IOException {
    return SafeTensors.open(folder.resolve(MODEL));
  }

  /** Fills the values of the network's tensors, all of them; they must be those that were saved. */
  public void readModel(List<NamedTensor> tensors) {
    read(MODEL, tensors);
  }

  /** Fills the values of the optimizer's buffers; they must be those that were saved. */
  public void readOptimizer(List<NamedTensor> tensors) {
    read(OPTIMIZER, tensors);
  }

  private void read(String name, List<NamedTensor> tensors) {
    try (SafeTensorsFile file = SafeTensors.open(folder.resolve(name))) {
      checkSame(name, file, tensors);
      for (NamedTensor tensor : tensors) {
        file.read(tensor);
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private Refusal unreadable(IOException cause) {
    return new Refusal(
        "Cannot read the checkpoint %s: %s. Use another one.".formatted(folder, cause.getMessage()),
        cause);
  }

  private void checkSame(String name, SafeTensorsFile file, List<NamedTensor> tensors) {
    Set<String> wanted = new TreeSet<>(tensors.stream().map(NamedTensor::name).toList());
    if (!wanted.equals(file.names())) {
      Set<String> unknown = new TreeSet<>(file.names());
      unknown.removeAll(wanted);
      wanted.removeAll(file.names());
      throw new Refusal(
          "%s is of another network: it lacks %s and has %s besides. Use the run file beside it."
              .formatted(folder.resolve(name), wanted, unknown));
    }
    for (NamedTensor tensor : tensors) {
      checkShape(name, tensor, file.shape(tensor.name()));
    }
  }

  private void checkShape(String name, NamedTensor tensor, List<Integer> saved) {
    if (!saved.equals(tensor.shape())) {
      throw new Refusal(
          "%s holds %s in shape %s, the network has %s. Use the run file beside it."
              .formatted(folder.resolve(name), tensor.name(), saved, tensor.shape()));
    }
  }
}
