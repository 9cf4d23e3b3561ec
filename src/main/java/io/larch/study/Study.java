package io.larch.study;

import io.larch.config.StudyCell;
import io.larch.config.StudySettings;
import io.larch.config.StudySettings.Pair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A study with what has come of it so far. Its runs come in two rounds: the search tries each
 * recipe's rates at each batch by one seed; then each recipe is run at each batch by its best rate
 * and all seeds. What is settled is not run again.
 */
public final class Study {
  private final StudySettings settings;
  private final Outcomes outcomes;

  public Study(StudySettings settings, Outcomes outcomes) {
    this.settings = settings;
    this.outcomes = outcomes;
  }

  /** The runs of the search that are missing. */
  public List<StudyCell> search() {
    return missing(
        settings.pairs().stream()
            .filter(Pair::isSearched)
            .flatMap(pair -> pair.candidates().stream())
            .map(candidate -> candidate.search()));
  }

  /** The runs by the best rates that are missing, of all searches that have a best one. */
  public List<StudyCell> repeats() {
    return missing(
        rows().stream()
            .flatMap(row -> row.best().stream())
            .flatMap(best -> best.repeats().stream()));
  }

  /**
   * The runs that are missing, where for each recipe and batch whose best rate is not known the
   * first one stands for it: all take the same time.
   */
  public List<StudyCell> ahead() {
    Stream<StudyCell> after =
        settings.pairs().stream()
            .flatMap(
                pair -> {
                  Row row = Row.of(pair, settings, outcomes);
                  return row.best().orElse(pair.candidates().get(0)).repeats().stream();
                });
    return missing(Stream.concat(search().stream(), after));
  }

  private List<StudyCell> missing(Stream<StudyCell> cells) {
    Map<String, StudyCell> each = new LinkedHashMap<>();
    cells
        .filter(cell -> outcomes.of(cell).filter(Outcome::isSettled).isEmpty())
        .forEach(cell -> each.putIfAbsent(cell.id(), cell));
    return List.copyOf(each.values());
  }

  /** What has been found, by recipe, then by batch. */
  public List<Row> rows() {
    return settings.pairs().stream().map(pair -> Row.of(pair, settings, outcomes)).toList();
  }
}
