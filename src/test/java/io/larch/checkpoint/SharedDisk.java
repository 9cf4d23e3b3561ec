package io.larch.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A disk on which somebody else does something before each operation. */
record SharedDisk(Runnable somebodyElse) implements Disk {
  @Override
  public Sink create(Path file) throws IOException {
    somebodyElse.run();
    return REAL.create(file);
  }

  @Override
  public void createFolder(Path folder) throws IOException {
    somebodyElse.run();
    REAL.createFolder(folder);
  }

  @Override
  public void syncFolder(Path folder) throws IOException {
    somebodyElse.run();
    REAL.syncFolder(folder);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    somebodyElse.run();
    REAL.rename(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    somebodyElse.run();
    REAL.delete(file);
  }
}
