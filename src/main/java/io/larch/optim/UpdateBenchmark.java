package io.larch.optim;

import io.larch.compute.FloatBlock;
import io.larch.config.OptimizerSettings;
import io.larch.config.OptimizerSettings.Exclude;
import io.larch.config.OptimizerSettings.Form;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * Measures the LARS update of a network's whole state, norms included, beside the rate at which the
 * machine copies memory. The parameters lie in slices of 4 MiB that threads share out evenly; the
 * norms of every slice are taken first and then every slice is updated, as in a step.
 */
public final class UpdateBenchmark {
  private static final int SLICE = 1 << 20;
  private static final int WARM_UPS = 5;
  private static final int BATCH = 8192;
  private static final double RATE = 10;
  private static final TensorRule RULE = new TensorRule(true, 1, 5e-4);

  /**
   * Medians over all repeats.
   *
   * @param gbPerSecond 10⁹ bytes of the update (g, w and v read, w and v written: 20 a parameter)
   *     over the time of norms and update together
   * @param copyGbPerSecond of a copy of as many floats from one block to another, bytes read and
   *     bytes written both counted
   * @param milliseconds of norms and update
   */
  public record Result(
      long parameters,
      int threads,
      double gbPerSecond,
      double copyGbPerSecond,
      double milliseconds) {}

  private UpdateBenchmark() {}

  /**
   * Measures with one thread a core. Takes 20 bytes of memory for each parameter.
   *
   * @param parameters from 1
   * @param repeats from 1
   */
  public static Result run(long parameters, int repeats) {
    int threads = Runtime.getRuntime().availableProcessors();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (Memory memory = new Memory(parameters)) {
      return measured(new Team(pool, threads), memory, repeats);
    } finally {
      pool.shutdown();
    }
  }

  private static Result measured(Team team, Memory memory, int repeats) {
    double[] whole = new double[repeats];
    double[] copies = new double[repeats];
    for (int i = -WARM_UPS; i < repeats; i++) {
      double normTime = team.seconds(thread -> memory.norms(thread, team.threads()));
      double updateTime = team.seconds(thread -> memory.update(thread, team.threads()));
      double copyTime = team.seconds(thread -> memory.copy(thread, team.threads()));
      if (i >= 0) {
        whole[i] = normTime + updateTime;
        copies[i] = copyTime;
      }
    }
    double gigabytes = memory.parameters * Float.BYTES / 1e9;
    return new Result(
        memory.parameters,
        team.threads(),
        5 * gigabytes / median(whole),
        2 * gigabytes / median(copies),
        1e3 * median(whole));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** Threads that do one thing side by side. */
  private record Team(ExecutorService pool, int threads) {
    double seconds(IntConsumer work) {
      long start = System.nanoTime();
      List<Future<?>> parts = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int own = thread;
        parts.add(pool.submit(() -> work.accept(own)));
      }
      parts.forEach(Team::finish);
      return (System.nanoTime() - start) / 1e9;
    }

    private static void finish(Future<?> part) {
      try {
        part.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while measuring", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** Gradient, and committed and staged weights and velocity. */
  private static final class Memory implements AutoCloseable {
    private final long parameters;
    private final Optimizer optimizer = Optimizers.of(lars());
    private final List<FloatBlock> blocks = new ArrayList<>();
    private final double[] gradientSquares;
    private final double[] weightSquares;

    Memory(long parameters) {
      this.parameters = parameters;
      this.gradientSquares = new double[slices()];
      this.weightSquares = new double[slices()];
      for (int i = 0; i < 5; i++) {
        blocks.add(FloatBlock.allocate(parameters));
      }
      for (int slice = 0; slice < slices(); slice++) {
        fill(view(0, slice), 1e-3f);
        fill(view(1, slice), 1e-1f);
      }
    }

    void norms(int thread, int threads) {
      for (int slice = thread; slice < slices(); slice += threads) {
        gradientSquares[slice] = Norms.squares(view(0, slice));
        weightSquares[slice] = Norms.squares(view(1, slice));
      }
    }

    void update(int thread, int threads) {
      SliceUpdate update = new SliceUpdate(optimizer);
      Scalars scalars = scalars();
      for (int slice = thread; slice < slices(); slice += threads) {
        update.update(view(0, slice), state(1, slice), state(3, slice), scalars);
      }
    }

    void copy(int thread, int threads) {
      for (int slice = thread; slice < slices(); slice += threads) {
        view(3, slice).put(view(0, slice));
      }
    }

    private Scalars scalars() {
      double weight = Math.sqrt(Arrays.stream(weightSquares).sum());
      double gradient = Math.sqrt(Arrays.stream(gradientSquares).sum()) / BATCH;
      double ratio = optimizer.trustRatio(RULE, RATE, weight, gradient);
      return new Scalars(RATE, ratio, RULE.weightDecay(), BATCH, 1);
    }

    private SliceUpdate.State state(int block, int slice) {
      return new SliceUpdate.State(view(block, slice), List.of(view(block + 1, slice)));
    }

    private int slices() {
      return (int) ((parameters + SLICE - 1) / SLICE);
    }

    private FloatBuffer view(int block, int slice) {
      long from = (long) slice * SLICE;
      return blocks.get(block).view(from, (int) Math.min(SLICE, parameters - from));
    }

    private static void fill(FloatBuffer buffer, float value) {
      for (int i = 0; i < buffer.limit(); i++) {
        buffer.put(i, (i & 1) == 0 ? value : -value);
      }
    }

    private static OptimizerSettings lars() {
      return new OptimizerSettings(
          "lars", 0.9, false, 5e-4, 1e-3, 0, Form.INSIDE, false, Exclude.NONE, List.of(), 1, false);
    }

    @Override
    public void close() {
      blocks.forEach(FloatBlock::close);
    }
  }
}
