package io.larch.cluster;

import io.larch.compute.Device;
import io.larch.compute.Timing;
import java.util.List;
import java.util.Map;

/** A run made ready on this node. The cluster closes it once the run is over. */
public interface OpenRun {
  /** What the actors share. */
  RunContext context();

  /** What computes; the cluster's from now on. */
  List<Device> devices();

  /** What must be the same on every node, by name. */
  Map<String, String> identity();

  /** What computes here, in words: instruction set and versions, by which bits may differ. */
  String machine();

  /** SHA-256 of the committed weights and statistics. */
  String weightsSha256();

  /**
   * Frees what it holds, devices excepted.
   *
   * @param ofFirstDevice where its time has gone
   */
  void close(List<Timing> ofFirstDevice);
}
