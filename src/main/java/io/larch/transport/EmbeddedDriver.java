package io.larch.transport;

import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.larch.config.TransportSettings;
import java.util.UUID;

/** A media driver inside this process, over a directory that nobody else knows. */
final class EmbeddedDriver implements MediaHost {
  private final MediaDriver driver;

  private EmbeddedDriver(MediaDriver driver) {
    this.driver = driver;
  }

  /** Starts one; the caller owns it. */
  static EmbeddedDriver start(TransportSettings settings) {
    String configured = settings.driver().directory();
    String base = configured.isEmpty() ? CommonContext.AERON_DIR_PROP_DEFAULT : configured;
    String directory = base + "-" + ProcessHandle.current().pid() + "-" + UUID.randomUUID();
    return new EmbeddedDriver(MediaDriver.launch(DriverSetup.context(settings, directory)));
  }

  @Override
  public String directory() {
    return driver.aeronDirectoryName();
  }

  @Override
  public boolean isAlive() {
    return true;
  }

  @Override
  public void joined() {}

  @Override
  public void close() {
    driver.close();
  }
}
