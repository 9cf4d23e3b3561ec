package io.larch.data;

import static org.bytedeco.opencv.global.opencv_core.CV_8UC1;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_REDUCED_COLOR_2;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_REDUCED_COLOR_4;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_REDUCED_COLOR_8;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_AREA;
import static org.bytedeco.opencv.global.opencv_imgproc.INTER_LINEAR;
import static org.bytedeco.opencv.global.opencv_imgproc.resize;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * Decodes JPEG and PNG by OpenCV, on the calling thread, into bytes blue, green, red. Grey pictures
 * become three equal channels; CMYK and YCCK are converted; transparency is dropped. The
 * orientation of EXIF is ignored, as torchvision's ImageFolder does.
 *
 * <p>A JPEG of which little is to be seen is decoded at 1/2, 1/4 or 1/8 of its size, which skips
 * most of the inverse transform. What is left to shrink by 2 or more is averaged over areas, all
 * else is bilinear: that takes a quarter of the time, and at less than 2 every pixel still has its
 * part.
 *
 * <p>Native memory lives as long as a call.
 */
final class PictureDecoder {
  private static final int FLAGS = IMREAD_COLOR | IMREAD_IGNORE_ORIENTATION;

  static {
    // OpenCV would share each small picture out to threads of its own.
    opencv_core.setNumThreads(1);
  }

  private PictureDecoder() {}

  /** Decodes a picture whole, [H, W, 3]. */
  static byte[] decode(byte[] encoded) throws PictureDamaged {
    PictureHeader header = PictureHeader.of(encoded);
    return decode(encoded, header, View.whole(header.width(), header.height()));
  }

  /** Decodes the region of a view and scales it: [scaledHeight, scaledWidth, 3]. */
  @SuppressWarnings("try") // the scope is not named again: it closes what is created under it
  static byte[] decode(byte[] encoded, PictureHeader header, View view) throws PictureDamaged {
    try (PointerScope scope = new PointerScope()) {
      int by = header.jpeg() ? view.reduction().orElse(1) : 1;
      Mat picture = imdecode(native1d(encoded), reduced(by));
      checkSize(picture, header, by);
      Mat scaled = new Mat();
      Size size = new Size(view.scaledWidth(), view.scaledHeight());
      Mat region = new Mat(picture, region(picture, header, view));
      resize(region, scaled, size, 0, 0, interpolation(region, view));
      byte[] pixels = new byte[3 * view.scaledWidth() * view.scaledHeight()];
      scaled.data().get(pixels);
      return pixels;
    } catch (RuntimeException e) {
      throw new PictureDamaged("it cannot be decoded: " + e.getMessage(), e);
    }
  }

  private static Mat native1d(byte[] bytes) {
    return new Mat(1, bytes.length, CV_8UC1, new BytePointer(bytes));
  }

  private static int reduced(int by) {
    return switch (by) {
      case 2 -> IMREAD_REDUCED_COLOR_2 | IMREAD_IGNORE_ORIENTATION;
      case 4 -> IMREAD_REDUCED_COLOR_4 | IMREAD_IGNORE_ORIENTATION;
      case 8 -> IMREAD_REDUCED_COLOR_8 | IMREAD_IGNORE_ORIENTATION;
      default -> FLAGS;
    };
  }

  private static void checkSize(Mat picture, PictureHeader header, int by) throws PictureDamaged {
    if (picture.empty()) {
      throw new PictureDamaged("its contents are broken or of an unknown kind");
    }
    int width = (header.width() + by - 1) / by;
    int height = (header.height() + by - 1) / by;
    if (picture.cols() != width || picture.rows() != height) {
      throw new PictureDamaged(
          "it has %d × %d pixels where its header promises %d × %d"
              .formatted(picture.cols(), picture.rows(), width, height));
    }
  }

  /** The view's region in a picture that may have been reduced. */
  private static Rect region(Mat picture, PictureHeader header, View view) {
    int left = (int) ((long) view.x() * picture.cols() / header.width());
    int top = (int) ((long) view.y() * picture.rows() / header.height());
    int right = upper(view.x() + view.width(), picture.cols(), header.width());
    int bottom = upper(view.y() + view.height(), picture.rows(), header.height());
    return new Rect(left, top, right - left, bottom - top);
  }

  private static int upper(long end, int reduced, int full) {
    return (int) ((end * reduced + full - 1) / full);
  }

  private static int interpolation(Mat region, View view) {
    double across = (double) region.cols() / view.scaledWidth();
    double down = (double) region.rows() / view.scaledHeight();
    return Math.min(across, down) >= 1 && Math.max(across, down) >= 2 ? INTER_AREA : INTER_LINEAR;
  }
}
