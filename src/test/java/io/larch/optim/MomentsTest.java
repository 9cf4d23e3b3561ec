package io.larch.optim;

import static io.larch.optim.Fixtures.norm;
import static io.larch.optim.Fixtures.tensor;
import static io.larch.optim.Fixtures.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.AdamSettings;
import io.larch.config.OptimizerSettings;
import io.larch.config.OptimizerSettings.Exclude;
import io.larch.config.OptimizerSettings.Form;
import io.larch.model.Tensor;
import io.larch.model.Tensor.Kind;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adam and LAMB against their algorithms in double. */
class MomentsTest {
  private static final int COUNT = 20_011;
  private static final int BATCH = 7;
  private static final double DECAY = 0.01;
  private static final Tensor WEIGHT = tensor("fc.weight", Kind.WEIGHT);

  private static OptimizerSettings settings(
      String name, double decay, Exclude exclude, boolean corrected) {
    return new OptimizerSettings(
        name,
        0.9,
        false,
        decay,
        1e-3,
        0,
        Form.INSIDE,
        false,
        exclude,
        List.of("*"),
        1,
        true,
        new AdamSettings(0.8, 0.95, 1e-3, corrected),
        OptionalDouble.empty());
  }

  private static SliceUpdate.State state(float[] weights, int buffers) {
    List<FloatBuffer> zeros =
        Stream.generate(() -> FloatBuffer.allocate(weights.length)).limit(buffers).toList();
    return new SliceUpdate.State(FloatBuffer.wrap(weights), zeros);
  }

  private static double ratio(
      Optimizer optimizer,
      SliceUpdate update,
      FloatBuffer sum,
      SliceUpdate.State state,
      long step) {
    Scalars scalars = new Scalars(rate(step), 1, optimizer.rule(WEIGHT).weightDecay(), BATCH, step);
    double direction =
        optimizer
            .direction()
            .map(each -> Math.sqrt(update.directionSquares(each, sum, state, scalars)))
            .orElse(0.0);
    double weight = Math.sqrt(Norms.squares(state.weights()));
    return optimizer.trustRatio(optimizer.rule(WEIGHT), rate(step), weight, direction);
  }

  private static double rate(long step) {
    return 0.1 / step;
  }

  /**
   * As the nodes do it: the ratio from the committed state, then the update into the staged one.
   */
  private static float[] train(Optimizer optimizer, int steps) {
    SliceUpdate update = new SliceUpdate(optimizer);
    SliceUpdate.State committed = state(values("weights", COUNT), 2);
    for (long step = 1; step <= steps; step++) {
      FloatBuffer sum = FloatBuffer.wrap(values("gradient " + step, COUNT));
      double ratio = ratio(optimizer, update, sum, committed, step);
      SliceUpdate.State staged = state(new float[COUNT], 2);
      Scalars scalars =
          new Scalars(rate(step), ratio, optimizer.rule(WEIGHT).weightDecay(), BATCH, step);
      update.update(sum, committed, staged, scalars);
      committed = staged;
    }
    return committed.weights().array();
  }

  private static double[] twin(int steps, boolean lamb, boolean corrected) {
    double[] w = doubles(values("weights", COUNT));
    double[] m = new double[COUNT];
    double[] v = new double[COUNT];
    for (int step = 1; step <= steps; step++) {
      double[] g = doubles(values("gradient " + step, COUNT));
      double[] r = new double[COUNT];
      for (int i = 0; i < COUNT; i++) {
        m[i] = 0.8 * m[i] + 0.2 * g[i] / BATCH;
        v[i] = 0.95 * v[i] + 0.05 * g[i] * g[i] / BATCH / BATCH;
        double first = corrected ? m[i] / (1 - Math.pow(0.8, step)) : m[i];
        double second = corrected ? v[i] / (1 - Math.pow(0.95, step)) : v[i];
        r[i] = first / (Math.sqrt(second) + 1e-3) + DECAY * w[i];
      }
      double scale = rate(step) * (lamb ? length(w) / length(r) : 1);
      for (int i = 0; i < COUNT; i++) {
        w[i] -= scale * r[i];
      }
    }
    return w;
  }

  private static double length(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  private static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = values[i];
    }
    return result;
  }

  @ParameterizedTest
  @CsvSource({"adam, true", "adam, false", "lamb, true", "lamb, false"})
  void shouldFollowTheAlgorithm(String name, boolean corrected) {
    Optimizer optimizer = Optimizers.of(settings(name, DECAY, Exclude.NONE, corrected));

    float[] trained = train(optimizer, 6);

    assertArrayEquals(twin(6, name.equals("lamb"), corrected), doubles(trained), 5e-6);
  }

  /** The values are those of torch.optim.AdamW in double. */
  @Test
  void shouldAgreeWithPyTorch() {
    Optimizer adam = Optimizers.of(settings("adam", 0.01, Exclude.NONE, true));
    float[] weights = {0.5f, -1.25f, 2};
    float[][] moments = new float[2][3];
    float[][] gradients = {{0.1f, -2, 0.03f}, {-0.4f, 1, 0.02f}, {0.25f, 0.5f, -0.01f}};

    for (int step = 1; step <= 3; step++) {
      Scalars scalars = new Scalars(0.1, 1, 0.01, 1, step);
      adam.update(gradients[step - 1], weights, moments, 3, scalars);
    }

    assertArrayEquals(new float[] {0.46059987f, -1.1259232f, 1.7584709f}, weights, 3e-7f);
  }

  @Test
  void shouldBeAdamWhenTheRatioIsHeldAtOne() {
    Optimizer held = Optimizers.of(settings("lamb", DECAY, Exclude.PATTERNS, true));
    Optimizer adam = Optimizers.of(settings("adam", DECAY, Exclude.NONE, true));

    assertArrayEquals(train(adam, 5), train(held, 5));
  }

  @Test
  void shouldMoveATensorByTheRateTimesItsOwnLength() {
    float[] before = values("weights", COUNT);
    float[] after = train(Optimizers.of(settings("lamb", DECAY, Exclude.NONE, true)), 1);
    float[] moved = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      moved[i] = after[i] - before[i];
    }
    assertEquals(rate(1), norm(moved) / norm(before), 1e-6);
  }

  @Test
  void shouldTakeTheFullRateWhenANormIsZero() {
    Optimizer lamb = Optimizers.of(settings("lamb", DECAY, Exclude.NONE, true));
    assertEquals(1, lamb.trustRatio(lamb.rule(WEIGHT), 0.1, 0, 3));
    assertEquals(1, lamb.trustRatio(lamb.rule(WEIGHT), 0.1, 3, 0));
    assertEquals(1.5, lamb.trustRatio(lamb.rule(WEIGHT), 0.1, 3, 2));
  }

  @Test
  void shouldHandAGradientThatIsNotFiniteOnToTheNorm() {
    Optimizer lamb = Optimizers.of(settings("lamb", DECAY, Exclude.NONE, true));
    for (float broken : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] sum = values("gradient", COUNT);
      sum[COUNT / 2] = broken;
      double squares =
          new SliceUpdate(lamb)
              .directionSquares(
                  lamb.direction().orElseThrow(),
                  FloatBuffer.wrap(sum),
                  state(values("weights", COUNT), 2),
                  new Scalars(0.1, 1, DECAY, BATCH, 1));
      assertTrue(!Double.isFinite(squares), "" + squares);
    }
  }
}
