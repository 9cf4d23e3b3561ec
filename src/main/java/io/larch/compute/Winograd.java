package io.larch.compute;

/**
 * Winograd's minimal filtering F(4×4, 3×3) (Lavin and Gray 2015, "Fast algorithms for convolutional
 * neural networks", section 4): a 4×4 tile of a 3×3 correlation from a 6×6 tile d of the picture
 * and a kernel g is
 *
 * <pre>A·[(G·g) ∘ (B·d)]</pre>
 *
 * with ∘ value by value: 36 multiplications for each pair of channels where the definition has 144.
 * Tiles and kernels are read row by row as vectors, so A, G and B are the Kronecker squares of the
 * matrices of one dimension: polynomials are evaluated at six points, multiplied there, and
 * interpolated.
 *
 * <p>The points are 0, ±2/3, ±3/2 and infinity. Over 64 channels of random numbers a convolution
 * then errs by 6e-7 of its size in f32; by the more usual 0, ±1, ±2 and infinity it would err by
 * twice that, by its definition by a sixth. And as the points are each other's inverses, the kernel
 * turned by 180°, which backward needs, has at them the values of the kernel in reverse order.
 */
final class Winograd {
  /** Rows and columns of a tile of the result. */
  static final int OUTPUT = 4;

  /** Rows and columns of a kernel. */
  static final int KERNEL = 3;

  /** Rows and columns of a tile of the picture. */
  static final int INPUT = OUTPUT + KERNEL - 1;

  /** Points at which a tile is evaluated. */
  static final int POINTS = INPUT * INPUT;

  /** All but infinity, the last; the inverse of point i is point 5 − i. */
  private static final double[] FINITE = {0, 2 / 3.0, -2 / 3.0, -3 / 2.0, 3 / 2.0};

  /** From 36 points to a tile of the result, [16, 36]. */
  static final Matrix A = squared(output());

  /** From a tile of the picture to 36 points, [36, 36]. */
  static final Matrix B = squared(input());

  /** From a kernel to 36 points, [36, 9]. */
  static final Matrix G = squared(kernel());

  /** From the gradient of a tile of the result to 36 points, [36, 16]. */
  static final Matrix A_TRANSPOSED = A.transposed();

  /** From 36 points to the gradient of a kernel, [9, 36]. */
  static final Matrix G_TRANSPOSED = G.transposed();

  /** As {@link #A}, for points in reverse order. */
  static final Matrix TURNED_A = A_TRANSPOSED.upsideDown().transposed();

  /** As {@link #B}, for points in reverse order. */
  static final Matrix TURNED_B = B.upsideDown();

  private Winograd() {}

  /**
   * A matrix, row by row.
   *
   * @param values length rows · columns
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Matrix(int rows, int columns, double[] values) {
    private static Matrix zero(int rows, int columns) {
      return new Matrix(rows, columns, new double[rows * columns]);
    }

    double at(int row, int column) {
      return values[row * columns + column];
    }

    float[] floats() {
      float[] floats = new float[values.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values[i];
      }
      return floats;
    }

    private void set(int row, int column, double value) {
      values[row * columns + column] = value;
    }

    Matrix transposed() {
      Matrix result = zero(columns, rows);
      for (int i = 0; i < values.length; i++) {
        result.set(i % columns, i / columns, values[i]);
      }
      return result;
    }

    /** With the last row first. */
    Matrix upsideDown() {
      Matrix result = zero(rows, columns);
      for (int i = 0; i < values.length; i++) {
        result.set(rows - 1 - i / columns, i % columns, values[i]);
      }
      return result;
    }
  }

  private static Matrix squared(Matrix matrix) {
    Matrix result = Matrix.zero(matrix.rows * matrix.rows, matrix.columns * matrix.columns);
    for (int i = 0; i < result.rows; i++) {
      for (int j = 0; j < result.columns; j++) {
        double first = matrix.at(i / matrix.rows, j / matrix.columns);
        result.set(i, j, first * matrix.at(i % matrix.rows, j % matrix.columns));
      }
    }
    return result;
  }

  /** Column i: the powers 1, p, p², p³ of point i. */
  private static Matrix output() {
    Matrix result = Matrix.zero(OUTPUT, INPUT);
    for (int i = 0; i < FINITE.length; i++) {
      for (int power = 0; power < OUTPUT; power++) {
        result.set(power, i, Math.pow(FINITE[i], power));
      }
    }
    result.set(OUTPUT - 1, INPUT - 1, 1);
    return result;
  }

  /** Row i: the powers 1, p, p² of point i, so scaled that row 5 − i is the same backwards. */
  private static Matrix kernel() {
    Matrix result = Matrix.zero(INPUT, KERNEL);
    for (int i = 0; i < FINITE.length; i++) {
      for (int power = 0; power < KERNEL; power++) {
        result.set(i, power, Math.pow(FINITE[i], power) / scale(i));
      }
    }
    result.set(INPUT - 1, KERNEL - 1, 1);
    return result;
  }

  private static double scale(int point) {
    return Math.max(1, FINITE[point] * FINITE[point]);
  }

  /**
   * Row i: the coefficients of the polynomial that is 0 at all other points and the scale of the
   * kernel's row at its own; the last row: of the one that is 0 at all finite points.
   */
  private static Matrix input() {
    Matrix result = Matrix.zero(INPUT, INPUT);
    for (int i = 0; i < INPUT; i++) {
      double[] polynomial = {1};
      double value = 1;
      for (int j = 0; j < FINITE.length; j++) {
        if (j != i) {
          polynomial = timesRoot(polynomial, FINITE[j]);
          value *= i < FINITE.length ? FINITE[i] - FINITE[j] : 1;
        }
      }
      for (int power = 0; power < polynomial.length; power++) {
        double factor = i < FINITE.length ? scale(i) / value : 1;
        result.set(i, power, polynomial[power] * factor);
      }
    }
    return result;
  }

  /** Coefficients of polynomial · (x − root), the lowest power first. */
  private static double[] timesRoot(double[] polynomial, double root) {
    double[] result = new double[polynomial.length + 1];
    for (int power = 0; power < polynomial.length; power++) {
      result[power + 1] += polynomial[power];
      result[power] -= root * polynomial[power];
    }
    return result;
  }
}
