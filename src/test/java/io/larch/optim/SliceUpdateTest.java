package io.larch.optim;

import static io.larch.optim.Fixtures.buffer;
import static io.larch.optim.Fixtures.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.larch.config.OptimizerSettings.Form;
import io.larch.optim.SliceUpdate.State;
import java.nio.FloatBuffer;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SliceUpdateTest {
  private static final int SIZE = 10_007;
  private static final Scalars SCALARS = new Scalars(30, 1.25e-3, 5e-4, 3);

  /** One whole tensor: what goes in, and where the result goes. */
  private static final class Piece {
    final FloatBuffer sum = buffer("sum", SIZE);
    final State committed = new State(buffer("weights", SIZE), List.of(buffer("velocity", SIZE)));
    final State staged = new State(FloatBuffer.allocate(SIZE), List.of(FloatBuffer.allocate(SIZE)));

    float[] weights() {
      return staged.weights().array();
    }

    float[] velocity() {
      return staged.buffers().get(0).array();
    }

    static State part(State state, int from, int count) {
      return new State(
          state.weights().slice(from, count), List.of(state.buffers().get(0).slice(from, count)));
    }
  }

  @Provide
  Arbitrary<Optimizer> optimizers() {
    return Arbitraries.of(
        Optimizers.of(Fixtures.lars()),
        Optimizers.of(Fixtures.settings("lars", Form.OUTSIDE)),
        Optimizers.of(Fixtures.nesterov(Form.OUTSIDE)));
  }

  @Provide
  Arbitrary<Integer> cuts() {
    return Arbitraries.integers().between(1, SIZE - 1);
  }

  @Property(tries = 60)
  void shouldGiveTheSameBitsWhereverATensorIsCut(
      @ForAll("optimizers") Optimizer optimizer, @ForAll("cuts") int cut) {
    Piece whole = new Piece();
    Piece parts = new Piece();

    new SliceUpdate(optimizer, 96).update(whole.sum, whole.committed, whole.staged, SCALARS);
    for (int[] range : new int[][] {{0, cut}, {cut, SIZE - cut}}) {
      new SliceUpdate(optimizer, 96)
          .update(
              parts.sum.slice(range[0], range[1]),
              Piece.part(parts.committed, range[0], range[1]),
              Piece.part(parts.staged, range[0], range[1]),
              SCALARS);
    }

    assertArrayEquals(whole.weights(), parts.weights());
    assertArrayEquals(whole.velocity(), parts.velocity());
  }

  @Test
  void shouldAgreeWithNd4j() {
    Piece piece = new Piece();
    INDArray g = Nd4j.createFromArray(values("sum", SIZE)).div(4096);
    INDArray w = Nd4j.createFromArray(values("weights", SIZE));
    INDArray v = Nd4j.createFromArray(values("velocity", SIZE));
    double rate = SCALARS.learningRate() * SCALARS.ratio();
    INDArray velocity = v.mul(0.9).add(g.add(w.mul(5e-4)).mul(rate));

    new SliceUpdate(Optimizers.of(Fixtures.lars()), 4096)
        .update(piece.sum, piece.committed, piece.staged, SCALARS);

    assertArrayEquals(velocity.toFloatVector(), piece.velocity(), 2e-7f);
    assertArrayEquals(w.sub(velocity).toFloatVector(), piece.weights(), 3e-7f);
  }

  @Test
  void shouldLeaveWhatIsCommittedAlone() {
    Piece piece = new Piece();

    new SliceUpdate(Optimizers.of(Fixtures.lars()), 8)
        .update(piece.sum, piece.committed, piece.staged, SCALARS);

    assertArrayEquals(values("sum", SIZE), piece.sum.array());
    assertArrayEquals(values("weights", SIZE), piece.committed.weights().array());
    assertArrayEquals(values("velocity", SIZE), piece.committed.buffers().get(0).array());
  }

  @Test
  void shouldMoveAStatisticTowardsTheMeanOfTheGroups() {
    FloatBuffer staged = FloatBuffer.allocate(2);

    SliceUpdate.moveStatistic(
        FloatBuffer.wrap(new float[] {8, -4}),
        FloatBuffer.wrap(new float[] {1, 0}),
        staged,
        0.75,
        4);

    assertArrayEquals(new float[] {0.75f + 0.5f, -0.25f}, staged.array());
  }

  @Test
  void shouldRefusePiecesOfDifferentLengths() {
    Piece piece = new Piece();
    SliceUpdate update = new SliceUpdate(Optimizers.of(Fixtures.lars()), 8);

    assertThrows(
        IllegalArgumentException.class,
        () ->
            update.update(
                piece.sum, Piece.part(piece.committed, 0, SIZE - 1), piece.staged, SCALARS));
  }
}
