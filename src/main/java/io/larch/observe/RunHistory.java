package io.larch.observe;

import io.larch.observe.Curves.Band;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run has told, small enough to keep and to show whole: its figures as {@link Curves}, norms
 * and trust ratios of its tensors by step, and the last of all else. Used by one thread at a time.
 */
public final class RunHistory implements Event.Listener {
  private static final int KEPT = 1_000;
  private static final int COLUMNS = 512;
  private static final List<String> FIGURES =
      List.of("loss", "accuracy", "learning_rate", "samples_per_second", "step_seconds");

  /** What can be shown of tensors. */
  public enum TensorFigure {
    RATIO,
    WEIGHT,
    GRADIENT;

    private double of(TensorFigures figures) {
      return switch (this) {
        case RATIO -> figures.ratio();
        case WEIGHT -> figures.weight();
        case GRADIENT -> figures.gradient();
      };
    }
  }

  /**
   * A run so far.
   *
   * @param steps the last step of each point of the figures
   * @param figures mean, least and greatest value, by name
   * @param started null if it was not told here
   * @param result null before the end
   */
  public record View(
      List<Long> steps,
      Map<String, Band> figures,
      Event.Started started,
      List<Event.Evaluated> evaluations,
      List<Event.Generation> generations,
      List<String> warnings,
      List<Absence> missing,
      Event.Step last,
      Event.Result result) {}

  /**
   * One figure of all tensors.
   *
   * @param steps the last step of each column
   * @param values of each tensor, a mean a column; null where there is none
   */
  public record Heat(List<String> tensors, List<Long> steps, List<List<Double>> values) {}

  private final Curves curves = new Curves(FIGURES);
  private final List<Event.Evaluated> evaluations = new ArrayList<>();
  private final List<Event.Generation> generations = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final Map<TensorFigure, Curves> tensors = new LinkedHashMap<>();
  private List<String> names = List.of();
  private List<Absence> missing = List.of();
  private Event.Started started;
  private Event.Step last;
  private Event.Result result;

  @Override
  public void on(Event event) {
    if (event instanceof Event.Step step) {
      add(step);
    } else if (event instanceof Event.Layers layers) {
      add(layers);
    } else if (event instanceof Event.Evaluated evaluated) {
      keep(evaluations, evaluated);
    } else if (event instanceof Event.Generation generation) {
      keep(generations, generation);
    } else if (event instanceof Event.Warning warning) {
      keep(warnings, warning.text());
    } else if (event instanceof Event.BitsDiffer differ) {
      keep(warnings, differ.text());
    } else if (event instanceof Event.Skipped skipped) {
      keep(warnings, Wording.of(skipped));
    } else if (event instanceof Event.Missing now) {
      missing = now.nodes();
    } else if (event instanceof Event.Started begun) {
      started = begun;
    } else if (event instanceof Event.Result end) {
      result = end;
    }
  }

  private static <T> void keep(List<T> some, T one) {
    some.add(one);
    if (some.size() > KEPT) {
      some.remove(0);
    }
  }

  private void add(Event.Step step) {
    last = step;
    curves.add(
        step.step(),
        step.loss(),
        step.trainTop1(),
        step.lr(),
        step.imagesPerSecond(),
        step.stepSeconds());
  }

  private void add(Event.Layers layers) {
    if (names.isEmpty()) {
      names = layers.tensors().stream().map(TensorFigures::tensor).toList();
      for (TensorFigure figure : TensorFigure.values()) {
        tensors.put(figure, new Curves(names, COLUMNS));
      }
    }
    if (layers.tensors().size() == names.size()) {
      tensors.forEach(
          (figure, values) ->
              values.add(
                  layers.step(), layers.tensors().stream().mapToDouble(figure::of).toArray()));
    }
  }

  /** Empty before the end. */
  public Optional<Event.Result> result() {
    return Optional.ofNullable(result);
  }

  /**
   * All of it.
   *
   * @param points of a curve, at most
   */
  public View view(int points) {
    Curves.View shown = curves.view(points);
    return new View(
        shown.steps(),
        shown.figures(),
        started,
        List.copyOf(evaluations),
        List.copyOf(generations),
        List.copyOf(warnings),
        missing,
        last,
        result);
  }

  /**
   * One figure of all tensors by step.
   *
   * @param columns at most
   */
  public Heat heat(TensorFigure figure, int columns) {
    if (names.isEmpty()) {
      return new Heat(List.of(), List.of(), List.of());
    }
    Curves.View shown = tensors.get(figure).view(columns);
    return new Heat(
        names, shown.steps(), shown.figures().values().stream().map(Band::mean).toList());
  }
}
