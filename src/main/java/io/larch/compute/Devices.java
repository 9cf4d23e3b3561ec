package io.larch.compute;

import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;

/** Makes devices. */
public final class Devices {
  private Devices() {}

  /** A device of this machine's processor; the caller owns it. */
  public static Device cpu(int index, int threads) {
    return new CpuDevice(index, threads);
  }

  /** Instruction set, library and Java that compute here; bits may differ where they do. */
  public static String machine() {
    dnnl_version_t library = dnnl.dnnl_version();
    return "%s with %s, oneDNN %d.%d.%d, Java %s"
        .formatted(
            System.getProperty("os.arch"),
            dnnl.get_effective_cpu_isa().intern().name(),
            library.major(),
            library.minor(),
            library.patch(),
            Runtime.version());
  }

  /** How many devices {@code auto} stands for: as many as the cores give whole teams of threads. */
  public static int automatic(int threadsPerDevice) {
    return Math.max(1, Runtime.getRuntime().availableProcessors() / threadsPerDevice);
  }
}
