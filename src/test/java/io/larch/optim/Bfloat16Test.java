package io.larch.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class Bfloat16Test {
  @Test
  void shouldRoundToNearestAndTiesToEven() {
    assertEquals(1f, Bfloat16.round(1f + 0x1p-8f), "a tie, down to the even one");
    assertEquals(1f + 0x1p-6f, Bfloat16.round(1f + 0x1p-7f + 0x1p-8f), "a tie, up");
    assertEquals(1f + 0x1p-7f, Bfloat16.round(1f + 0x1p-8f + 0x1p-23f), "above a tie");
    assertEquals(-0f, Bfloat16.round(-0f));
  }

  @Test
  void shouldKeepWhatIsNotFinite() {
    assertEquals(Float.NEGATIVE_INFINITY, Bfloat16.round(Float.NEGATIVE_INFINITY));
    assertEquals(Float.POSITIVE_INFINITY, Bfloat16.round(Float.MAX_VALUE));
    assertTrue(Float.isNaN(Bfloat16.round(Float.NaN)));
    assertTrue(Float.isNaN(Bfloat16.round(Float.intBitsToFloat(0x7F800001))));
  }

  @Property(tries = 1000)
  void shouldTakeTheNearest(@ForAll int bits) {
    float value = Float.intBitsToFloat(bits);
    Assume.that(Math.abs(value) < 0x1.FFp127f);
    float rounded = Bfloat16.round(value);

    assertEquals(0, Float.floatToRawIntBits(rounded) & 0xFFFF, "nothing in the lower half");
    double half = Math.max(Math.abs((double) value) * 0x1p-8, 0x1p-134);
    assertTrue(Math.abs((double) rounded - value) <= half);
  }
}
