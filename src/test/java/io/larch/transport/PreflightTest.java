package io.larch.transport;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.Test;

class PreflightTest {
  private static final long MIB = 1 << 20;

  @Test
  void shouldCountTheLogsOfEveryStream() {
    TransportSettings auto = Fixtures.settings("ipc-term=16m", "udp-term=8m");
    assertEquals(0, Preflight.logBytes(auto, 1, 0));
    assertEquals(4 * 3 * 16 * MIB, Preflight.logBytes(auto, 2, 0), "two streams each way");
    assertEquals((3 * 2 * 2 * 16 + 3 * 5 * 4 * 8) * 3 * MIB, Preflight.logBytes(auto, 3, 5));
    assertEquals(
        8 * 3 * 8 * MIB, Preflight.logBytes(Fixtures.settings("mode=udp", "udp-term=8m"), 2, 0));
  }

  @Test
  void shouldRefuseTooLittleSharedMemoryWithBothNumbers() {
    TransportSettings settings = Fixtures.settings("driver.directory=/dev/shm/some");
    assertDoesNotThrow(() -> Preflight.requireSpace(settings, 2, 0, 192 * MIB));
    Exception error =
        assertThrows(Refusal.class, () -> Preflight.requireSpace(settings, 2, 0, 192 * MIB - 1));
    assertTrue(
        error.getMessage().contains("need 192 MiB beside /dev/shm/some, where 191 MiB are free"),
        error.getMessage());
  }

  @Test
  void shouldRefuseAPortInUse() throws Exception {
    try (DatagramChannel taken = DatagramChannel.open()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) taken.getLocalAddress()).getPort();
      Exception error =
          assertThrows(
              Refusal.class, () -> Preflight.check(Fixtures.settings("port=" + port), 1, 0));
      assertTrue(error.getMessage().contains("port = " + port), error.getMessage());
    }
  }

  @Test
  void shouldRefuseAnAddressOfAnotherHost() {
    Exception error =
        assertThrows(
            Refusal.class, () -> Preflight.check(Fixtures.settings("bind=192.0.2.1"), 1, 0));
    assertTrue(error.getMessage().contains("bind = 192.0.2.1 is no address of this host"));
  }

  @Test
  void shouldWarnOfBuffersThatAreNotGrantedAndShrinkTheWindow() {
    TransportSettings settings = Fixtures.settings("socket-buffer=1g");
    Sockets granted = new Sockets(settings, 1500, 200_000, 300_000);
    assertEquals(200_000, granted.channels().window());
    assertTrue(granted.warnings().get(0).contains("grants 200000 to receive and 300000 to send"));
  }

  @Test
  void shouldFitDatagramsToTheInterface() {
    TransportSettings auto = Fixtures.settings("socket-buffer=2m");
    assertEquals(65504, new Sockets(auto, 65508, 2 << 20, 2 << 20).channels().udpMtu());
    assertEquals(8960, new Sockets(auto, 8972, 2 << 20, 2 << 20).channels().udpMtu());
    assertEquals(1472, new Sockets(auto, 1472, 2 << 20, 2 << 20).channels().udpMtu());
  }

  @Test
  void shouldWarnOfDatagramsThatTheInterfaceMustCut() {
    Sockets sockets = new Sockets(Fixtures.settings("udp-mtu=8960"), 1472, 2 << 20, 2 << 20);
    assertTrue(sockets.warnings().get(0).contains("udp-mtu = 8960"));
    assertTrue(sockets.warnings().get(0).contains("at most 1472"));
  }
}
