package io.larch.data;

import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * Class folders in tar files: entries {@code train/CLASS/…} and {@code val/CLASS/…} or, without
 * such, {@code test/CLASS/…} of all {@code .tar} files of a folder, perhaps below further folders.
 * Only headers are read; a picture's contents are found by their offset. The order is that of
 * {@link ImageFolder} on the unpacked files, and so are the bits of a run.
 */
final class TarFolder {
  private static final Pattern PICTURE = Pattern.compile("(?:.*/)?((train|val|test)/([^/]+)/.+)");

  private TarFolder() {}

  /** An entry of which the label is not known yet. */
  private record Found(String split, String className, TarPicture picture) {
    TarPicture labelled(List<String> classes) {
      int label = classes.indexOf(className);
      if (label < 0) {
        throw new Refusal(
            "%s holds %s, but there are no training pictures of this class; both need the same"
                    .formatted(picture.tar(), picture.name())
                + " class folders");
      }
      return new TarPicture(
          picture.tar(), picture.offset(), picture.name(), label, picture.length());
    }
  }

  static EncodedPictures read(Path folder) {
    List<Found> found = new ArrayList<>();
    tars(folder).forEach(tar -> collect(tar, found));
    List<Found> train = found.stream().filter(one -> one.split.equals("train")).toList();
    boolean hasVal = found.stream().anyMatch(one -> one.split.equals("val"));
    String testing = hasVal ? "val" : "test";
    List<Found> test = found.stream().filter(one -> one.split.equals(testing)).toList();
    if (train.isEmpty() || test.isEmpty()) {
      throw new Refusal(
          "the tar files of %s hold no picture %s/CLASS/FILE; set larch.data.path to the folder of"
                  .formatted(folder, train.isEmpty() ? "train" : "val")
              + " tars of class folders");
    }
    List<String> classes = train.stream().map(Found::className).distinct().sorted().toList();
    return new EncodedPictures(classes, labelled(train, classes), labelled(test, classes));
  }

  private static List<EncodedPicture> labelled(List<Found> found, List<String> classes) {
    return found.stream()
        .map(one -> (EncodedPicture) one.labelled(classes))
        .sorted(Comparator.comparingInt(EncodedPicture::label).thenComparing(EncodedPicture::name))
        .toList();
  }

  /** The tar files of a folder, in the order of their names. */
  static List<Path> tars(Path folder) {
    List<Path> tars = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.tar")) {
      files.forEach(tars::add);
    } catch (IOException e) {
      throw new Refusal(folder + " cannot be listed: " + e + "; check larch.data.path", e);
    }
    if (tars.isEmpty()) {
      throw new Refusal(folder + " holds no .tar file; set larch.data.path to the folder of them");
    }
    return tars.stream().sorted().toList();
  }

  private static void collect(Path tar, List<Found> found) {
    try (TarFile file = new TarFile(tar)) {
      for (TarArchiveEntry entry : file.getEntries()) {
        Matcher path = PICTURE.matcher(entry.getName());
        if (entry.isFile() && ImageFolder.isPicture(entry.getName()) && path.matches()) {
          TarPicture picture =
              new TarPicture(tar, entry.getDataOffset(), path.group(1), 0, entry.getSize());
          found.add(new Found(path.group(2), path.group(3), picture));
        }
      }
    } catch (IOException e) {
      throw new Refusal(
          tar + " is no tar file or damaged: " + e.getMessage() + "; fetch it again", e);
    }
  }
}
