package io.larch.data;

import io.larch.random.RandomStream;
import java.util.Arrays;

/**
 * Paints one glyph: a random affine map takes the strokes to the picture, a smooth random field
 * bends them, a pen of random thickness draws them with random contrast over a random background,
 * and noise is added. Only additions, multiplications, divisions, square roots and {@link
 * StrictMath}, so the bytes are the same on every machine.
 *
 * <p>The bending field is given by random vectors at the knots of a coarse grid, blended between
 * them by {@code 3t² − 2t³} (after Simard, Steinkraus and Platt, "Best practices for convolutional
 * neural networks applied to visual document analysis", ICDAR 2003, who smooth random noise).
 *
 * <p>Keeps scratch memory: one painter, one thread.
 */
final class GlyphPainter {
  static final int SIDE = 28;

  /** Pixels for a unit of the strokes' box. */
  private static final float UNIT = 1.75f;

  /** Largest rotation, in radians. */
  private static final double ROTATION = 0.22;

  /** Largest slant: pixels to the side for a pixel of height. */
  private static final double SHEAR = 0.2;

  /** Largest relative change of width and of height. */
  private static final double SCALE = 0.16;

  /**
   * Largest shift along each axis, in pixels. This more than anything else keeps a linear
   * classifier down, and costs a convolutional network little.
   */
  private static final double SHIFT = 4.0;

  /** Largest displacement at a knot of the field along each axis, in pixels. */
  private static final double BEND = 1.0;

  /** Radius of the pen, in pixels. */
  private static final double PEN_MIN = 0.85;

  private static final double PEN_MAX = 1.6;

  /** Grey of ink (up to 1) and paper (from 0), and the noise's deviation. */
  private static final double INK_MIN = 0.7;

  private static final double PAPER_MAX = 0.1;
  private static final double NOISE = 0.04;

  private static final int KNOTS = 4;
  private static final float KNOT_DISTANCE = (float) SIDE / (KNOTS - 1);
  private static final float FAR = 1e9f;

  private final float[] squaredDistance = new float[SIDE * SIDE];
  private final float[] field = new float[2 * KNOTS * KNOTS];
  private RandomStream random;
  private int drawn;
  private float xx;
  private float xy;
  private float yx;
  private float yy;
  private float centreX;
  private float centreY;

  /** Paints a glyph of a class to {@code target[at …]}, row-major [28, 28]; 0 is background. */
  void paint(int label, RandomStream stream, byte[] target, int at) {
    random = stream;
    drawn = 0;
    drawMap();
    drawField();
    Arrays.fill(squaredDistance, FAR);
    float pen = between(PEN_MIN, PEN_MAX);
    for (float[] stroke : GlyphShapes.strokes(label)) {
      trace(stroke, pen + 1);
    }
    develop(pen, target, at);
  }

  private float between(double low, double high) {
    return (float) random.uniform(drawn++, low, high);
  }

  private void drawMap() {
    double angle = between(-ROTATION, ROTATION);
    float cos = (float) StrictMath.cos(angle);
    float sin = (float) StrictMath.sin(angle);
    float shear = between(-SHEAR, SHEAR);
    float width = UNIT * between(1 - SCALE, 1 + SCALE);
    float height = UNIT * between(1 - SCALE, 1 + SCALE);
    xx = width * cos;
    yx = width * sin;
    xy = height * (shear * cos - sin);
    yy = height * (shear * sin + cos);
    centreX = SIDE / 2f + between(-SHIFT, SHIFT);
    centreY = SIDE / 2f + between(-SHIFT, SHIFT);
  }

  private void drawField() {
    for (int i = 0; i < field.length; i++) {
      field[i] = between(-BEND, BEND);
    }
  }

  private void trace(float[] stroke, float reach) {
    float lastX = 0;
    float lastY = 0;
    for (int i = 0; i < stroke.length; i += 2) {
      float u = stroke[i] - GlyphShapes.WIDTH / 2;
      float v = stroke[i + 1] - GlyphShapes.HEIGHT / 2;
      float straightX = centreX + xx * u + xy * v;
      float straightY = centreY + yx * u + yy * v;
      float x = straightX + bend(straightX, straightY, 0);
      float y = straightY + bend(straightX, straightY, 1);
      if (i > 0) {
        measure(lastX, lastY, x, y, reach);
      }
      lastX = x;
      lastY = y;
    }
  }

  /** The field's displacement at a place, along one axis. */
  private float bend(float x, float y, int axis) {
    float gx = clamp(x / KNOT_DISTANCE, 0, KNOTS - 1.001f);
    float gy = clamp(y / KNOT_DISTANCE, 0, KNOTS - 1.001f);
    int column = (int) gx;
    int row = (int) gy;
    float tx = smooth(gx - column);
    float ty = smooth(gy - row);
    int knot = 2 * (row * KNOTS + column) + axis;
    float above = field[knot] + tx * (field[knot + 2] - field[knot]);
    int below = knot + 2 * KNOTS;
    float under = field[below] + tx * (field[below + 2] - field[below]);
    return above + ty * (under - above);
  }

  private static float smooth(float t) {
    return t * t * (3 - 2 * t);
  }

  /** Lowers the distance of every pixel near a segment to its distance from it. */
  private void measure(float x0, float y0, float x1, float y1, float reach) {
    float dx = x1 - x0;
    float dy = y1 - y0;
    float scale = 1 / Math.max(dx * dx + dy * dy, 1e-6f);
    int left = Math.max(0, (int) (Math.min(x0, x1) - reach));
    int right = Math.min(SIDE - 1, (int) (Math.max(x0, x1) + reach));
    int top = Math.max(0, (int) (Math.min(y0, y1) - reach));
    int bottom = Math.min(SIDE - 1, (int) (Math.max(y0, y1) + reach));
    for (int row = top; row <= bottom; row++) {
      float py = row + 0.5f - y0;
      for (int column = left; column <= right; column++) {
        float px = column + 0.5f - x0;
        float t = clamp((px * dx + py * dy) * scale, 0, 1);
        float ex = px - t * dx;
        float ey = py - t * dy;
        int pixel = row * SIDE + column;
        squaredDistance[pixel] = Math.min(squaredDistance[pixel], ex * ex + ey * ey);
      }
    }
  }

  /** Turns distances into grey: ink within the pen's radius, a soft edge of one pixel, noise. */
  private void develop(float pen, byte[] target, int at) {
    float ink = between(INK_MIN, 1);
    float paper = between(0, PAPER_MAX);
    for (int i = 0; i < squaredDistance.length; i++) {
      float cover = clamp(pen + 0.5f - (float) Math.sqrt(squaredDistance[i]), 0, 1);
      float grey = paper + cover * (ink - paper) + (float) NOISE * bell(random.bits(drawn++));
      target[at + i] = (byte) (int) (clamp(grey, 0, 1) * 255 + 0.5f);
    }
  }

  /** The sum of four uniform numbers, near normal with mean 0 and variance 1. */
  private static float bell(long bits) {
    int sum =
        (int) (bits & 0xFFFF)
            + (int) (bits >>> 16 & 0xFFFF)
            + (int) (bits >>> 32 & 0xFFFF)
            + (int) (bits >>> 48);
    return (sum - 131070) * 2.6428e-5f;
  }

  private static float clamp(float value, float low, float high) {
    return Math.max(low, Math.min(high, value));
  }
}
