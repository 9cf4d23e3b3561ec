package io.larch.optim;

import static io.larch.optim.Fixtures.buffer;
import static io.larch.optim.Fixtures.values;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.nio.FloatBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormsTest {
  /** The contract, a sentence for a line. */
  private static double twin(float[] x) {
    double total = 0;
    for (int from = 0; from < x.length; from += Norms.BLOCK) {
      int count = Math.min(Norms.BLOCK, x.length - from);
      double[] a = new double[9];
      for (int i = 0; i < count; i++) {
        a[i < count / 8 * 8 ? i % 8 : 8] += (double) x[from + i] * x[from + i];
      }
      total += ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])) + a[8];
    }
    return total;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 4095, 4096, 4097, 20_001})
  void shouldAddInTheOrderOfTheContract(int size) {
    assertEquals(twin(values("x", size)), Norms.squares(buffer("x", size)));
  }

  @Property(tries = 50)
  void shouldGiveTheSameBitsWhenCutAtBlockBorders(@ForAll @IntRange(min = 1, max = 5) int blocks) {
    FloatBuffer x = buffer("x", 25_000);
    int cut = blocks * Norms.BLOCK;

    double carried = Norms.addSquares(Norms.squares(x.slice(0, cut)), x.slice(cut, 25_000 - cut));

    assertEquals(Norms.squares(x), carried);
  }

  @Test
  void shouldLoseNothingThatMatters() {
    float[] x = values("x", 100_000);
    BigDecimal exact = BigDecimal.ZERO;
    for (float value : x) {
      exact = exact.add(new BigDecimal(value).pow(2));
    }

    assertEquals(exact.doubleValue(), Norms.squares(FloatBuffer.wrap(x)), 1e-14 * x.length);
  }

  @Test
  void shouldNotOverflowWhereFloatsWould() {
    float[] large = {1e30f, 1e30f};

    assertEquals(2e60, Norms.squares(FloatBuffer.wrap(large)), 1e54);
  }

  @Test
  void shouldIgnorePositions() {
    FloatBuffer x = buffer("x", 100);
    double before = Norms.squares(x);

    assertEquals(before, Norms.squares(x.position(50)));
  }
}
