package io.larch.config;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One training run of a study.
 *
 * @param recipe its name
 * @param batch the study's global batch; a search may run with another
 * @param rate of the recipe: the schedule's peak, at its base batch where it has a rule
 * @param run what is trained
 */
public record StudyCell(String recipe, int batch, double rate, long seed, RunSettings run) {
  private static final int DIGITS = 8;

  /**
   * The same for all cells with the same result and for no others: readable, then the beginning of
   * a digest of all settings that decide the result, the folder of the data among them. It is fit
   * for a file's name.
   */
  public String id() {
    Map<String, String> deciding = new LinkedHashMap<>(RunIdentity.of(run, "").entries());
    Map<String, String> all = RunText.of(run);
    RunIdentity.OUTCOME.forEach(key -> deciding.put(key, all.get(key)));
    String digest = new RunIdentity(deciding).digest().substring(0, DIGITS);
    return "%s-b%d-r%s-s%d-%s".formatted(recipe, batch, rate, seed, digest);
  }

  /** The same in words. */
  @Override
  public String toString() {
    return "%s at a batch of %d with rate %s and seed %d".formatted(recipe, batch, rate, seed);
  }
}
