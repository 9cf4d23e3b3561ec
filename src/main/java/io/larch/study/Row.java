package io.larch.study;

import io.larch.config.StudySettings;
import io.larch.config.StudySettings.Candidate;
import io.larch.config.StudySettings.Pair;
import io.larch.study.Outcome.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * What a study has found so far of a recipe at a batch.
 *
 * @param searched what came of the rates of the search, in ascending order of rate
 * @param best the rate with the highest score, the lower of equal ones; empty while no search has
 *     finished, and where none of a whole search has a score
 * @param good lowest and highest rate of the neighbours of the best, itself included, that come
 *     within the study's points of it; empty without a search
 * @param repeats what came of the seeds, by the best rate
 */
public record Row(
    String recipe,
    int batch,
    List<Outcome> searched,
    Optional<Candidate> best,
    Optional<Range> good,
    List<Outcome> repeats) {

  /** Rates from one to another, both included. */
  public record Range(double from, double to) {
    /** By how much the highest exceeds the lowest, as a factor. */
    public double width() {
      return to / from;
    }
  }

  public Row {
    searched = List.copyOf(searched);
    repeats = List.copyOf(repeats);
  }

  static Row of(Pair pair, StudySettings study, Outcomes outcomes) {
    if (!pair.isSearched()) {
      Candidate only = pair.candidates().get(0);
      return new Row(
          pair.recipe(),
          pair.batch(),
          List.of(),
          Optional.of(only),
          Optional.empty(),
          repeats(only, outcomes));
    }
    List<Outcome> searched =
        pair.candidates().stream().flatMap(c -> outcomes.of(c.search()).stream()).toList();
    Optional<Outcome> best =
        searched.stream()
            .filter(Outcome::isFinished)
            .max(
                Comparator.comparing(Outcome::score)
                    .thenComparing(Comparator.comparing(Outcome::rate).reversed()));
    Optional<Candidate> chosen =
        pair.candidates().stream()
            .filter(c -> best.isPresent() && c.rate() == best.get().rate())
            .findFirst();
    return new Row(
        pair.recipe(),
        pair.batch(),
        searched,
        chosen,
        best.map(top -> good(searched, top, study.goodPoints())),
        chosen.map(c -> repeats(c, outcomes)).orElse(List.of()));
  }

  private static List<Outcome> repeats(Candidate candidate, Outcomes outcomes) {
    return candidate.repeats().stream().flatMap(cell -> outcomes.of(cell).stream()).toList();
  }

  private static Range good(List<Outcome> searched, Outcome best, double points) {
    int from = searched.indexOf(best);
    int to = from;
    while (from > 0 && isGood(searched.get(from - 1), best, points)) {
      from--;
    }
    while (to < searched.size() - 1 && isGood(searched.get(to + 1), best, points)) {
      to++;
    }
    return new Range(searched.get(from).rate(), searched.get(to).rate());
  }

  private static boolean isGood(Outcome outcome, Outcome best, double points) {
    return outcome.isFinished() && outcome.score() >= best.score() - points;
  }

  /** The scores of the seeds. */
  public List<Double> scores() {
    return repeats.stream().filter(Outcome::isFinished).map(Outcome::score).toList();
  }

  /** Their mean; null without any. */
  public Double mean() {
    return mean(Outcome::score);
  }

  /** Their standard deviation, as of a sample; null for fewer than two. */
  public Double spread() {
    List<Double> scores = scores();
    if (scores.size() < 2) {
      return null;
    }
    double mean = mean();
    double squares = scores.stream().mapToDouble(score -> (score - mean) * (score - mean)).sum();
    return Math.sqrt(squares / (scores.size() - 1));
  }

  /** The mean of a value over the seeds; null without any. */
  Double mean(ToDoubleFunction<Outcome> value) {
    List<Outcome> finished = repeats.stream().filter(Outcome::isFinished).toList();
    return finished.isEmpty() ? null : finished.stream().mapToDouble(value).average().orElseThrow();
  }

  /** The schedule's peak by the best rate; null if no run tells. */
  Double peakRate() {
    return repeats.stream()
        .map(Outcome::peakRate)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** How many runs diverged, in the search and after it; a run that was both counts once. */
  long diverged() {
    return runs().stream().filter(run -> run.status() == Status.DIVERGED).count();
  }

  /** All runs, each once. */
  public List<Outcome> runs() {
    List<Outcome> all = new ArrayList<>(searched);
    repeats.stream().filter(run -> !all.contains(run)).forEach(all::add);
    return all;
  }
}
