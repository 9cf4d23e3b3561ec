package io.larch.compute;

/** Makes devices. */
public final class Devices {
  private Devices() {}

  /** A device of this machine's processor; the caller owns it. */
  public static Device cpu(int index, int threads) {
    return new CpuDevice(index, threads);
  }

  /** How many devices {@code auto} stands for: as many as the cores give whole teams of threads. */
  public static int automatic(int threadsPerDevice) {
    return Math.max(1, Runtime.getRuntime().availableProcessors() / threadsPerDevice);
  }
}
