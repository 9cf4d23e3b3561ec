package io.larch.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Unpacks a compressed tar of one folder; nothing leaves the folder it is unpacked to. */
final class Unpacking {
  private static final Set<Byte> PLAIN = Set.of(TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM);

  private Unpacking() {}

  /**
   * Unpacks what lies in the archive's one folder into {@code folder}, in the order of the names;
   * so the last of them is there only if all are. Goes on where it was ended before.
   */
  static void unpack(Path archive, Path folder) throws IOException {
    Path whole = folder.resolve(archive.getFileName() + ".unpacked");
    if (!Files.isDirectory(whole)) {
      Path beside = folder.resolve(archive.getFileName() + ".unpacking");
      unpackWhole(archive, beside);
      Files.move(beside, whole);
    }
    moveContents(whole, folder);
    Folders.remove(whole);
  }

  private static void unpackWhole(Path archive, Path beside) throws IOException {
    Folders.remove(beside);
    try (InputStream file = new BufferedInputStream(Files.newInputStream(archive));
        TarArchiveInputStream in = new TarArchiveInputStream(new GZIPInputStream(file))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        unpack(archive, in, entry, beside);
      }
    }
  }

  private static void unpack(
      Path archive, TarArchiveInputStream in, TarArchiveEntry entry, Path folder)
      throws IOException {
    Path target = target(archive, entry, folder);
    if (entry.isDirectory()) {
      Files.createDirectories(target);
    } else if (PLAIN.contains(entry.getLinkFlag())) {
      Files.createDirectories(target.getParent());
      Files.copy(in, target);
    } else {
      throw unsafe(archive, entry, "is neither file nor folder");
    }
  }

  /** The entry's place, without the archive's one folder. */
  private static Path target(Path archive, TarArchiveEntry entry, Path folder) {
    try {
      Path name = Path.of(entry.getName());
      boolean climbs = Stream.of(entry.getName().split("[/\\\\]")).anyMatch(".."::equals);
      if (name.isAbsolute() || climbs) {
        throw unsafe(archive, entry, "leads out of the folder");
      }
      Path plain = name.normalize();
      return plain.getNameCount() == 1
          ? folder.resolve(entry.isDirectory() ? Path.of("") : plain)
          : folder.resolve(plain.subpath(1, plain.getNameCount()));
    } catch (InvalidPathException e) {
      throw unsafe(archive, entry, "is no name of a file");
    }
  }

  private static DataUnavailable unsafe(Path archive, TarArchiveEntry entry, String why) {
    return new DataUnavailable(
        "%s holds %s, which %s; it is not unpacked".formatted(archive, entry.getName(), why));
  }

  private static void moveContents(Path from, Path to) throws IOException {
    List<Path> children;
    try (Stream<Path> found = Files.list(from)) {
      children = found.sorted().toList();
    }
    for (Path child : children) {
      Files.move(child, to.resolve(child.getFileName()));
    }
  }
}
