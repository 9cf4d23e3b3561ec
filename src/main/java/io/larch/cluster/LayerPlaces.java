package io.larch.cluster;

import akka.actor.AddressFromURIString;
import akka.actor.typed.ActorSystem;
import akka.cluster.sharding.external.ExternalShardAllocation;
import io.larch.reduce.Placement;
import io.larch.reduce.Slice;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Where the LayerOptimizers of a run live: each where its layer's first slice has its root; what is
 * decided over all layers, where the first layer's is.
 */
final class LayerPlaces {
  private final ActorSystem<?> system;
  private final String run;

  LayerPlaces(ActorSystem<?> system, String run) {
    this.system = system;
    this.run = run;
  }

  /**
   * Moves every layer's optimizer to its place.
   *
   * @param names of the nodes, their Akka addresses, in order of their numbers
   */
  CompletionStage<?> place(List<Slice> slices, Placement placement, List<String> names) {
    Map<String, akka.actor.Address> places = new HashMap<>();
    for (Slice slice : slices) {
      if (!slice.statistic()) {
        akka.actor.Address root = AddressFromURIString.parse(names.get(placement.root(slice)));
        places.putIfAbsent(LayerOptimizer.entity(run, LayerOptimizer.GLOBAL), root);
        places.putIfAbsent(LayerOptimizer.entity(run, slice.layer()), root);
      }
    }
    return ExternalShardAllocation.get(system)
        .getClient(LayerOptimizer.KEY.name())
        .setShardLocations(places);
  }
}
