package io.larch.cluster;

import io.larch.compute.Device;
import io.larch.compute.Devices;
import io.larch.compute.Timing;
import java.util.List;
import java.util.Map;

/** A {@link SmallRun} that is open on this node, with one device; closing it frees its replica. */
record SmallOpenRun(RunContext context, List<Device> devices) implements OpenRun {
  SmallOpenRun() {
    this(SmallRun.context(), List.of(Devices.cpu(0, 1)));
  }

  @Override
  public Map<String, String> identity() {
    return Map.of();
  }

  @Override
  public String machine() {
    return "";
  }

  @Override
  public String weightsSha256() {
    return "digest";
  }

  @Override
  public void close(List<Timing> ofFirstDevice) {
    context.replica().close();
  }
}
