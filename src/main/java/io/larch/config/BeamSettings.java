package io.larch.config;

/**
 * How translations are searched for.
 *
 * @param width beginnings of translations that are gone on with; 1 always takes the likeliest word,
 *     0 translates nothing
 * @param lengthPenalty the α of Wu et al. (2016), section 7: 0 prefers short translations
 * @param coveragePenalty their β: how much a source word costs that nothing attends to
 */
public record BeamSettings(int width, double lengthPenalty, double coveragePenalty) {
  /** Whether anything is translated at all. */
  public boolean translates() {
    return width > 0;
  }
}
