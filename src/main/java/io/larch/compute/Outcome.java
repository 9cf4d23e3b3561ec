package io.larch.compute;

import io.larch.text.BleuCounts;

/**
 * What a forward pass over some samples says.
 *
 * @param lossSum sum of the samples' losses
 * @param top1 samples whose class has the largest logit
 * @param top5 samples whose class is among the five largest logits
 * @param samples how many samples, those of weight 0 left out
 * @param translated what is counted in translations; nothing where none were made
 */
public record Outcome(double lossSum, long top1, long top5, long samples, BleuCounts translated) {
  public static final Outcome NONE = new Outcome(0, 0, 0, 0);

  /** Without translations. */
  public Outcome(double lossSum, long top1, long top5, long samples) {
    this(lossSum, top1, top5, samples, BleuCounts.NONE);
  }

  /** The same with translations. */
  public Outcome with(BleuCounts counts) {
    return new Outcome(lossSum, top1, top5, samples, counts);
  }

  public Outcome plus(Outcome other) {
    return new Outcome(
        lossSum + other.lossSum,
        top1 + other.top1,
        top5 + other.top5,
        samples + other.samples,
        translated.plus(other.translated));
  }

  /** Mean loss; 0 without samples. */
  public double loss() {
    return lossSum / Math.max(1, samples);
  }

  /** What share so many samples are of all; 0 without samples. */
  public double share(long some) {
    return (double) some / Math.max(1, samples);
  }

  /** BLEU of the translations, 0 to 100; null if there are none. */
  public Double bleu() {
    return translated.referenceLength() == 0 ? null : translated.score().score();
  }
}
