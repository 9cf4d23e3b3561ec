package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.Precision;
import io.larch.data.Bucket;
import io.larch.data.PairBatch;
import io.larch.model.Network;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TranslationTrainingTest {
  private static final Bucket SHORT = new Bucket(4, 5);
  private static final Bucket LONG = new Bucket(7, 6);
  private static final Map<String, Network> NETWORKS = PairTrial.networks();
  private static final Device DEVICE = Devices.cpu(0, 1);

  @AfterAll
  static void close() {
    DEVICE.close();
  }

  static Collection<String> names() {
    return NETWORKS.keySet();
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldHaveTheSlopesOfTheDoubleTwin(String name) {
    PairTrial trial = new PairTrial(NETWORKS.get(name));
    PairBatch pairs = PairTrial.pairs(SHORT, 40);
    ReferenceTranslator twin = new ReferenceTranslator(trial.network, PairTrial.SEED, true);
    Map<String, double[]> expected = twin.gradient(trial.weights, pairs);
    double loss = twin.loss(trial.weights, pairs);
    shouldAgree(trial, pairs, loss, expected, Precision.F32, 2e-5);
    shouldAgree(trial, pairs, loss, expected, Precision.BF16, 0.06);
  }

  private static void shouldAgree(
      PairTrial trial,
      PairBatch pairs,
      double loss,
      Map<String, double[]> expected,
      Precision precision,
      double tolerance) {
    Trial.Run run = trial.run(DEVICE, precision, pairs);
    assertEquals(pairs.targetTokens(), run.outcome().samples());
    assertEquals(loss, run.outcome().lossSum(), tolerance / 5 * loss);
    double error = Trial.worstError(trial.network, expected, run.gradient());
    assertTrue(error < tolerance, precision + ": relative error " + error);
  }

  /** Every parameter of a whole network. */
  @Test
  void shouldHaveTheSlopesOfAWholeGnmt() {
    PairTrial trial = new PairTrial(PairTrial.gnmt("layers = 2, units = 8, dropout = 0"));
    PairBatch pairs = PairTrial.pairs(SHORT, 0);
    ReferenceTranslator twin = new ReferenceTranslator(trial.network, PairTrial.SEED, true);
    Map<String, double[]> expected = twin.gradient(trial.weights, pairs);
    float[] found = trial.run(DEVICE, Precision.F32, pairs).gradient();
    assertTrue(Trial.worstError(trial.network, expected, found) < 2e-5);
    trial
        .network
        .layout()
        .places()
        .forEach(
            place -> {
              double[] slopes = expected.get(place.tensor().name());
              for (int i = 0; i < slopes.length; i++) {
                float own = found[(int) place.from() + i];
                assertEquals(slopes[i], own, 1e-4 * (0.1 + Math.abs(slopes[i])));
              }
            });
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldAddMicroBatchesOfSeveralShapes(String name) {
    for (Precision precision : Precision.values()) {
      PairTrial trial = new PairTrial(NETWORKS.get(name));
      PairBatch one = PairTrial.pairs(SHORT, 8);
      PairBatch other = PairTrial.pairs(LONG, 12);
      float[] sum = trial.run(DEVICE, precision, one).gradient();
      float[] second = trial.run(DEVICE, precision, other).gradient();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += second[i];
      }
      float[] both = trial.run(DEVICE, precision, one, other).gradient();
      double[] expected = new double[sum.length];
      Arrays.setAll(expected, i -> sum[i]);
      assertTrue(Trial.error(expected, both) < 1e-6);
      assertArrayEquals(both, trial.run(DEVICE, precision, one, other).gradient());
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldGiveTheSameBitsOnAnotherDeviceOfTwoThreads(Precision precision) {
    PairTrial trial = new PairTrial(PairTrial.gnmt("layers = 3, units = 48"));
    PairBatch pairs = PairTrial.pairs(LONG, 0);
    try (Device one = Devices.cpu(1, 2);
        Device other = Devices.cpu(2, 2)) {
      float[] bits = trial.run(one, precision, pairs).gradient();
      assertArrayEquals(bits, trial.run(other, precision, pairs).gradient());
    }
  }

  @Test
  void shouldReportLayersFromLastToFirst() {
    Trial.Run run =
        new PairTrial(PairTrial.gnmt("layers = 2, units = 3"))
            .run(DEVICE, Precision.F32, PairTrial.pairs(SHORT, 0));
    assertEquals(
        List.of(
            "classifier",
            "decoder.2",
            "decoder.1",
            "encoder.2",
            "encoder.1.backwards",
            "encoder.1.forwards",
            "embedding"),
        run.layers());
  }

  /** Pairs with nothing to say have no part in anything. */
  @Test
  void shouldTakeShapesOfOneStep() {
    PairTrial trial = new PairTrial(NETWORKS.get("attention"));
    PairBatch blank = PairBatch.of(new int[4][0], new int[4][0], new Bucket(1, 1), 0);
    ReferenceTranslator twin = new ReferenceTranslator(trial.network, PairTrial.SEED, true);
    Trial.Run run = trial.run(DEVICE, Precision.F32, blank);
    assertEquals(4, run.outcome().samples());
    assertEquals(twin.loss(trial.weights, blank), run.outcome().lossSum(), 1e-5);
  }

  @Test
  void shouldFreeAllMemory() {
    long before = FloatBlock.liveBytes();
    new PairTrial(NETWORKS.get("gnmt")).run(DEVICE, Precision.F32, PairTrial.pairs(SHORT, 0));
    assertEquals(before, FloatBlock.liveBytes());
  }
}
