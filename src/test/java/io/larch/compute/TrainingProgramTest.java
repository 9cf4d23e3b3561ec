package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.config.Precision;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.model.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TrainingProgramTest {
  private static final Device DEVICE = Devices.cpu(0, 1);

  @AfterAll
  static void close() {
    DEVICE.close();
  }

  private static Network known(String name, double smoothing) {
    ModelSettings settings = new ModelSettings(name, smoothing, ConfigFactory.empty());
    return Networks.build(settings, new Shape(1, 9, 7), 10);
  }

  @Test
  void shouldAgreeWithTwinOnMlp() {
    Trial trial = new Trial(known("mlp", 0.1), 6);
    ReferenceNetwork.Result expected = trial.expected(0);
    Trial.Run run = trial.run(DEVICE, Precision.F32, false, 0);
    assertEquals(expected.lossSum(), run.outcome().lossSum(), 1e-5 * expected.lossSum());
    double error = Trial.worstError(trial.network, expected.gradient(), run.gradient());
    assertTrue(error < 1e-5, "relative error " + error);
  }

  @Test
  void shouldReportLayersFromLastToFirst() {
    Trial.Run run = new Trial(known("mlp", 0), 3).run(DEVICE, Precision.F32, false, 0);
    assertEquals(List.of("fc2", "fc1"), run.layers());
  }
}
