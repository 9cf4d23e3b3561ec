package io.larch.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each tensor lies in the flat blocks of a run: parameters, gradients and optimizer buffers
 * all share it. Layers follow each other in the order of the network; in a layer the trained
 * tensors come first, then the statistics. Every tensor begins at a multiple of 16 floats (64
 * bytes); the gaps stay zero.
 */
public final class Layout {
  private static final int ALIGNMENT = 16;

  /** A tensor and the index of its first value. */
  public record Place(Tensor tensor, long from) {
    public int size() {
      return tensor.size();
    }
  }

  private final List<Place> places = new ArrayList<>();
  private final Map<String, List<Place>> byLayer = new LinkedHashMap<>();
  private final Map<String, Place> byName = new LinkedHashMap<>();
  private final long floats;

  /** Lays the tensors out; those of one layer must follow each other, trained ones first. */
  public Layout(List<Tensor> tensors) {
    long next = 0;
    for (Tensor tensor : tensors) {
      Place place = new Place(tensor, next);
      places.add(place);
      byLayer.computeIfAbsent(tensor.layer(), layer -> new ArrayList<>()).add(place);
      if (byName.put(tensor.name(), place) != null) {
        throw new IllegalArgumentException("two tensors are named " + tensor.name());
      }
      next += (tensor.size() + ALIGNMENT - 1L) / ALIGNMENT * ALIGNMENT;
    }
    floats = next;
  }

  /** All tensors, in order. */
  public List<Place> places() {
    return List.copyOf(places);
  }

  /** Names of the layers that have tensors, in order. */
  public List<String> layers() {
    return List.copyOf(byLayer.keySet());
  }

  /** The tensors of a layer, in order. */
  public List<Place> layer(String layer) {
    return List.copyOf(byLayer.get(layer));
  }

  /** The tensor of that name. */
  public Place place(String name) {
    return byName.get(name);
  }

  /** Length of a flat block, gaps included. */
  public long floats() {
    return floats;
  }
}
