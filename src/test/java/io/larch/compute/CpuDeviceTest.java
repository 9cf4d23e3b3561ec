package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Precision;
import io.larch.config.Refusal;
import io.larch.model.Network;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class CpuDeviceTest {
  @Test
  void shouldRunWorkInOrderOnItsOwnThread() {
    try (Device device = Devices.cpu(3, 1)) {
      StringBuilder order = new StringBuilder();
      for (int i = 0; i < 10; i++) {
        int number = i;
        device.submit(() -> order.append(number)).join();
      }
      assertEquals("0123456789", order.toString());
      assertEquals("device-3", device.submit(() -> Thread.currentThread().getName()).join());
    }
  }

  @Test
  void shouldHandOnWhatWorkThrows() {
    try (Device device = Devices.cpu(0, 1)) {
      CompletionException thrown =
          assertThrows(
              CompletionException.class,
              () ->
                  device
                      .submit(
                          () -> {
                            throw new Refusal("no");
                          })
                      .join());
      assertInstanceOf(Refusal.class, thrown.getCause());
    }
  }

  @Test
  void shouldRefuseToCompileOnAnotherThread() {
    Network network = SmallNetworks.all().get("mlp");
    try (Device device = Devices.cpu(0, 1)) {
      assertThrows(
          IllegalStateException.class, () -> device.compileInference(network, 1, Precision.F32));
    }
  }

  @Test
  void shouldTakeNoWorkOnceClosed() {
    Device device = Devices.cpu(0, 1);
    device.close();
    assertThrows(RejectedExecutionException.class, () -> device.submit(() -> 1));
  }

  @Test
  void shouldRefuseBatchNormOverASingleValue() {
    Trial trial = new Trial(SmallNetworks.all().get("batch norm of a vector"), 1);
    try (Device device = Devices.cpu(0, 1)) {
      CompletionException thrown =
          assertThrows(CompletionException.class, () -> trial.run(device, Precision.F32, false, 0));
      assertTrue(thrown.getCause().getMessage().contains("larger micro-batch"));
    }
  }

  @Test
  void shouldFillTheCoresWithWholeTeams() {
    assertEquals(1, Devices.automatic(Integer.MAX_VALUE));
    assertEquals(Runtime.getRuntime().availableProcessors(), Devices.automatic(1));
  }
}
