package io.larch.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.cluster.Interception;
import io.larch.compute.FloatBlock;
import io.larch.compute.ReferenceNetwork;
import io.larch.observe.Event;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clipping by the norm of the whole gradient, against a twin in double precision. */
class ClipNormTest {
  private static final int STEPS = 6;
  private static final double CLIP = 0.4;
  private static final double DECAY = 0.01;
  private static final double RATE = 0.02;

  private final List<Double> losses = new ArrayList<>();

  private static Job job(String... more) {
    List<String> keys =
        new ArrayList<>(
            List.of(
                "larch.devices=2",
                "larch.schedule.policy=constant",
                "larch.schedule.warm-up=0 steps",
                "larch.schedule.rate=" + RATE,
                "larch.optimizer.weight-decay=" + DECAY,
                "larch.optimizer.exclude=none",
                "larch.optimizer.momentum=0.9",
                "larch.evaluate.every-epochs=0"));
    keys.addAll(List.of(more));
    return Job.open(SameBitsTest.settings(keys.toArray(String[]::new)));
  }

  private Event.Result train(Job job) {
    losses.clear();
    return new Training(
            job,
            Optional.empty(),
            event -> {
              if (event instanceof Event.Step step) {
                losses.add(step.loss());
              }
            },
            Interception.NONE)
        .train(false);
  }

  @AfterEach
  void shouldFreeAllNativeMemory() {
    assertEquals(0, FloatBlock.liveBytes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sgd", "lars", "lamb"})
  void shouldGiveTheLossesOfTheTwin(String optimizer) {
    Job job = job("larch.optimizer.name=" + optimizer, "larch.optimizer.clip-norm=" + CLIP);
    train(job);
    Twin twin = new Twin(job);
    List<Double> expected = new ArrayList<>();
    for (int step = 1; step <= STEPS; step++) {
      expected.add(twin.step(step));
    }
    for (int step = 0; step < STEPS; step++) {
      assertEquals(expected.get(step), losses.get(step), 1e-5 * expected.get(step), "" + step);
    }
    assertTrue(twin.clipped == STEPS, "clipped in " + twin.clipped + " steps");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sgd", "lars", "lamb", "adam"})
  void shouldChangeNoBitWhereNoGradientIsTooLong(String optimizer) {
    String name = "larch.optimizer.name=" + optimizer;
    String without = train(job(name)).weightsSha256();
    assertEquals(without, train(job(name, "larch.optimizer.clip-norm=1e6")).weightsSha256());
  }

  @Test
  void shouldChangeTheWeightsWhereItClips() {
    String name = "larch.optimizer.name=sgd";
    assertNotEquals(
        train(job(name)).weightsSha256(),
        train(job(name, "larch.optimizer.clip-norm=" + CLIP)).weightsSha256());
  }

  private static final class Twin {
    private final Job job;
    private final Map<String, double[]> weights;
    private final Map<String, double[]> first = new HashMap<>();
    private final Map<String, double[]> second = new HashMap<>();
    private int clipped;

    Twin(Job job) {
      this.job = job;
      weights = ReferenceNetwork.initial(job.network(), job.settings().seed());
      weights.forEach((name, values) -> first.put(name, new double[values.length]));
      weights.forEach((name, values) -> second.put(name, new double[values.length]));
    }

    /** Takes a step; returns the loss before it. */
    double step(int step) {
      int batch = job.settings().globalBatch();
      int micro = job.settings().microBatch();
      List<ReferenceNetwork.Result> parts =
          IntStream.range(0, batch / micro)
              .mapToObj(part -> run((step - 1L) * batch + (long) part * micro))
              .toList();
      Map<String, double[]> gradient = new HashMap<>();
      for (String name : weights.keySet()) {
        double[] mean = new double[weights.get(name).length];
        parts.forEach(
            part -> {
              double[] values = part.gradient().get(name);
              for (int i = 0; i < mean.length; i++) {
                mean[i] += values[i] / batch;
              }
            });
        gradient.put(name, mean);
      }
      clip(gradient);
      gradient.forEach((name, values) -> update(name, values, step));
      return parts.stream().mapToDouble(ReferenceNetwork.Result::lossSum).sum() / batch;
    }

    private ReferenceNetwork.Result run(long position) {
      int size = job.network().input().size();
      int micro = job.settings().microBatch();
      FloatBuffer images =
          ByteBuffer.allocateDirect(micro * size * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      int[] labels = new int[micro];
      job.pictures().training(job.settings().seed()).read(position, micro, images, labels);
      double[] pixels = IntStream.range(0, micro * size).mapToDouble(images::get).toArray();
      return new ReferenceNetwork(job.network(), job.settings().seed())
          .step(weights, pixels, labels, position);
    }

    private void clip(Map<String, double[]> gradient) {
      double norm =
          Math.sqrt(gradient.values().stream().mapToDouble(g -> Math.pow(norm(g), 2)).sum());
      double factor = Math.min(1, CLIP / (norm + 1e-6));
      clipped += factor < 1 ? 1 : 0;
      gradient.values().forEach(g -> IntStream.range(0, g.length).forEach(i -> g[i] *= factor));
    }

    private void update(String name, double[] g, int step) {
      if (job.settings().optimizer().name().equals("lamb")) {
        updateByMoments(name, g, step);
        return;
      }
      double[] w = weights.get(name);
      double norm = norm(w);
      boolean adapted = job.settings().optimizer().name().equals("lars") && norm > 0;
      double ratio = adapted ? 0.001 * norm / (norm(g) + DECAY * norm) : 1;
      double[] v = first.get(name);
      for (int i = 0; i < w.length; i++) {
        v[i] = 0.9 * v[i] + RATE * ratio * (g[i] + DECAY * w[i]);
        w[i] -= v[i];
      }
    }

    private void updateByMoments(String name, double[] g, int step) {
      double[] w = weights.get(name);
      double[] m = first.get(name);
      double[] v = second.get(name);
      double[] direction = new double[w.length];
      for (int i = 0; i < w.length; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        double mean = m[i] / (1 - Math.pow(0.9, step));
        double square = v[i] / (1 - Math.pow(0.999, step));
        direction[i] = mean / (Math.sqrt(square) + 1e-8) + DECAY * w[i];
      }
      double ratio = norm(w) == 0 ? 1 : norm(w) / norm(direction);
      for (int i = 0; i < w.length; i++) {
        w[i] -= RATE * ratio * direction[i];
      }
    }

    private static double norm(double[] values) {
      double sum = 0;
      for (double value : values) {
        sum += value * value;
      }
      return Math.sqrt(sum);
    }
  }
}
