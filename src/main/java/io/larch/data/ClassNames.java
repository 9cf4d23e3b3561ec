package io.larch.data;

import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What the labels of shards mean: the file {@code classnames.txt} beside the shards, in UTF-8,
 * names class {@code i} in line {@code i}, counted from 0.
 */
final class ClassNames {
  private static final String FILE = "classnames.txt";

  private ClassNames() {}

  /**
   * The names of the classes of shards.
   *
   * @param otherwise names a class where there is no file; then the largest training label says how
   *     many there are
   */
  static List<String> of(
      Path folder,
      List<EncodedPicture> train,
      List<EncodedPicture> test,
      IntFunction<String> otherwise) {
    Path file = folder.resolve(FILE);
    if (Files.exists(file)) {
      List<String> names = read(file);
      check(train, names.size() - 1, "the names in " + file);
      check(test, names.size() - 1, "the names in " + file);
      return names;
    }
    int last = train.stream().mapToInt(EncodedPicture::label).max().orElseThrow();
    check(test, last, "training labels");
    return IntStream.rangeClosed(0, last).mapToObj(otherwise).toList();
  }

  static void write(Path folder, List<String> names) throws IOException {
    Files.writeString(folder.resolve(FILE), String.join("\n", names) + "\n");
  }

  private static List<String> read(Path file) {
    try {
      return List.copyOf(Files.readAllLines(file));
    } catch (IOException e) {
      throw new Refusal(file + " cannot be read: " + e + "; it must be text in UTF-8", e);
    }
  }

  private static void check(List<EncodedPicture> pictures, int last, String what) {
    for (EncodedPicture picture : pictures) {
      if (picture.label() > last) {
        throw new Refusal(
            "%s has label %d, but %s end with %d; both need the same classes"
                .formatted(picture.name(), picture.label(), what, last));
      }
    }
  }
}
