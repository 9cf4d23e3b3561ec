package io.larch.coordinate;

import io.larch.coordinate.Assignment.Share;
import io.larch.observe.DevicePhases;
import io.larch.observe.NodePhases;
import io.larch.reduce.Lanes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * How fast the devices are, who is slow and why, and whether lanes that are dealt by speed would
 * make steps shorter. Moving lanes costs a generation, so it must be worth it:
 *
 * <ul>
 *   <li>Steps are judged in windows, and in each it is the median of a device's steps that counts:
 *       a pause, however long, is one step and no habit. A generation's first step is left out.
 *   <li>Lanes move when in two windows on end the step would be shorter by a tenth or more.
 *   <li>Each time they have moved for it, it takes twice as many windows until they move again, so
 *       that devices that take turns at being slow do not send them to and fro.
 * </ul>
 */
final class Pace {
  private static final double WINDOW_SECONDS = 5;
  private static final int LEAST_STEPS = 3;
  private static final double WORTHWHILE = 0.1;
  private static final double REMARKABLE = 1.5;
  private static final double MOSTLY = 0.5;
  private static final int STEADY = 2;

  /**
   * What a window has shown.
   *
   * @param moves whether lanes should be dealt by {@link #speeds} from now on
   */
  record Finding(String text, boolean moves) {}

  /** A device in the window. */
  private static final class Device {
    private final String node;
    private final int number;
    private final int lanes;
    private final List<Double> data = new ArrayList<>();
    private final List<Double> computing = new ArrayList<>();

    private Device(String node, int number, int lanes) {
      this.node = node;
      this.number = number;
      this.lanes = lanes;
    }

    private void stepped(DevicePhases phases) {
      data.add(phases.data());
      computing.add(phases.forward() + phases.backward());
    }

    private double dataSeconds() {
      return median(data) / lanes;
    }

    private double computingSeconds() {
      return median(computing) / lanes;
    }

    /** For a lane. */
    private double seconds() {
      return dataSeconds() + computingSeconds();
    }
  }

  private final int lanes;
  private Map<String, List<Double>> speeds = Map.of();
  private List<Share> shares = List.of();
  private final Map<String, List<Device>> devices = new LinkedHashMap<>();
  private final List<Double> stepSeconds = new ArrayList<>();
  private final Map<String, List<Double>> communication = new LinkedHashMap<>();
  private double windowSeconds;
  private boolean isFirstStep;
  private int patience = STEADY;
  private int uneven;
  private int remarkable;

  Pace(int lanes) {
    this.lanes = lanes;
  }

  /** Lanes a second of each node's devices, their mean as the unit; empty until lanes moved. */
  Map<String, List<Double>> speeds() {
    return speeds;
  }

  /** A generation begins. */
  void begin(List<Share> dealt) {
    shares = dealt;
    isFirstStep = true;
    uneven = 0;
    remarkable = 0;
    openWindow();
  }

  private void openWindow() {
    devices.clear();
    for (Share share : shares) {
      List<Device> own = new ArrayList<>();
      for (Lanes each : share.devices()) {
        own.add(new Device(share.node(), own.size(), each.count()));
      }
      devices.put(share.node(), own);
    }
    stepSeconds.clear();
    communication.clear();
    windowSeconds = 0;
  }

  /**
   * A step is done.
   *
   * @param seconds it took
   * @return what there is to say or do, once it is certain enough
   */
  Optional<Finding> stepped(double seconds, List<NodePhases> nodes) {
    if (isFirstStep) {
      isFirstStep = false;
      return Optional.empty();
    }
    nodes.forEach(this::add);
    stepSeconds.add(seconds);
    windowSeconds += seconds;
    if (windowSeconds < WINDOW_SECONDS || stepSeconds.size() < LEAST_STEPS) {
      return Optional.empty();
    }
    Optional<Finding> finding = judge();
    openWindow();
    return finding;
  }

  private void add(NodePhases node) {
    List<Device> own = devices.getOrDefault(node.node(), List.of());
    for (int i = 0; i < Math.min(own.size(), node.devices().size()); i++) {
      own.get(i).stepped(node.devices().get(i));
    }
    if (node.communication() != null) {
      communication.computeIfAbsent(node.node(), n -> new ArrayList<>()).add(node.communication());
    }
  }

  private Optional<Finding> judge() {
    List<Device> busy =
        devices.values().stream().flatMap(List::stream).filter(d -> d.lanes > 0).toList();
    if (busy.size() < 2 || busy.stream().anyMatch(d -> d.data.isEmpty() || d.seconds() <= 0)) {
      return Optional.empty();
    }
    Device slowest = busy.stream().max(Comparator.comparingDouble(Device::seconds)).orElseThrow();
    Map<String, List<Double>> measured = measured(busy);
    uneven = gain(busy, measured) >= WORTHWHILE ? uneven + 1 : 0;
    if (uneven >= patience) {
      patience *= 2;
      speeds = measured;
      return Optional.of(new Finding(about(slowest, busy), true));
    }
    return remark(slowest, busy).map(text -> new Finding(text, false));
  }

  /** Lanes a second, the mean of all that have lanes as the unit. */
  private Map<String, List<Double>> measured(List<Device> busy) {
    double mean = busy.stream().mapToDouble(d -> 1 / d.seconds()).average().orElseThrow();
    Map<String, List<Double>> measured = new HashMap<>();
    devices.forEach(
        (node, own) ->
            measured.put(
                node, own.stream().map(d -> d.lanes == 0 ? 1.0 : 1 / d.seconds() / mean).toList()));
    return measured;
  }

  /** By which share a step would be shorter if lanes were dealt by these speeds. */
  private double gain(List<Device> busy, Map<String, List<Double>> measured) {
    List<Party> parties =
        shares.stream().map(s -> new Party(s.node(), s.address(), s.devices().size())).toList();
    Map<String, List<Lanes>> had = new HashMap<>();
    shares.forEach(share -> had.put(share.node(), share.devices()));
    double then = 0;
    for (Share share : LaneDeal.deal(lanes, parties, had, measured)) {
      for (Device device : devices.get(share.node())) {
        int dealt = share.devices().get(device.number).count();
        then = Math.max(then, device.lanes == 0 ? 0 : dealt * device.seconds());
      }
    }
    return (longest(busy) - then) / median(stepSeconds);
  }

  /** Seconds of the device that is done last. */
  private static double longest(List<Device> busy) {
    return busy.stream().mapToDouble(d -> d.lanes * d.seconds()).max().orElseThrow();
  }

  private static String about(Device slow, List<Device> all) {
    double others = ofOthers(slow, all, Device::seconds);
    double data = slow.dataSeconds() - ofOthers(slow, all, Device::dataSeconds);
    double computing = slow.computingSeconds() - ofOthers(slow, all, Device::computingSeconds);
    return "device %d of %s takes %.1f times as long for a lane as the others, %.0f ms instead of %.0f, by %s"
        .formatted(
            slow.number,
            slow.node,
            slow.seconds() / others,
            slow.seconds() * 1e3,
            others * 1e3,
            data > computing ? "waiting for data" : "computing");
  }

  private static double ofOthers(Device slow, List<Device> all, ToDoubleFunction<Device> figure) {
    return median(
        all.stream().filter(d -> d != slow).mapToDouble(figure).boxed().sorted().toList());
  }

  /** What lanes cannot mend; said once a generation. */
  private Optional<String> remark(Device slowest, List<Device> busy) {
    Optional<String> text = Optional.empty();
    double waiting = (median(stepSeconds) - longest(busy)) / median(stepSeconds);
    if (waiting >= MOSTLY && !communication.isEmpty()) {
      text = Optional.of(aboutNetwork(waiting));
    } else if (speeds.isEmpty()
        && uneven == 0
        && slowest.seconds() >= REMARKABLE * ofOthers(slowest, busy, Device::seconds)) {
      text = Optional.of(about(slowest, busy) + "; it has as few lanes as can be");
    }
    remarkable = text.isPresent() || remarkable > STEADY ? remarkable + 1 : 0;
    return remarkable == STEADY ? text : Optional.empty();
  }

  private String aboutNetwork(double share) {
    Map.Entry<String, List<Double>> longest =
        communication.entrySet().stream()
            .max(Comparator.comparingDouble(entry -> median(entry.getValue())))
            .orElseThrow();
    return "steps wait %.0f %% of their time for what travels between nodes; slices are under way longest on %s, %.0f ms a step"
        .formatted(100 * share, longest.getKey(), 1e3 * median(longest.getValue()));
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
