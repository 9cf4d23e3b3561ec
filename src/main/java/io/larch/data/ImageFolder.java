package io.larch.data;

import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Pictures in folders named by their class: {@code train/CLASS/…} and {@code val/CLASS/…} (or
 * {@code test/CLASS/…}), as torchvision's ImageFolder reads them. Classes are numbered in the order
 * of the training folders' names; files are taken in the order of theirs.
 */
final class ImageFolder {
  private static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png");

  private ImageFolder() {}

  static EncodedPictures read(Path folder) {
    Path train = folder.resolve("train");
    Path val = folder.resolve("val");
    Path test = Files.isDirectory(val) ? val : folder.resolve("test");
    List<String> classes = classes(train);
    checkClasses(classes, train, test);
    return new EncodedPictures(
        classes, pictures(folder, train, classes), pictures(folder, test, classes));
  }

  /** All pictures below a folder, whatever their classes; labels are 0. */
  static List<EncodedPicture> all(Path folder) {
    List<EncodedPicture> pictures = new ArrayList<>();
    files(folder).forEach(file -> pictures.add(picture(folder, file, 0)));
    if (pictures.isEmpty()) {
      throw new Refusal(
          "%s holds no picture (%s); name another folder"
              .formatted(folder, String.join(", ", ENDINGS.stream().sorted().toList())));
    }
    return pictures;
  }

  private static List<String> classes(Path split) {
    try (Stream<Path> found = Files.list(split)) {
      return found
          .filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new Refusal(
          split
              + " cannot be listed: "
              + e
              + "; set larch.data.path to a folder that holds train/CLASS/FILE and val/CLASS/FILE",
          e);
    }
  }

  private static void checkClasses(List<String> classes, Path train, Path test) {
    if (classes.isEmpty()) {
      throw new Refusal(train + " holds no class folders; pictures must lie in train/CLASS/FILE");
    }
    List<String> unknown = classes(test).stream().filter(name -> !classes.contains(name)).toList();
    if (!unknown.isEmpty()) {
      throw new Refusal(
          "%s has classes that %s has not: %s; both need the same class folders"
              .formatted(test, train, String.join(", ", unknown)));
    }
  }

  private static List<EncodedPicture> pictures(Path folder, Path split, List<String> classes) {
    List<EncodedPicture> pictures = new ArrayList<>();
    for (int label = 0; label < classes.size(); label++) {
      Path own = split.resolve(classes.get(label));
      if (Files.isDirectory(own)) {
        for (Path file : files(own)) {
          pictures.add(picture(folder, file, label));
        }
      }
    }
    if (pictures.isEmpty()) {
      throw new Refusal(split + " holds no JPEG or PNG file in its class folders");
    }
    return pictures;
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> found = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
      return found
          .filter(file -> isPicture(file.getFileName().toString()) && Files.isRegularFile(file))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new Refusal(folder + " cannot be listed: " + e + "; check the folder", e);
    }
  }

  /** By the ending of its name, as its contents are looked at only when it is decoded. */
  static boolean isPicture(String name) {
    return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
  }

  private static PictureFile picture(Path folder, Path file, int label) {
    try {
      String name = folder.relativize(file).toString().replace('\\', '/');
      return new PictureFile(file, name, label, Files.size(file));
    } catch (IOException e) {
      throw new Refusal(file + " cannot be read: " + e + "; check the file", e);
    }
  }
}
