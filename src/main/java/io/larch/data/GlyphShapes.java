package io.larch.data;

import java.util.ArrayList;
import java.util.List;

/**
 * The 36 letters and digits of {@link Glyphs} as strokes, in a box 6 wide and 10 high with y
 * downwards. Easily confused pairs differ on purpose: zero is slashed, I has serifs and 1 has a
 * flag, Z is barred, 5 has corners.
 *
 * <p>A shape is a text: strokes divided by {@code ;}, a stroke's points by blanks, a point is
 * {@code x,y}. A point written {@code ~x,y} is not passed through: it is the control point of a
 * quadratic Bézier curve between its two neighbours.
 */
final class GlyphShapes {
  static final float WIDTH = 6;
  static final float HEIGHT = 10;

  /** Longest piece of a flattened straight line, short enough to bend smoothly. */
  private static final float PIECE = 1.7f;

  private static final int PIECES_OF_CURVE = 6;

  private static final String[] SHAPES = {
    /* 0 */ "3,0 ~0,0 0,5 ~0,10 3,10 ~6,10 6,5 ~6,0 3,0; 4.8,1.7 1.2,8.3",
    /* 1 */ "0.8,2.8 3.2,0 3.2,10",
    /* 2 */ "0,2.5 ~0,0 3,0 ~6,0 6,2.8 ~6,5 0,10 6,10",
    /* 3 */ "0.3,1.5 ~1,0 3,0 ~5.7,0 5.7,2.4 ~5.7,4.8 2.5,4.8 ~6,4.8 6,7.4 ~6,10 3,10 ~0.7,10 0,8.2",
    /* 4 */ "4.5,10 4.5,0 0,7 6,7",
    /* 5 */ "5.5,0 0.8,0 0.4,4.6 ~1.5,3.8 3,3.8 ~6,3.8 6,6.9 ~6,10 2.8,10 ~0.8,10 0,8.4",
    /* 6 */ "5.2,0.4 ~0,1 0,6.8 ~0,10 3,10 ~6,10 6,7 ~6,4.2 3,4.2 ~0.5,4.2 0,6.8",
    /* 7 */ "0,0 6,0 2,10",
    /* 8 */ "3,4.7 ~0.5,4.7 0.5,2.4 ~0.5,0 3,0 ~5.5,0 5.5,2.4 ~5.5,4.7 3,4.7 ~0,4.7 0,7.4 ~0,10"
        + " 3,10 ~6,10 6,7.4 ~6,4.7 3,4.7",
    /* 9 */ "0.8,9.6 ~6,9 6,3.2 ~6,0 3,0 ~0,0 0,3 ~0,5.8 3,5.8 ~5.5,5.8 6,3.2",
    /* A */ "0,10 3,0 6,10; 1.1,6.5 4.9,6.5",
    /* B */ "0,0 3,0 ~5.5,0 5.5,2.4 ~5.5,4.8 3,4.8 ~6,4.8 6,7.4 ~6,10 3,10 0,10 0,0; 0,4.8 3,4.8",
    /* C */ "6,2 ~5,0 3,0 ~0,0 0,5 ~0,10 3,10 ~5,10 6,8",
    /* D */ "0,0 0,10 2,10 ~6,10 6,5 ~6,0 2,0 0,0",
    /* E */ "6,0 0,0 0,10 6,10; 0,5 4.5,5",
    /* F */ "6,0 0,0 0,10; 0,5 4.5,5",
    /* G */ "6,2 ~5,0 3,0 ~0,0 0,5 ~0,10 3,10 ~6,10 6,6 3.2,6",
    /* H */ "0,0 0,10; 6,0 6,10; 0,5 6,5",
    /* I */ "3,0 3,10; 1,0 5,0; 1,10 5,10",
    /* J */ "2,0 6,0; 4.5,0 4.5,7 ~4.5,10 2.2,10 ~0,10 0,7.5",
    /* K */ "0,0 0,10; 6,0 0,5.6; 1.8,4 6,10",
    /* L */ "0,0 0,10 6,10",
    /* M */ "0,10 0,0 3,6 6,0 6,10",
    /* N */ "0,10 0,0 6,10 6,0",
    /* O */ "3,0 ~0,0 0,5 ~0,10 3,10 ~6,10 6,5 ~6,0 3,0",
    /* P */ "0,10 0,0 3,0 ~6,0 6,2.7 ~6,5.4 3,5.4 0,5.4",
    /* Q */ "3,0 ~0,0 0,5 ~0,10 3,10 ~6,10 6,5 ~6,0 3,0; 3.3,6.8 6.4,10.4",
    /* R */ "0,10 0,0 3,0 ~6,0 6,2.7 ~6,5.4 3,5.4 0,5.4; 2.5,5.4 6,10",
    /* S */ "5.8,1.8 ~5,0 3,0 ~0,0 0,2.5 ~0,4.4 3,5 ~6,5.6 6,7.5 ~6,10 3,10 ~0.8,10 0,8",
    /* T */ "0,0 6,0; 3,0 3,10",
    /* U */ "0,0 0,6.5 ~0,10 3,10 ~6,10 6,6.5 6,0",
    /* V */ "0,0 3,10 6,0",
    /* W */ "0,0 1.5,10 3,3.5 4.5,10 6,0",
    /* X */ "0,0 6,10; 6,0 0,10",
    /* Y */ "0,0 3,5 6,0; 3,5 3,10",
    /* Z */ "0,0 6,0 0,10 6,10; 1.2,5 4.8,5",
  };

  private static final List<float[][]> POLYLINES = flattened();

  private GlyphShapes() {}

  static int count() {
    return SHAPES.length;
  }

  /** The strokes of a class, each flattened to x0, y0, x1, y1, …; callers must not write. */
  static float[][] strokes(int label) {
    return POLYLINES.get(label);
  }

  private static List<float[][]> flattened() {
    List<float[][]> shapes = new ArrayList<>();
    for (String shape : SHAPES) {
      List<float[]> strokes = new ArrayList<>();
      for (String stroke : shape.split(";", -1)) {
        strokes.add(flatten(stroke.trim().split(" ", -1)));
      }
      shapes.add(strokes.toArray(float[][]::new));
    }
    return shapes;
  }

  private static float[] flatten(String[] points) {
    Polyline line = new Polyline();
    for (int i = 0; i < points.length; i++) {
      if (points[i].startsWith("~")) {
        line.curveTo(point(points[i].substring(1)), point(points[++i]));
      } else {
        line.lineTo(point(points[i]));
      }
    }
    return line.coordinates();
  }

  private static float[] point(String text) {
    int comma = text.indexOf(',');
    return new float[] {
      Float.parseFloat(text.substring(0, comma)), Float.parseFloat(text.substring(comma + 1))
    };
  }

  /** A stroke under construction. */
  private static final class Polyline {
    private final List<float[]> points = new ArrayList<>();

    void lineTo(float[] end) {
      if (points.isEmpty()) {
        points.add(end);
        return;
      }
      float[] start = points.get(points.size() - 1);
      float dx = end[0] - start[0];
      float dy = end[1] - start[1];
      int pieces = 1 + (int) (Math.sqrt(dx * dx + dy * dy) / PIECE);
      for (int i = 1; i <= pieces; i++) {
        float t = (float) i / pieces;
        points.add(new float[] {start[0] + t * dx, start[1] + t * dy});
      }
    }

    void curveTo(float[] control, float[] end) {
      float[] start = points.get(points.size() - 1);
      for (int i = 1; i <= PIECES_OF_CURVE; i++) {
        float t = (float) i / PIECES_OF_CURVE;
        float a = (1 - t) * (1 - t);
        float b = 2 * t * (1 - t);
        float c = t * t;
        points.add(
            new float[] {
              a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1]
            });
      }
    }

    float[] coordinates() {
      float[] flat = new float[2 * points.size()];
      for (int i = 0; i < points.size(); i++) {
        flat[2 * i] = points.get(i)[0];
        flat[2 * i + 1] = points.get(i)[1];
      }
      return flat;
    }
  }
}
