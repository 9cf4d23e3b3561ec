package io.larch.run;

import io.larch.checkpoint.NamedTensor;
import io.larch.compute.FloatBlock;
import io.larch.model.Layout.Place;
import io.larch.reduce.Replica;
import java.util.ArrayList;
import java.util.List;

/**
 * A replica's committed state as named tensors, views of its memory: what files and digests see.
 */
final class ReplicaTensors {
  private ReplicaTensors() {}

  /** Parameters and running statistics. */
  static List<NamedTensor> model(Replica replica) {
    return replica.layout().places().stream()
        .map(place -> named(place.tensor().name(), place, replica.committed().weights()))
        .toList();
  }

  /** The optimizer's buffers, each as {@code TENSOR.BUFFER}; statistics have none. */
  static List<NamedTensor> optimizer(Replica replica, List<String> buffers) {
    List<NamedTensor> tensors = new ArrayList<>();
    for (int i = 0; i < buffers.size(); i++) {
      for (Place place : replica.layout().places()) {
        if (!place.tensor().kind().isStatistic()) {
          String name = place.tensor().name() + "." + buffers.get(i);
          tensors.add(named(name, place, replica.committed().buffers().get(i)));
        }
      }
    }
    return tensors;
  }

  private static NamedTensor named(String name, Place place, FloatBlock block) {
    return new NamedTensor(name, place.tensor().shape(), block.view(place.from(), place.size()));
  }
}
