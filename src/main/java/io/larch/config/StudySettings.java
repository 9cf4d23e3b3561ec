package io.larch.config;

import java.util.List;

/**
 * A study: recipes compared at several batch sizes, as its study file says; every run in it is
 * checked.
 *
 * @param seeds of the runs by the best rate
 * @param parallel runs at a time
 * @param goodPoints how near to the best of a search a good rate comes, in points
 * @param pairs a recipe at a batch each, by recipe, then by batch
 */
public record StudySettings(List<Long> seeds, int parallel, double goodPoints, List<Pair> pairs) {

  public StudySettings {
    seeds = List.copyOf(seeds);
    pairs = List.copyOf(pairs);
  }

  /** A recipe at a batch, with its rates in ascending order. */
  public record Pair(String recipe, int batch, List<Candidate> candidates) {
    public Pair {
      candidates = List.copyOf(candidates);
    }

    /** Whether there is a rate to choose. */
    public boolean isSearched() {
      return candidates.size() > 1;
    }
  }

  /**
   * A rate that may be the best.
   *
   * @param search the run that tells how good it is
   * @param repeats the runs that follow if it is the best, one for each seed
   */
  public record Candidate(double rate, StudyCell search, List<StudyCell> repeats) {
    public Candidate {
      repeats = List.copyOf(repeats);
    }
  }
}
