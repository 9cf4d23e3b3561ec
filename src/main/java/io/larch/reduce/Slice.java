package io.larch.reduce;

import io.larch.model.Layout;
import io.larch.model.Layout.Place;
import io.larch.model.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The unit of reduction and placement: at most so many bytes of one layer's flat parameters, either
 * trained ones or statistics, never both.
 *
 * @param id position among the slices of the run
 * @param from first float in the flat blocks
 * @param pieces the parts of tensors in it, in order
 */
public record Slice(
    int id, String layer, boolean statistic, long from, int count, List<Piece> pieces) {

  /**
   * A part of one tensor.
   *
   * @param from first float in the flat blocks
   */
  public record Piece(Tensor tensor, long from, int count) {}

  /** Cuts a layout into slices: layer by layer, in order, trained tensors before statistics. */
  public static List<Slice> cut(Layout layout, int sliceBytes) {
    List<Slice> slices = new ArrayList<>();
    for (String layer : layout.layers()) {
      cut(layer, layout, false, sliceBytes / Float.BYTES, slices);
      cut(layer, layout, true, sliceBytes / Float.BYTES, slices);
    }
    return List.copyOf(slices);
  }

  private static void cut(
      String layer, Layout layout, boolean statistic, int sliceFloats, List<Slice> slices) {
    Predicate<Place> chosen = place -> place.tensor().kind().isStatistic() == statistic;
    List<Place> places = layout.layer(layer).stream().filter(chosen).toList();
    if (places.isEmpty()) {
      return;
    }
    Place last = places.get(places.size() - 1);
    long end = last.from() + last.size();
    for (long from = places.get(0).from(); from < end; from += sliceFloats) {
      int count = (int) Math.min(sliceFloats, end - from);
      slices.add(
          new Slice(slices.size(), layer, statistic, from, count, pieces(places, from, count)));
    }
  }

  private static List<Piece> pieces(List<Place> places, long from, int count) {
    List<Piece> pieces = new ArrayList<>();
    for (Place place : places) {
      long begin = Math.max(from, place.from());
      long end = Math.min(from + count, place.from() + place.size());
      if (begin < end) {
        pieces.add(new Piece(place.tensor(), begin, (int) (end - begin)));
      }
    }
    return List.copyOf(pieces);
  }
}
