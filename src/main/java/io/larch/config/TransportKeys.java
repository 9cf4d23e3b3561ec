package io.larch.config;

import com.typesafe.config.ConfigUtil;
import io.larch.config.TransportSettings.Checksum;
import io.larch.config.TransportSettings.Driver;
import io.larch.config.TransportSettings.Loss;
import io.larch.config.TransportSettings.Mode;
import io.larch.config.TransportSettings.Ownership;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** The keys under {@code cluster.transport}, read and written. */
final class TransportKeys {
  private static final String ROOT = "cluster.transport.";
  private static final int FRAME_ALIGNMENT = 32;
  private static final int MAX_MTU = 65504;

  private final Keys keys;

  TransportKeys(Keys keys) {
    this.keys = keys;
  }

  TransportSettings read() {
    return new TransportSettings(
        keys.choice(ROOT + "mode", Mode.class),
        bind(),
        (int) keys.whole(ROOT + "port", n -> n >= 0 && n <= 65535, "must be from 0 to 65535"),
        powerOfTwo("ipc-ring", 128 << 10, "128 KiB"),
        powerOfTwo("udp-term", 64 << 10, "64 KiB"),
        mtu(),
        keys.bytes(
            ROOT + "socket-buffer",
            n -> n >= 128 << 10 && n <= 1 << 30,
            "must be from 128 KiB to 1 GiB"),
        keys.choice(ROOT + "checksum", Checksum.class),
        driver(),
        loss());
  }

  private String bind() {
    String bind = keys.text(ROOT + "bind");
    if (bind.isBlank() || bind.matches("[0.]+|[0:]+")) {
      keys.problem(ROOT + "bind", "must be an address that other nodes can reach, not a wildcard");
    }
    return bind;
  }

  private int powerOfTwo(String key, int least, String leastInWords) {
    return keys.bytes(
        ROOT + key,
        n -> Long.bitCount(n) == 1 && n >= least && n <= 1 << 30,
        "must be a power of two from " + leastInWords + " to 1 GiB");
  }

  private int mtu() {
    String key = ROOT + "udp-mtu";
    return keys.text(key).equals("auto")
        ? 0
        : (int)
            keys.whole(
                key,
                n -> n >= 1024 && n <= MAX_MTU && n % FRAME_ALIGNMENT == 0,
                "must be auto or a multiple of 32 from 1024 to " + MAX_MTU);
  }

  private Driver driver() {
    return new Driver(
        keys.choice(ROOT + "driver.ownership", Ownership.class),
        keys.text(ROOT + "driver.directory"),
        keys.duration(ROOT + "driver.liveness", Duration.ofSeconds(1), Duration.ofHours(1)),
        keys.duration(ROOT + "driver.linger", Duration.ZERO, Duration.ofHours(24)));
  }

  private Loss loss() {
    return new Loss(
        rate("loss.data"), rate("loss.control"), keys.whole(ROOT + "loss.seed", n -> true, ""));
  }

  private double rate(String key) {
    return keys.number(ROOT + key, x -> x >= 0 && x < 1, "must be in [0, 1)");
  }

  /** Keys and their values in HOCON, in a fixed order. */
  static Map<String, String> text(TransportSettings transport) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("mode", Keys.spelled(transport.mode()));
    values.put("bind", ConfigUtil.quoteString(transport.bind()));
    values.put("port", transport.port());
    values.put("ipc-ring", transport.ipcRingBytes());
    values.put("udp-term", transport.udpTermBytes());
    values.put("udp-mtu", transport.udpMtu() == 0 ? "auto" : transport.udpMtu());
    values.put("socket-buffer", transport.socketBytes());
    values.put("checksum", Keys.spelled(transport.checksum()));
    values.put("driver.ownership", Keys.spelled(transport.driver().ownership()));
    values.put("driver.directory", ConfigUtil.quoteString(transport.driver().directory()));
    values.put("driver.liveness", millis(transport.driver().liveness()));
    values.put("driver.linger", millis(transport.driver().linger()));
    values.put("loss.data", transport.loss().data());
    values.put("loss.control", transport.loss().control());
    values.put("loss.seed", transport.loss().seed());
    Map<String, String> text = new LinkedHashMap<>();
    values.forEach((key, value) -> text.put(ROOT + key, value.toString()));
    return text;
  }

  private static String millis(Duration duration) {
    return ConfigUtil.quoteString(duration.toMillis() + " ms");
  }
}
