package io.larch.observe;

import com.google.protobuf.CodedOutputStream;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * The values that TensorBoard shows of one step: the protocol buffer {@code tensorflow.Event} with
 * a {@code Summary} (tensorflow/core/util/event.proto, core/framework/summary.proto).
 *
 * <pre>
 *   Event    1: wall_time  2: step  3: file_version  5: Summary
 *   Summary  1: Value      Value  1: tag  2: simple_value  4: Image  5: HistogramProto  8: TensorProto  9: SummaryMetadata
 * </pre>
 */
final class Summary {
  private static final String FILE_VERSION = "brain.Event:2";
  private static final int BUCKETS = 30;
  private static final int STRING_TYPE = 7;

  private final ByteArrayOutputStream values = new ByteArrayOutputStream();

  /** Writes the fields of a message. */
  private interface Fields {
    void to(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.to(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /** The event with which a file begins. */
  static byte[] version(double seconds) {
    return message(
        out -> {
          out.writeDouble(1, seconds);
          out.writeString(3, FILE_VERSION);
        });
  }

  /** The values so far as an event. */
  byte[] event(double seconds, long step) {
    return message(
        out -> {
          out.writeDouble(1, seconds);
          out.writeInt64(2, step);
          out.writeByteArray(5, values.toByteArray());
        });
  }

  private Summary value(String tag, Fields fields) {
    byte[] value =
        message(
            out -> {
              out.writeString(1, tag);
              fields.to(out);
            });
    values.writeBytes(message(out -> out.writeByteArray(1, value)));
    return this;
  }

  /** A number; nothing if it is null. */
  Summary scalar(String tag, Double number) {
    return number == null ? this : value(tag, out -> out.writeFloat(2, number.floatValue()));
  }

  /** Text, in Markdown. */
  Summary text(String tag, String markdown) {
    byte[] dimension = message(out -> out.writeInt64(1, 1));
    byte[] shape = message(out -> out.writeByteArray(2, dimension));
    byte[] tensor =
        message(
            out -> {
              out.writeEnum(1, STRING_TYPE);
              out.writeByteArray(2, shape);
              out.writeByteArray(8, markdown.getBytes(StandardCharsets.UTF_8));
            });
    byte[] plugin = message(out -> out.writeString(1, "text"));
    byte[] metadata = message(out -> out.writeByteArray(1, plugin));
    return value(
        tag,
        out -> {
          out.writeByteArray(8, tensor);
          out.writeByteArray(9, metadata);
        });
  }

  /** A picture. */
  Summary image(String tag, BufferedImage picture) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, "png", png);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    byte[] image =
        message(
            out -> {
              out.writeInt32(1, picture.getHeight());
              out.writeInt32(2, picture.getWidth());
              out.writeInt32(3, picture.getRaster().getNumBands());
              out.writeByteArray(4, png.toByteArray());
            });
    return value(tag, out -> out.writeByteArray(4, image));
  }

  /** How values are spread, in equal steps from the least to the greatest; nothing of none. */
  Summary histogram(String tag, List<Double> some) {
    double[] sorted = some.stream().mapToDouble(v -> v).filter(Double::isFinite).sorted().toArray();
    if (sorted.length == 0) {
      return this;
    }
    double least = sorted[0];
    double greatest = sorted[sorted.length - 1];
    double[] limits = new double[BUCKETS];
    double[] counts = new double[BUCKETS];
    for (int i = 0; i < BUCKETS; i++) {
      limits[i] = least + (greatest - least) * (i + 1) / BUCKETS;
    }
    limits[BUCKETS - 1] = greatest;
    int bucket = 0;
    for (double number : sorted) {
      while (number > limits[bucket]) {
        bucket++;
      }
      counts[bucket]++;
    }
    byte[] histogram =
        message(
            out -> {
              out.writeDouble(1, least);
              out.writeDouble(2, greatest);
              out.writeDouble(3, sorted.length);
              out.writeDouble(4, Arrays.stream(sorted).sum());
              out.writeDouble(5, Arrays.stream(sorted).map(v -> v * v).sum());
              out.writeByteArray(6, packed(limits));
              out.writeByteArray(7, packed(counts));
            });
    return value(tag, out -> out.writeByteArray(5, histogram));
  }

  private static byte[] packed(double[] numbers) {
    return message(
        out -> {
          for (double number : numbers) {
            out.writeDoubleNoTag(number);
          }
        });
  }
}
