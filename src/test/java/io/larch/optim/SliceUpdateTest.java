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
  private static final Optimizer LARS = Optimizers.of(Fixtures.lars());
  private static final int BATCH = 4096;
  private static final Scalars SCALARS = new Scalars(30, 1.25e-3, 5e-4, BATCH, 3);

  /** One whole tensor: what goes in, and where the result goes. */
  private static final class Piece {
    final FloatBuffer sum = buffer("sum", SIZE);
    final State committed;
    final State staged;

    Piece(Optimizer optimizer) {
      List<String> names = optimizer.buffers();
      committed =
          new State(
              buffer("weights", SIZE), names.stream().map(name -> squared(name, SIZE)).toList());
      staged =
          new State(
              FloatBuffer.allocate(SIZE),
              names.stream().map(name -> FloatBuffer.allocate(SIZE)).toList());
    }

    /** Not negative, as a second moment is. */
    private static FloatBuffer squared(String name, int size) {
      float[] values = values(name, size);
      for (int i = 0; i < size; i++) {
        values[i] = values[i] * values[i];
      }
      return FloatBuffer.wrap(values);
    }

    float[] weights() {
      return staged.weights().array();
    }

    float[] next(int i) {
      return staged.buffers().get(i).array();
    }

    static State part(State state, int from, int count) {
      return new State(
          state.weights().slice(from, count),
          state.buffers().stream().map(buffer -> buffer.slice(from, count)).toList());
    }
  }

  @Provide
  Arbitrary<Optimizer> optimizers() {
    return Arbitraries.of(
        LARS,
        Optimizers.of(Fixtures.settings("lars", Form.OUTSIDE)),
        Optimizers.of(Fixtures.nesterov(Form.OUTSIDE)),
        Optimizers.of(Fixtures.settings("adam", Form.INSIDE)),
        Optimizers.of(Fixtures.settings("lamb", Form.INSIDE)));
  }

  @Provide
  Arbitrary<Integer> cuts() {
    return Arbitraries.integers().between(1, SIZE - 1);
  }

  @Property(tries = 60)
  void shouldGiveTheSameBitsWhereverATensorIsCut(
      @ForAll("optimizers") Optimizer optimizer, @ForAll("cuts") int cut) {
    Piece whole = new Piece(optimizer);
    Piece parts = new Piece(optimizer);

    new SliceUpdate(optimizer).update(whole.sum, whole.committed, whole.staged, SCALARS);
    for (int[] range : new int[][] {{0, cut}, {cut, SIZE - cut}}) {
      new SliceUpdate(optimizer)
          .update(
              parts.sum.slice(range[0], range[1]),
              Piece.part(parts.committed, range[0], range[1]),
              Piece.part(parts.staged, range[0], range[1]),
              SCALARS);
    }

    assertArrayEquals(whole.weights(), parts.weights());
    for (int i = 0; i < optimizer.buffers().size(); i++) {
      assertArrayEquals(whole.next(i), parts.next(i));
    }
  }

  @Test
  void shouldAgreeWithNd4j() {
    Piece piece = new Piece(LARS);
    INDArray g = Nd4j.createFromArray(values("sum", SIZE)).div(BATCH);
    INDArray w = Nd4j.createFromArray(values("weights", SIZE));
    INDArray v = Nd4j.createFromArray(piece.committed.buffers().get(0).array());
    double rate = SCALARS.learningRate() * SCALARS.ratio();
    INDArray velocity = v.mul(0.9).add(g.add(w.mul(5e-4)).mul(rate));

    new SliceUpdate(LARS).update(piece.sum, piece.committed, piece.staged, SCALARS);

    assertArrayEquals(velocity.toFloatVector(), piece.next(0), 2e-7f);
    assertArrayEquals(w.sub(velocity).toFloatVector(), piece.weights(), 3e-7f);
  }

  @Test
  void shouldLeaveWhatIsCommittedAlone() {
    Piece piece = new Piece(LARS);

    new SliceUpdate(LARS).update(piece.sum, piece.committed, piece.staged, SCALARS);

    assertArrayEquals(values("sum", SIZE), piece.sum.array());
    assertArrayEquals(values("weights", SIZE), piece.committed.weights().array());
    assertArrayEquals(
        new Piece(LARS).committed.buffers().get(0).array(),
        piece.committed.buffers().get(0).array());
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
    Piece piece = new Piece(LARS);
    SliceUpdate update = new SliceUpdate(LARS);

    assertThrows(
        IllegalArgumentException.class,
        () ->
            update.update(
                piece.sum, Piece.part(piece.committed, 0, SIZE - 1), piece.staged, SCALARS));
  }
}
