package io.larch.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransportSettingsTest {
  @Test
  void shouldLoadEqualFromItsOwnOptions() {
    TransportSettings transport =
        load(
            "mode=udp",
            "bind=fe80::1%eth0",
            "udp-mtu=8960",
            "driver.directory=/a b/c",
            "driver.linger=1500ms",
            "loss.data=0.05");
    assertEquals("/a b/c", transport.driver().directory());
    assertEquals(Duration.ofMillis(1500), transport.driver().linger());
    assertEquals(transport, settings(transport.options()));
    assertEquals(load(), settings(load().options()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bind=0.0.0.0        | must be an address that other nodes can reach, not a wildcard",
        "port=65536          | must be from 0 to 65535",
        "udp-mtu=1500        | must be auto or a multiple of 32 from 1024 to 65504",
        "udp-term=3m         | must be a power of two from 64 KiB to 1 GiB",
        "ipc-ring=64k        | must be a power of two from 128 KiB to 1 GiB",
        "checksum=tcp        | checksum",
        "driver.liveness=1ms | must be a time from 1000 ms to 3600 s",
        "loss.data=1         | must be in [0, 1)",
        "driver.lingers=1s   | did you mean larch.cluster.transport.driver.linger?"
      })
  void shouldRefuseWhatCannotBe(String option, String reason) {
    Refusal refusal = assertThrows(Refusal.class, () -> load(option));
    assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
  }

  private static TransportSettings load(String... options) {
    return settings(Arrays.stream(options).map(one -> "cluster.transport." + one).toList());
  }

  private static TransportSettings settings(List<String> options) {
    return NodeFile.load(Optional.empty(), options).cluster().transport();
  }
}
