package io.larch.data;

import io.larch.config.Refusal;
import io.larch.config.Spelling;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;

/**
 * A data set that is published, with the checksums its publisher or torchvision names.
 *
 * @param name what it is asked for by
 * @param dataName the value of {@code larch.data.name} that reads it
 * @param home the address of the files but for their names
 * @param lastUnpacked if the files are archives, the last name in their order that lies in the
 *     archive's folder; empty if the files are read as they are
 */
public record Published(
    String name, String dataName, URI home, List<RemoteFile> files, String lastUnpacked) {
  private static final String IMAGENETTE_HOME = "https://s3.amazonaws.com/fast-ai-imageclas/";

  private static final List<String> SCHEMES = List.of("http", "https");

  private static final List<Published> ALL =
      List.of(
          idx(
              "fashion-mnist",
              "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
              "SHA-256",
              "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
              "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
              "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
              "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
          idx(
              "mnist",
              "https://ossci-datasets.s3.amazonaws.com/mnist/",
              "MD5",
              "f68b3c2dcbeaaa9fbdd348bbdeb94873",
              "d53e105ee54ea40749a09fcbcd1e9432",
              "9fb629c4189551a2d022fa330f9573f3",
              "ec29112dd5afa0611ce80d1b7f02629c"),
          archive(
              "cifar-10",
              "cifar-10",
              "https://www.cs.toronto.edu/~kriz/",
              new RemoteFile("cifar-10-binary.tar.gz", "MD5", "c32a1d4ab5d03f1284b67883e8d87530"),
              "test_batch.bin"),
          imagenette("imagenette-160", "imagenette2-160.tgz", "e793b78cc4c9e9a4ccc0c1155377a412"),
          imagenette("imagenette-320", "imagenette2-320.tgz", "3df6f0d01a2c9592104656642f5e78a3"),
          imagenette("imagenette", "imagenette2.tgz", "fe2fc210e6bb7c5664d602c3cd71e612"));

  /** A file to be fetched; the checksum is in lower-case hex. */
  public record RemoteFile(String name, String algorithm, String checksum) {}

  public Published {
    files = List.copyOf(files);
  }

  private static Published idx(String name, String home, String algorithm, String... checksums) {
    List<String> files =
        Stream.of(IdxFolder.TRAIN, IdxFolder.TEST)
            .flatMap(part -> Stream.of(part + IdxFolder.IMAGES, part + IdxFolder.LABELS))
            .toList();
    List<RemoteFile> remote =
        Stream.of(0, 1, 2, 3)
            .map(i -> new RemoteFile(files.get(i) + ".gz", algorithm, checksums[i]))
            .toList();
    return new Published(name, "idx", URI.create(home), remote, "");
  }

  private static Published imagenette(String name, String file, String md5) {
    RemoteFile archive = new RemoteFile(file, "MD5", md5);
    return archive(name, "image-folder", IMAGENETTE_HOME, archive, "val");
  }

  private static Published archive(
      String name, String dataName, String home, RemoteFile file, String lastUnpacked) {
    return new Published(name, dataName, URI.create(home), List.of(file), lastUnpacked);
  }

  /** What can be fetched. */
  public static List<String> names() {
    return ALL.stream().map(Published::name).toList();
  }

  /** Finds a data set by its name. */
  public static Published named(String name) {
    return ALL.stream()
        .filter(one -> one.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new Refusal(
                    "%s is no data set that can be fetched; there are %s.%s"
                        .formatted(
                            name, String.join(", ", names()), Spelling.hint(name, names()))));
  }

  /**
   * The same data set from another place.
   *
   * @param mirror an address of HTTP but for the files' names
   */
  public Published from(URI mirror) {
    if (!SCHEMES.contains(String.valueOf(mirror.getScheme())) || mirror.getHost() == null) {
      throw new Refusal(
          "--from %s is no address of HTTP; it must be http://HOST/… or https://HOST/…"
              .formatted(mirror));
    }
    return new Published(name, dataName, mirror, files, lastUnpacked);
  }

  /** Whether the files are to be unpacked. */
  boolean packed() {
    return !lastUnpacked.isEmpty();
  }

  /** Where a file is fetched from. */
  URI address(RemoteFile file) {
    String base = home.toString();
    return URI.create(base + (base.endsWith("/") ? "" : "/") + file.name());
  }
}
