package io.larch.compute;

import io.larch.model.Shape;

/**
 * The 4×4 tiles that the pictures of a batch fall into, some pictures at a time, and the copies
 * between three forms of theirs:
 *
 * <ul>
 *   <li>activations [N, C, H, W] in whatever layout;
 *   <li>a canvas [n, H', W', C], row-major, of whole tiles with a border of 1 pixel;
 *   <li>tiles [n, H' / 4, W' / 4, rows, columns, C], row-major: 4×4, or 6×6 with 1 pixel more on
 *       each side.
 * </ul>
 *
 * <p>n pictures are a part of the batch.
 */
final class Tiling {
  private static final int SIDE = Winograd.OUTPUT;
  private static final int BORDER = 1;

  private final ProgramBuilder program;
  private final String layer;
  private final Shape shape;
  private final int pictures;
  private final int rows;
  private final int columns;
  private final long width;

  /**
   * @param shape of the pictures; the channels are of no account
   * @param pictures at a time, a divisor of the batch
   */
  Tiling(ProgramBuilder program, String layer, Shape shape, int pictures) {
    this.program = program;
    this.layer = layer;
    this.shape = shape;
    this.pictures = pictures;
    rows = alongside(shape.height());
    columns = alongside(shape.width());
    width = (long) columns * SIDE + 2 * BORDER;
  }

  /** Tiles of a picture. */
  static int of(Shape shape) {
    return alongside(shape.height()) * alongside(shape.width());
  }

  private static int alongside(int extent) {
    return (extent + SIDE - 1) / SIDE;
  }

  /** Pictures at a time. */
  int pictures() {
    return pictures;
  }

  /** Tiles of so many pictures. */
  int tiles() {
    return pictures * rows * columns;
  }

  private long height() {
    return (long) rows * SIDE + 2 * BORDER;
  }

  /** A canvas to be drawn on: outside the picture it is 0. */
  Value framed(int channels) {
    return program.persistent(ProgramBuilder.plain(pictures, height(), width, channels));
  }

  /** A canvas to paste tiles on. */
  Value canvas(int channels) {
    return program.value(ProgramBuilder.plain(pictures, height(), width, channels));
  }

  /** Appends the copy of pictures {@code from} and following onto a canvas. */
  void draw(String kind, Value activations, int from, Value canvas, int channels) {
    program.copy(
        layer, kind, program.samples(activations, from, pictures), picture(canvas, channels));
  }

  /** Appends the copy of a canvas to pictures {@code from} and following. */
  void take(String kind, Value canvas, Value activations, int from, int channels) {
    program.copy(
        layer, kind, picture(canvas, channels), program.samples(activations, from, pictures));
  }

  private Value picture(Value canvas, int channels) {
    long[] extents = {pictures, channels, shape.height(), shape.width()};
    long row = width * channels;
    long[] strides = {height() * row, 1, row, channels};
    return program.view(canvas, extents, strides, BORDER * (row + channels));
  }

  /** Appends the copy of a canvas to tiles of 6×6. */
  void cutOverlapping(String kind, Value canvas, Value tiles, int channels) {
    int rest = Winograd.INPUT - SIDE;
    for (int row = 0; row <= SIDE; row += SIDE) {
      for (int column = 0; column <= SIDE; column += SIDE) {
        int height = row == 0 ? SIDE : rest;
        int breadth = column == 0 ? SIDE : rest;
        program.copy(
            layer,
            kind,
            cut(canvas, row, column, height, breadth, channels),
            piece(tiles, Winograd.INPUT, row, column, height, breadth, channels));
      }
    }
  }

  /** Appends the copy of a canvas to tiles of 4×4. */
  void cut(String kind, Value canvas, Value tiles, int channels) {
    program.copy(layer, kind, inner(canvas, channels), whole(tiles, channels));
  }

  /** Appends the copy of tiles of 4×4 to a canvas, beyond the picture too. */
  void paste(String kind, Value tiles, Value canvas, int channels) {
    program.copy(layer, kind, whole(tiles, channels), inner(canvas, channels));
  }

  private Value inner(Value canvas, int channels) {
    return cut(canvas, BORDER, BORDER, SIDE, SIDE, channels);
  }

  private Value whole(Value tiles, int channels) {
    return piece(tiles, SIDE, 0, 0, SIDE, SIDE, channels);
  }

  /** The same part of each tile, on a canvas. */
  private Value cut(Value canvas, int row, int column, int height, int breadth, int channels) {
    long line = width * channels;
    long[] strides = {height() * line, SIDE * line, (long) SIDE * channels, line, channels, 1};
    return program.view(
        canvas, extents(height, breadth, channels), strides, row * line + (long) column * channels);
  }

  /** The same part of each tile, among tiles of some side. */
  private Value piece(
      Value tiles, int side, int row, int column, int height, int breadth, int channels) {
    long line = (long) side * channels;
    long tile = side * line;
    long[] strides = {(long) rows * columns * tile, columns * tile, tile, line, channels, 1};
    return program.view(
        tiles, extents(height, breadth, channels), strides, row * line + (long) column * channels);
  }

  private long[] extents(int height, int breadth, int channels) {
    return new long[] {pictures, rows, columns, height, breadth, channels};
  }
}
