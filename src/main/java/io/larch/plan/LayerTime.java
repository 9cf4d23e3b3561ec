package io.larch.plan;

/**
 * What a layer costs one device in one micro-batch.
 *
 * @param forward seconds
 * @param backward seconds, of data and weights together
 */
public record LayerTime(String layer, double forward, double backward) {
  /** So many times as long. */
  public LayerTime times(double factor) {
    return new LayerTime(layer, factor * forward, factor * backward);
  }
}
