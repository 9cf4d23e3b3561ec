package io.larch.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.larch.checkpoint.Checkpoints;
import io.larch.config.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FolderTest {
  private final Folder cluster = Folder.temporary();
  private final Folder folder = cluster.of("node-1");
  private final Path run = folder.path().resolve("lenet-1");
  private final Path checkpoint = run.resolve("step-00000007");

  @BeforeEach
  void keepACheckpoint() throws IOException {
    Files.createDirectories(checkpoint);
  }

  @Test
  void shouldLetNobodyWriteWhileItIsBlocked() {
    folder.whileBlocked(() -> assertThrows(Refusal.class, () -> Checkpoints.open(run, 1)));
    Checkpoints.open(run, 1);
    assertEquals(Set.of(checkpoint), folder.checkpoints());
  }

  @AfterEach
  void shouldLeaveNothing() {
    cluster.remove();
    assertFalse(Files.exists(cluster.path()));
  }
}
