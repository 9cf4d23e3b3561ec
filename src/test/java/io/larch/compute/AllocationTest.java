package io.larch.compute;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.larch.config.Precision;
import io.larch.data.Bucket;
import io.larch.data.PairBatch;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AllocationTest {
  private static final int STEPS = 8;

  /** Java bytes that the steps took, and native objects and bytes that they left. */
  private record Cost(long heapBytes, long nativeBytes, long nativeObjects, long blockBytes) {
    static Cost now() {
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long heap = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      return new Cost(heap, Pointer.totalBytes(), Pointer.totalCount(), FloatBlock.liveBytes());
    }
  }

  @ParameterizedTest
  @CsvSource({"resnet20, F32", "resnet20, BF16", "winograd, F32"})
  void shouldAllocateNothingAfterTheFirstStep(String network, Precision precision) {
    Trial trial = new Trial(SmallNetworks.all().get(network), 5);
    try (Device device = Devices.cpu(0, 1)) {
      Cost[] costs = device.submit(() -> measure(device, trial, precision)).join();
      assertEquals(costs[0].nativeBytes(), costs[1].nativeBytes());
      assertEquals(costs[0].nativeObjects(), costs[1].nativeObjects());
      assertEquals(costs[0].blockBytes(), costs[1].blockBytes());
      long heapBytes = costs[1].heapBytes() - costs[0].heapBytes();
      assertTrue(heapBytes < STEPS * 1024, heapBytes + " bytes of heap in " + STEPS + " steps");
    }
  }

  private static Cost[] measure(Device device, Trial trial, Precision precision) {
    try (TrainingProgram program =
            device.compileTraining(trial.network, trial.batch, precision, Trial.SEED);
        FloatBlock weights = trial.weightBlock();
        FloatBlock gradient = FloatBlock.allocate(trial.network.layout().floats())) {
      steps(program, trial, weights, gradient);
      Cost before = Cost.now();
      steps(program, trial, weights, gradient);
      return new Cost[] {before, Cost.now()};
    }
  }

  private static void steps(
      TrainingProgram program, Trial trial, FloatBlock weights, FloatBlock gradient) {
    for (int i = 0; i < STEPS; i++) {
      program.pack(weights);
      program.step(trial.labels, i, gradient, i % 2 == 1, AllocationTest::ignore);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldAllocateNothingAfterTheFirstStepOfAShape(Precision precision) {
    PairTrial trial = new PairTrial(PairTrial.gnmt("layers = 3, units = 4"));
    try (Device device = Devices.cpu(0, 1)) {
      Cost[] costs = device.submit(() -> measure(device, trial, precision)).join();
      assertEquals(costs[0].nativeBytes(), costs[1].nativeBytes());
      assertEquals(costs[0].nativeObjects(), costs[1].nativeObjects());
      assertEquals(costs[0].blockBytes(), costs[1].blockBytes());
      long heapBytes = costs[1].heapBytes() - costs[0].heapBytes();
      assertTrue(heapBytes < STEPS * 1024, heapBytes + " bytes of heap in " + STEPS + " steps");
    }
  }

  private static Cost[] measure(Device device, PairTrial trial, Precision precision) {
    List<PairBatch> shapes =
        List.of(PairTrial.pairs(new Bucket(4, 5), 0), PairTrial.pairs(new Bucket(7, 6), 4));
    List<Bucket> buckets = shapes.stream().map(PairBatch::bucket).toList();
    try (TranslationTraining program =
            device.compileTranslation(trial.network, 4, buckets, precision, PairTrial.SEED);
        FloatBlock weights = trial.weightBlock();
        FloatBlock gradient = FloatBlock.allocate(trial.network.layout().floats())) {
      steps(program, shapes, weights, gradient);
      Cost before = Cost.now();
      steps(program, shapes, weights, gradient);
      return new Cost[] {before, Cost.now()};
    }
  }

  private static void steps(
      TranslationTraining program,
      List<PairBatch> shapes,
      FloatBlock weights,
      FloatBlock gradient) {
    for (int i = 0; i < STEPS; i++) {
      program.pack(weights);
      program.step(shapes.get(i % 2), gradient, i % 2 == 1, AllocationTest::ignore);
    }
  }

  @Test
  void shouldLeaveNoNativeObjectBehind() {
    Trial trial = new Trial(SmallNetworks.all().get("lenet"), 4);
    try (Device device = Devices.cpu(0, 1)) {
      trial.run(device, Precision.F32, false, 0);
      long before = device.submit(AllocationTest::nativeObjects).join();
      trial.run(device, Precision.F32, false, 0);
      long after = device.submit(AllocationTest::nativeObjects).join();
      assertEquals(before, after);
    }
  }

  private static void ignore(String layer) {}

  /** Counted once what other tests have left to the collector is gone. */
  private static long nativeObjects() {
    long before = Pointer.totalCount();
    for (int unchanged = 0; unchanged < 10; ) {
      System.gc();
      Pointer.deallocateReferences();
      long now = Pointer.totalCount();
      unchanged = now == before ? unchanged + 1 : 0;
      before = now;
    }
    return before;
  }
}
