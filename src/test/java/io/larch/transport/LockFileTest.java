package io.larch.transport;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larch.config.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Between processes, locks are in {@link SharedDriverTest} and {@link EmbeddedDriverTest}. */
class LockFileTest {
  /** Linux has a file that is always full. */
  private static final Path FULL = Path.of("/dev/full");

  @Test
  void shouldHoldNoLockWhoseFileCannotBeWritten() {
    assumeTrue(Files.exists(FULL), FULL + " is absent");
    for (int attempt = 0; attempt < 2; attempt++) {
      Exception error = assertThrows(Refusal.class, () -> LockFile.tryLock(FULL));
      assertTrue(error.getMessage().contains(FULL + " cannot be used"), error.getMessage());
    }
  }
}
