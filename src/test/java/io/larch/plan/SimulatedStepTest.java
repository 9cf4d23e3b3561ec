package io.larch.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.larch.config.ModelSettings;
import io.larch.config.Refusal;
import io.larch.config.Wire;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.reduce.Placement;
import io.larch.reduce.Slice;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulatedStepTest {
  private static final Link LINK = new Link("test", 1e-3, 1e-9);

  @Test
  void shouldTakeTheClosedFormOfOneSmallSlice() {
    Workload work = work(16, 1, List.of(slice(0, 1000)));
    for (int levels = 1; levels <= 4; levels++) {
      int nodes = 1 << levels;
      StepTimes step = SimulatedStep.of(cluster(machine(0, 0), nodes), work);
      double hop = 1e-3 + 4000 * 1e-9;
      assertTrue(step.reduction() >= 2 * levels * hop - 1e-12, nodes + ": " + step);
      assertTrue(step.reduction() <= 2 * levels * hop + levels * 4000 * 1e-9, nodes + ": " + step);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void shouldTakeAboutTheTimeOfARingForALargeGradient(int nodes) {
    Workload work = resnet50(64, Wire.F32);
    StepTimes step = SimulatedStep.of(cluster(machine(work), nodes), work);
    double ring = 2.0 * 4 * work.floats() * (nodes - 1) / nodes * 1e-9;
    assertTrue(step.reduction() >= ring, nodes + ": " + step.reduction() + " of " + ring);
    assertTrue(step.reduction() <= 1.6 * ring, nodes + ": " + step.reduction() + " of " + ring);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 13, 64})
  void shouldSendWhatTheProgramsOwnPlacementSays(int nodes) {
    Workload work = resnet50(64, Wire.F32);
    Cluster cluster = cluster(machine(work), nodes);
    Placement placement = new Placement(cluster.deal(64).owners(), work.slices());
    assertEquals(placement.bytesSent(), SimulatedStep.of(cluster, work).sent());
  }

  @Test
  void shouldSendHalfAsMuchInBf16() {
    long f32 = sent(Wire.F32);
    long bf16 = sent(Wire.BF16);
    assertTrue(bf16 < 0.51 * f32 && bf16 >= 0.5 * f32, bf16 + " of " + f32);
  }

  private static long sent(Wire wire) {
    Workload work = resnet50(8, wire);
    return SimulatedStep.of(cluster(machine(work), 4), work).sent().stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  @Test
  void shouldBeComputingAloneOnOneNode() {
    Workload work = work(8, 3, List.of(slice(0, 1000), slice(1, 500)));
    StepTimes step = SimulatedStep.of(cluster(machine(2, 3), 1), work);
    assertEquals(8 * 3 * 2 * (2 + 3), step.compute(), 1e-9);
    assertEquals(step.compute(), step.seconds(), 1e-9);
    assertEquals(1, step.hiddenShare());
  }

  @Test
  void shouldHideAllButTheFirstLayersWayUnderBackward() {
    Workload work = work(2, 1, List.of(slice(0, 1000), slice(1, 1_000_000)));
    StepTimes step = SimulatedStep.of(cluster(machine(0, 1), 2), work);
    double sumUp = 1e-3 + 4000 * 1e-9;
    double squaresAndRatioBack = 2 * 1e-3;
    assertEquals(2, step.compute(), 1e-9);
    assertEquals(sumUp + squaresAndRatioBack, step.exposed(), 1e-9);
    assertTrue(step.hiddenShare() > 0.99, step.toString());
  }

  @Test
  void shouldComputeTwiceAsLongWhenTwoNodesShareACore() {
    Workload work = work(2, 1, List.of(slice(0, 1000), slice(1, 1000)));
    StepTimes step =
        SimulatedStep.of(new Cluster(machine(1, 1), LINK, 2, new Spread(1, false)), work);
    assertEquals(2 * 4, step.compute(), 1e-9);
  }

  @Test
  void shouldSlowDevicesDownByMessagesWhereNoCoreIsFree() {
    Workload work = work(2, 1, List.of(slice(0, 1000), slice(1, 1000)));
    Machine told = twoCores(new Costs(0, 0, 0, 0, 0.1, 0, 0));
    StepTimes apart = SimulatedStep.of(cluster(told, 2), work);
    StepTimes together = SimulatedStep.of(new Cluster(told, LINK, 2, new Spread(1, false)), work);
    assertEquals(4, apart.compute(), 1e-9);
    double twoLayersBothSidesHalfOfThemHere = 2 * 2 * 0.1 / 2;
    assertEquals(4 + twoLayersBothSidesHalfOfThemHere, together.compute(), 1e-9);
  }

  @Test
  void shouldTakeTimeToWakeTheReductionAfterAPauseOnly() {
    Workload work = work(1, 1, List.of(slice(0, 1000), slice(1, 1000)));
    Machine woken = twoCores(new Costs(0, 0, 0, 0, 0, 0.1, 0));
    StepTimes twiceInTime = SimulatedStep.of(cluster(woken, 1), work);
    assertEquals(twiceInTime.compute() + 0.1, twiceInTime.seconds(), 1e-9);
    assertEquals(2 * 0.1, twiceInTime.loop(), 1e-9);
  }

  @Test
  void shouldLeaveDevicesTheCoresThatNodesAndDriversDoNotTake() {
    Workload work = work(4, 1, List.of(slice(0, 1000), slice(1, 1000)));
    Machine machine = twoCores(new Costs(0, 0, 0, 0, 0, 0, 0.25));
    StepTimes apart = SimulatedStep.of(cluster(machine, 4), work);
    StepTimes two = SimulatedStep.of(new Cluster(machine, LINK, 2, new Spread(1, false)), work);
    StepTimes four = SimulatedStep.of(new Cluster(machine, LINK, 4, new Spread(1, false)), work);
    assertEquals(4, apart.compute(), 1e-9);
    assertEquals(8 * 2 / (2 - 3 * 0.25), two.compute(), 1e-9);
    assertEquals(4 * 4 / (2 - 5 * 0.25), four.compute(), 1e-9);
  }

  @Test
  void shouldUpdateOnAsManyThreadsAsThereAreDevices() {
    Workload work = work(4, 1, List.of(slice(0, 1000), slice(1, 1000)));
    Costs updates = new Costs(0, 0, 1e-3, 0, 0, 0, 0);
    Machine one = Machine.of("one", 8, 1, 1, machine(1, 0).layers(), updates);
    Machine two = Machine.of("two", 8, 2, 1, machine(1, 0).layers(), updates);
    assertEquals(2 * 1000 * 1e-3, SimulatedStep.of(cluster(one, 1), work).exposed(), 1e-9);
    assertEquals(1000 * 1e-3, SimulatedStep.of(cluster(two, 1), work).exposed(), 1e-9);
  }

  @Test
  void shouldUpdateNothingBeforeAllLayersAreMeasuredWhereSomethingIsDecidedOverThem() {
    List<Slice> slices = List.of(slice(0, 1000), slice(1, 1000));
    Machine machine = twoCores(new Costs(0, 0, 1e-3, 0, 0.1, 0, 0));
    Workload each = work(1, 1, slices);
    Workload all = new Workload("test", 1, 1, 1, slices, Wire.F32, true, 100, 1, 1);
    double asked = 2 * 0.1;
    double update = 1000 * 1e-3;
    double otherUpdateEnds = asked;
    assertEquals(
        otherUpdateEnds + asked + update,
        SimulatedStep.of(cluster(machine, 1), each).exposed(),
        1e-9);
    assertEquals(
        2 * asked + 2 * update, SimulatedStep.of(cluster(machine, 1), all).exposed(), 1e-9);
  }

  @Test
  void shouldShareCoresButNoInterfaceWhereHostsArePartsOfOneMachine() {
    Workload work = work(4, 1, List.of(slice(0, 1_000_000), slice(1, 1000)));
    StepTimes apart = SimulatedStep.of(cluster(machine(0, 1), 4), work);
    Cluster parts = new Cluster(machine(0, 1), LINK, 4, new Spread(Integer.MAX_VALUE, true));
    StepTimes together = SimulatedStep.of(parts, work);
    assertEquals(4 * apart.compute(), together.compute(), 1e-9);
    assertEquals(apart.wire(), together.wire(), 1e-12);
    assertEquals(apart.exposed(), together.exposed(), 1e-9);
  }

  @Test
  void shouldRefuseMoreNodesThanAMachineCanKeepAlive() {
    Costs costs = new Costs(1e-9, 1e-9, 0, 0, 0, 0, 0.05);
    Machine two = Machine.of("two", 2, 1, 1, List.of(), costs);
    Spread one = new Spread(Integer.MAX_VALUE, true);
    assertEquals(16 / (2 - 32 * 0.05), new Cluster(two, LINK, 16, one).crowding(), 1e-9);
    Refusal refusal = assertThrows(Refusal.class, () -> new Cluster(two, LINK, 32, one).crowding());
    assertTrue(refusal.getMessage().contains("32 nodes on one machine"), refusal.getMessage());
  }

  @Test
  void shouldExplainMeasuredReductions() {
    Reduction.Point few = new Reduction.Point(1000, 4 * 1e-3 + 1e-6, 1e-3 + 2e-7);
    Reduction.Point many = new Reduction.Point(5000, 4 * 1e-3 + 5e-6, 1e-3 + 1e-6);
    Reduction reduction = Reduction.between(4, few, many);
    assertEquals(1e-3, reduction.link().latency(), 1e-12);
    assertEquals(1e-9, reduction.link().secondsPerByte(), 1e-18);
    Machine adds = Machine.of("adds", 2, 1, 1, List.of(), new Costs(0.1e-9, 1e-9, 0, 0, 0, 0, 0));
    Machine measured = adds.withReduction(reduction);
    assertEquals(4 * 0.2e-9 - 0.05e-9, measured.costs().copy(), 1e-18);
    assertEquals(1e-3, measured.costs().hop(), 1e-12);
  }

  @Test
  void shouldWaitForSamples() {
    Workload work = work(2, 1, List.of(slice(0, 1000), slice(1, 1000)));
    Machine slow = new Machine("slow", 1, 1, 1, machine(1, 1).layers(), Costs.NONE, 0, 0.1, 0);
    List<Forecast> forecasts =
        Forecast.of(sharing -> slow, LINK, work, List.of(1, 2), Spread.APART);
    assertEquals(20, forecasts.get(0).step().seconds(), 1e-9);
    assertEquals(Forecast.Bound.INPUT, forecasts.get(0).bound());
    assertEquals(1, forecasts.get(1).efficiency(), 1e-3);
  }

  @Test
  void shouldRefuseMoreDevicesThanLanes() {
    Workload work = work(2, 1, List.of(slice(0, 1000), slice(1, 1000)));
    Refusal refusal =
        assertThrows(Refusal.class, () -> SimulatedStep.of(cluster(machine(1, 1), 4), work));
    assertTrue(refusal.getMessage().contains("2 lanes"), refusal.getMessage());
  }

  private static Cluster cluster(Machine machine, int nodes) {
    return new Cluster(machine, LINK, nodes, Spread.APART);
  }

  /** Two layers; reduction and update take no time of their own. */
  private static Machine machine(double forward, double backward) {
    List<LayerTime> layers =
        List.of(new LayerTime("0", forward, backward), new LayerTime("1", forward, backward));
    return Machine.of("test", 1, 1, 1, layers, Costs.NONE);
  }

  /** One device, which computes two layers, beside a core for all else. */
  private static Machine twoCores(Costs costs) {
    return Machine.of("test", 2, 1, 1, machine(1, 1).layers(), costs);
  }

  private static Machine machine(Workload work) {
    List<LayerTime> layers =
        work.slices().stream()
            .map(Slice::layer)
            .distinct()
            .map(layer -> new LayerTime(layer, 0, 0))
            .toList();
    return Machine.of("test", 1, 1, 1, layers, Costs.NONE);
  }

  private static Slice slice(int id, int floats) {
    return new Slice(id, String.valueOf(id), false, 0, floats, List.of());
  }

  private static Workload work(int lanes, int microBatches, List<Slice> slices) {
    return new Workload("test", lanes, microBatches, 1, slices, Wire.F32, false, 100, 1, 1);
  }

  private static Workload resnet50(int lanes, Wire wire) {
    Network network =
        Networks.build(
            new ModelSettings("resnet50", 0, ConfigFactory.empty()),
            Networks.usualInput("resnet50"),
            1000);
    List<Slice> slices = Slice.cut(network.layout(), 4 << 20);
    return new Workload("resnet50", lanes, 1, 1, slices, wire, false, 100, 1, 1);
  }

  @Test
  void shouldTakeEventsInOrderOfTimeAndArrival() {
    EventQueue queue = new EventQueue();
    IntStream.range(0, 5000).forEach(i -> queue.add((i * 7919) % 1000, i));
    double before = -1;
    long last = -1;
    while (!queue.isEmpty()) {
      double time = queue.time();
      long event = queue.remove();
      assertTrue(time > before || (time == before && event > last));
      assertEquals((double) ((event * 7919) % 1000), time);
      before = time;
      last = event;
    }
  }
}
