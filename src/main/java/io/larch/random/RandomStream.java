package io.larch.random;

/**
 * An endless stream of random numbers in which number {@code i} is a pure function of the stream's
 * key and {@code i}. A stream has no position and no state: any worker may draw any number at any
 * time and gets the value that any other worker would get.
 *
 * <p>Keys and numbers are mixed by the 64-bit finaliser of SplitMix64 (Steele, Lea and Flood, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014), applied to a Weyl sequence.
 */
public record RandomStream(long key) {
  private static final long WEYL = 0x9E3779B97F4A7C15L;

  /** The stream of a run's seed for one purpose. */
  public static RandomStream of(long seed, Purpose purpose) {
    return new RandomStream(mix(seed + WEYL)).named(purpose.name());
  }

  /** The sub-stream of a name, such as a layer's. */
  public RandomStream named(String name) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001B3L;
    }
    return at(hash);
  }

  /** The sub-stream of a number, such as a sample's position in the run. */
  public RandomStream at(long position) {
    return new RandomStream(mix(key ^ mix(position + WEYL)));
  }

  /** 64 random bits. */
  public long bits(long i) {
    return mix(key + (i + 1) * WEYL);
  }

  /** A number in [0, 1), a multiple of 2⁻²⁴ and so exact as a float. */
  public float uniform(long i) {
    return (bits(i) >>> 40) * 0x1p-24f;
  }

  /** A number in [low, high). */
  public double uniform(long i, double low, double high) {
    return low + (high - low) * ((bits(i) >>> 11) * 0x1p-53);
  }

  /** A whole number in [0, bound), by multiplication; the bias is below bound / 2³². */
  public int below(long i, int bound) {
    return (int) (((bits(i) >>> 32) * bound) >>> 32);
  }

  /** A number of the standard normal distribution (Box and Muller, 1958). */
  public double gaussian(long i) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - (bits(2 * i) >>> 11) * 0x1p-53));
    return radius * StrictMath.cos(2 * StrictMath.PI * ((bits(2 * i + 1) >>> 11) * 0x1p-53));
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
