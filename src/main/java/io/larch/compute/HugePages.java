package io.larch.compute;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;

/**
 * Asks Linux to back large blocks with pages of 2 MiB instead of 4 KiB, so that a step that walks
 * over gigabytes spends less on translating addresses. Only advice: elsewhere, and where the kernel
 * has none to give, nothing changes but the speed.
 */
final class HugePages {
  /** Bytes of a huge page on x86-64 and on most ARM. */
  static final long BYTES = 2L << 20;

  /** MADV_HUGEPAGE of {@code <sys/mman.h>}. */
  private static final int HUGE_PAGE = 14;

  /** What the C library has for it. */
  private interface C extends Library {
    /** Advises the kernel about a range of memory; 0 if it takes the advice. */
    int madvise(Pointer address, NativeLong bytes, int advice);
  }

  private static final C LIBRARY = Platform.isLinux() ? Native.load("c", C.class) : null;

  private HugePages() {}

  /** Advises for whole pages from an aligned address on. */
  static void advise(long address, long bytes) {
    if (LIBRARY != null) {
      long whole = bytes / BYTES * BYTES;
      LIBRARY.madvise(new Pointer(address), new NativeLong(whole), HUGE_PAGE);
    }
  }
}
