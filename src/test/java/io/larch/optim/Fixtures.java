package io.larch.optim;

import io.larch.config.OptimizerSettings;
import io.larch.config.OptimizerSettings.Exclude;
import io.larch.config.OptimizerSettings.Form;
import io.larch.model.Initializer;
import io.larch.model.Tensor;
import io.larch.random.Purpose;
import io.larch.random.RandomStream;
import java.nio.FloatBuffer;
import java.util.List;

/** Settings and values that the tests of this room share. */
final class Fixtures {
  static final double MOMENTUM = 0.9;
  static final double DECAY = 5e-4;
  static final double TRUST = 1e-3;

  private Fixtures() {}

  static OptimizerSettings lars() {
    return settings("lars", Form.INSIDE);
  }

  static OptimizerSettings settings(String name, Form form) {
    return new OptimizerSettings(
        name, MOMENTUM, false, DECAY, TRUST, 0, form, false, Exclude.NONE, List.of(), 1, false);
  }

  static OptimizerSettings nesterov(Form form) {
    return new OptimizerSettings(
        "sgd", MOMENTUM, true, DECAY, TRUST, 0, form, false, Exclude.NONE, List.of(), 1, false);
  }

  static OptimizerSettings clipped(double epsilon) {
    return new OptimizerSettings(
        "lars",
        MOMENTUM,
        false,
        DECAY,
        TRUST,
        epsilon,
        Form.INSIDE,
        true,
        Exclude.NONE,
        List.of(),
        1,
        false);
  }

  static OptimizerSettings excluding(
      String name, Exclude exclude, List<String> patterns, double ratio, boolean decayed) {
    return new OptimizerSettings(
        name,
        MOMENTUM,
        false,
        DECAY,
        TRUST,
        0,
        Form.INSIDE,
        false,
        exclude,
        patterns,
        ratio,
        decayed);
  }

  static Tensor tensor(String name, Tensor.Kind kind) {
    String layer = name.substring(0, name.indexOf('.'));
    return new Tensor(name, layer, List.of(3, 4), kind, new Initializer.Constant(0));
  }

  /** Values in [-1, 1), different for each name. */
  static float[] values(String name, int count) {
    RandomStream stream = RandomStream.of(7, Purpose.BENCHMARK).named(name);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) stream.uniform(i, -1, 1);
    }
    return values;
  }

  static FloatBuffer buffer(String name, int count) {
    return FloatBuffer.wrap(values(name, count));
  }

  static double norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }
}
