package io.larch.chaos;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VitalsTest {
  private static final long SELF = ProcessHandle.current().pid();

  @BeforeEach
  void needLinux() {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "this system has no /proc");
  }

  @Test
  void shouldCountWhatIsOpen(@TempDir Path folder) throws IOException {
    long before = Vitals.of(List.of(SELF)).handles();
    List<OutputStream> open = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        open.add(Files.newOutputStream(folder.resolve("file" + i)));
      }
      long with = Vitals.of(List.of(SELF)).handles();
      assertTrue(with >= before + 90 && with <= before + 110, before + " and " + with);
    } finally {
      for (OutputStream file : open) {
        file.close();
      }
    }
  }

  @Test
  void shouldHoldWhatThisProcessHolds() throws IOException {
    Vitals vitals = Vitals.of(List.of(SELF));
    assertTrue(vitals.resident() > 10_000_000, vitals.toString());
    assertTrue(vitals.threads() >= 2, vitals.toString());
  }

  @Test
  void shouldNotInventAProcess() {
    assertThrows(IOException.class, () -> Vitals.of(List.of(Long.MAX_VALUE)));
  }
}
