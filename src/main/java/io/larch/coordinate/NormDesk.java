package io.larch.coordinate;

import io.larch.reduce.GenerationId;
import io.larch.reduce.LayerNorms;
import io.larch.reduce.LayerNorms.Squares;
import io.larch.reduce.LayerNorms.TensorNorms;
import io.larch.reduce.Slice;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where nodes ask for what follows from the norms of some slices: of one layer, its trust ratios;
 * of all, whether and how far the gradient is clipped. Each reports the squares of the slices whose
 * sums it forms, or none, and waits until all slices are in. Who has asked once in a generation is
 * answered in each step from then on, and need not ask again if it has nothing to report.
 *
 * <p>It holds the reports of the newest step and of the one before, which a node may still be at
 * when another, with nothing to report, has begun the next. A node repeats its report until it is
 * answered, and one with squares until the next step, so a desk that begins again, empty, comes to
 * the same answer. What is reported of an older step or generation is dropped.
 *
 * @param <N> who asks
 */
public final class NormDesk<N> {
  /** The norms of a step and all who are to be told what follows from them. */
  public record Complete<N>(List<TensorNorms> norms, List<N> askers) {}

  /** A step's reports. */
  private final class Sheet {
    private final LayerNorms norms = new LayerNorms(slices);
    private final Set<N> asking = new LinkedHashSet<>();
    private boolean answered;

    private Optional<Complete<N>> report(List<Squares> squares, N asker) {
      asking.add(asker);
      known.add(asker);
      squares.forEach(norms::report);
      return norms.all().map(this::complete);
    }

    private Complete<N> complete(List<TensorNorms> all) {
      Complete<N> complete = new Complete<>(all, List.copyOf(answered ? asking : known));
      answered = true;
      asking.clear();
      return complete;
    }
  }

  private final List<Slice> slices;
  private final NavigableMap<Long, Sheet> sheets = new TreeMap<>();
  private final Set<N> known = new LinkedHashSet<>();
  private GenerationId generation = GenerationId.NONE;

  /** A desk for these trained slices, in order. */
  public NormDesk(List<Slice> slices) {
    this.slices = slices;
  }

  /** Takes a report; says whom to answer once the last slice is in. */
  public Optional<Complete<N>> report(GenerationId of, long at, List<Squares> squares, N asker) {
    int newer = of.compareTo(generation);
    if (newer > 0) {
      generation = of;
      sheets.clear();
      known.clear();
    }
    long newest = sheets.isEmpty() ? at : Math.max(at, sheets.lastKey());
    if (newer < 0 || at < newest - 1) {
      return Optional.empty();
    }
    sheets.headMap(newest - 1).clear();
    return sheets.computeIfAbsent(at, step -> new Sheet()).report(squares, asker);
  }
}
