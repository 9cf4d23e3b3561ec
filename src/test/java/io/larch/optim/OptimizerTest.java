package io.larch.optim;

import static io.larch.optim.Fixtures.DECAY;
import static io.larch.optim.Fixtures.MOMENTUM;
import static io.larch.optim.Fixtures.TRUST;
import static io.larch.optim.Fixtures.clipped;
import static io.larch.optim.Fixtures.excluding;
import static io.larch.optim.Fixtures.lars;
import static io.larch.optim.Fixtures.nesterov;
import static io.larch.optim.Fixtures.norm;
import static io.larch.optim.Fixtures.settings;
import static io.larch.optim.Fixtures.tensor;
import static io.larch.optim.Fixtures.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.OptimizerSettings;
import io.larch.config.OptimizerSettings.Exclude;
import io.larch.config.OptimizerSettings.Form;
import io.larch.config.Refusal;
import io.larch.model.Tensor;
import io.larch.model.Tensor.Kind;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OptimizerTest {
  private static final int COUNT = 1003;
  private static final Tensor WEIGHT = tensor("fc.weight", Kind.WEIGHT);

  /** Weights after some steps with a gradient that changes every step. */
  private static float[] train(Optimizer optimizer, int steps, LongToDoubleFunction rate) {
    float[] weights = values("weights", COUNT);
    float[][] buffers = {new float[COUNT]};
    TensorRule rule = optimizer.rule(WEIGHT);
    for (long step = 1; step <= steps; step++) {
      float[] gradient = values("gradient " + step, COUNT);
      double lr = rate.applyAsDouble(step);
      double ratio = optimizer.trustRatio(rule, lr, norm(weights), norm(gradient));
      Scalars scalars = new Scalars(lr, ratio, rule.weightDecay(), 1, step);
      optimizer.update(gradient, weights, buffers, COUNT, scalars);
    }
    return weights;
  }

  /** Algorithm 1 in double, a line for a line. */
  private static double[] algorithmOne(int steps, LongToDoubleFunction rate, boolean inside) {
    double[] w = doubles(values("weights", COUNT));
    double[] v = new double[COUNT];
    for (long step = 1; step <= steps; step++) {
      double[] g = doubles(values("gradient " + step, COUNT));
      double local = TRUST * length(w) / (length(g) + DECAY * length(w));
      double scale = rate.applyAsDouble(step) * local;
      for (int i = 0; i < COUNT; i++) {
        double direction = g[i] + DECAY * w[i];
        v[i] = MOMENTUM * v[i] + (inside ? scale : 1) * direction;
        w[i] -= (inside ? 1 : scale) * v[i];
      }
    }
    return w;
  }

  private static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  private static double length(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  private static void assertNear(double[] expected, float[] actual) {
    assertArrayEquals(expected, doubles(actual), 2e-6);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void shouldFollowAlgorithmOneUnderAChangingRate(Form form) {
    LongToDoubleFunction warmup = step -> 30.0 * step / 8;

    float[] trained = train(Optimizers.of(settings("lars", form)), 8, warmup);

    assertNear(algorithmOne(8, warmup, form == Form.INSIDE), trained);
  }

  @Test
  void shouldTellInsideFromOutsideUnderAWarmUp() {
    LongToDoubleFunction warmup = step -> 30.0 * step / 8;
    float[] inside = train(Optimizers.of(settings("lars", Form.INSIDE)), 8, warmup);
    float[] outside = train(Optimizers.of(settings("lars", Form.OUTSIDE)), 8, warmup);

    double difference = 0;
    for (int i = 0; i < COUNT; i++) {
      difference = Math.max(difference, Math.abs(inside[i] - outside[i]));
    }
    assertTrue(difference > 1e-3, "different algorithms: " + difference);
  }

  @Test
  void shouldAgreeInsideAndOutsideWhileRateAndRatioAreConstant() {
    float[] inside = train(Optimizers.of(settings("sgd", Form.INSIDE)), 8, step -> 0.1);
    float[] outside = train(Optimizers.of(settings("sgd", Form.OUTSIDE)), 8, step -> 0.1);

    assertArrayEquals(inside, outside, 1e-6f);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void shouldBeSgdWhenTheRatioIsHeldAtOne(Form form) {
    Optimizer held =
        Optimizers.of(
            new OptimizerSettings(
                "lars",
                MOMENTUM,
                false,
                DECAY,
                TRUST,
                0,
                form,
                false,
                Exclude.PATTERNS,
                List.of("*"),
                1,
                true));
    LongToDoubleFunction rate = step -> 0.1 / step;

    float[] sgd = train(Optimizers.of(settings("sgd", form)), 5, rate);

    assertArrayEquals(sgd, train(held, 5, rate));
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void shouldLookAheadWithNesterov(Form form) {
    double[] w = doubles(values("weights", COUNT));
    double[] v = new double[COUNT];
    for (int step = 1; step <= 5; step++) {
      double[] g = doubles(values("gradient " + step, COUNT));
      for (int i = 0; i < COUNT; i++) {
        double direction = g[i] + DECAY * w[i];
        double rate = 0.1 / step;
        if (form == Form.INSIDE) {
          v[i] = MOMENTUM * v[i] + rate * direction;
          w[i] -= rate * direction + MOMENTUM * v[i];
        } else {
          v[i] = MOMENTUM * v[i] + direction;
          w[i] -= rate * (direction + MOMENTUM * v[i]);
        }
      }
    }

    assertNear(w, train(Optimizers.of(nesterov(form)), 5, step -> 0.1 / step));
  }

  @Test
  void shouldPutWeightDecayInTheRatioAndTakeTheNormOfTheDataGradient() {
    Optimizer optimizer = Optimizers.of(lars());

    double ratio = optimizer.trustRatio(optimizer.rule(WEIGHT), 30, 2, 0.5);

    assertEquals(0.001 * 2 / (0.5 + 0.0005 * 2), ratio, 1e-18);
  }

  @Test
  void shouldMoveAWeightByRateTimesTrustOfItsOwnLength() {
    float[] weights = values("weights", COUNT);
    float[] before = weights.clone();
    float[] gradient = values("gradient", COUNT);
    Optimizer optimizer =
        Optimizers.of(
            new OptimizerSettings(
                "lars",
                0,
                false,
                0,
                TRUST,
                0,
                Form.INSIDE,
                false,
                Exclude.NONE,
                List.of(),
                1,
                false));
    double ratio = optimizer.trustRatio(optimizer.rule(WEIGHT), 10, norm(weights), norm(gradient));
    Scalars scalars = new Scalars(10, ratio, 0, 1, 1);
    float[][] buffers = {new float[COUNT]};

    optimizer.update(gradient, weights, buffers, COUNT, scalars);

    assertEquals(0.01, norm(buffers[0]) / norm(before), 1e-7, "rate 10, trust 0.001: one percent");
  }

  @Test
  void shouldFallBackToTheFullRateWhenANormIsZero() {
    Optimizer optimizer = Optimizers.of(lars());
    TensorRule rule = optimizer.rule(tensor("fc.bias", Kind.BIAS));

    assertTrue(rule.adapted(), "the paper excludes nothing");
    assertEquals(1, optimizer.trustRatio(rule, 30, 0, 0.5));
    assertEquals(1, optimizer.trustRatio(rule, 30, 2, 0));
  }

  @Test
  void shouldClipTheLocalRateAtTheSchedules() {
    Optimizer optimizer = Optimizers.of(clipped(0.25));
    TensorRule rule = optimizer.rule(WEIGHT);
    double local = 0.001 * 2 / (0.5 + 0.0005 * 2 + 0.25);

    assertEquals(local, 30 * optimizer.trustRatio(rule, 30, 2, 0.5), 1e-15, "local < γ");
    assertEquals(1, optimizer.trustRatio(rule, local / 2, 2, 0.5), "local > γ: the rate is γ");
    assertEquals(1, optimizer.trustRatio(rule, 0, 2, 0.5));
  }

  @Test
  void shouldExcludeBiasesAndNormsAsMlperfDoes() {
    Optimizer optimizer = Optimizers.of(excluding("lars", Exclude.MLPERF, List.of(), 0.25, false));

    assertEquals(new TensorRule(true, 1, DECAY), optimizer.rule(WEIGHT));
    for (Kind kind : List.of(Kind.BIAS, Kind.NORM_SCALE, Kind.NORM_SHIFT)) {
      TensorRule rule = optimizer.rule(tensor("bn.x", kind));
      assertEquals(new TensorRule(false, 0.25, 0), rule);
      assertEquals(0.25, optimizer.trustRatio(rule, 30, 2, 0.5));
    }
  }

  @Test
  void shouldExcludeByPatternsOfWholeNames() {
    Optimizer optimizer =
        Optimizers.of(excluding("lars", Exclude.PATTERNS, List.of("*.bias", "fc1.w*t"), 1, true));

    assertFalse(optimizer.rule(tensor("conv1.bias", Kind.BIAS)).adapted());
    assertFalse(optimizer.rule(tensor("fc1.weight", Kind.WEIGHT)).adapted());
    assertTrue(optimizer.rule(tensor("fc10.weight", Kind.WEIGHT)).adapted());
    assertTrue(optimizer.rule(tensor("fc1xweight.a", Kind.WEIGHT)).adapted(), "a dot is a dot");
    assertEquals(DECAY, optimizer.rule(tensor("a.bias", Kind.BIAS)).weightDecay(), "kept");
  }

  @Test
  void shouldSayWhichPatternIsTheNameOfNoTensor() {
    OptimizerSettings settings =
        excluding("lars", Exclude.PATTERNS, List.of("*.bais", "fc.*"), 1, true);
    List<String> remarks = SettingsTable.remarks(settings, List.of(WEIGHT));

    assertEquals(1, remarks.size(), remarks::toString);
    assertTrue(remarks.get(0).contains("\"*.bais\""), remarks::toString);
  }

  @Test
  void shouldKeepTheFullRateOfTensorsExcludedFromSgd() {
    Optimizer optimizer = Optimizers.of(excluding("sgd", Exclude.MLPERF, List.of(), 0.25, false));

    assertEquals(new TensorRule(false, 1, 0), optimizer.rule(tensor("fc.bias", Kind.BIAS)));
    assertEquals(new TensorRule(false, 1, DECAY), optimizer.rule(WEIGHT));
  }

  @Test
  void shouldRefuseAnUnknownName() {
    assertThrows(Refusal.class, () -> Optimizers.of(settings("adamw", Form.INSIDE)));
  }

  @Test
  void shouldTabulateWhatEachTensorGets() {
    Optimizer optimizer = Optimizers.of(excluding("lars", Exclude.MLPERF, List.of(), 0.001, false));
    List<Tensor> tensors =
        List.of(WEIGHT, tensor("fc.bias", Kind.BIAS), tensor("bn.running_mean", Kind.RUNNING_MEAN));

    assertEquals(
        List.of(
            "tensor           shape             trust ratio     weight decay",
            "fc.weight        3x4               adapted         5.0E-4",
            "fc.bias          3x4               fixed 0.001     0.0",
            "bn.running_mean  3x4               running value   -"),
        SettingsTable.lines(optimizer, tensors));
  }
}
