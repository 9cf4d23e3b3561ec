package io.larch.data;

import static com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
import static com.google.protobuf.WireFormat.WIRETYPE_VARINT;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The protocol buffer {@code tensorflow.Example}: features by name (tensorflow/core/example). Only
 * the first value of a feature is of interest, and bytes are not read but found: a picture can be
 * passed over.
 *
 * <pre>
 *   Example   1: Features         Features  1: map entries, 1: name  2: Feature
 *   Feature   1: BytesList, 1: bytes        3: Int64List, 1: int64, packed or not
 * </pre>
 */
record TfExample(Map<String, Value> features) {
  private static final int ONLY = 1 << 3 | WIRETYPE_LENGTH_DELIMITED;
  private static final int SECOND = 2 << 3 | WIRETYPE_LENGTH_DELIMITED;
  private static final int INT64_LIST = 3 << 3 | WIRETYPE_LENGTH_DELIMITED;
  private static final int NUMBER = 1 << 3 | WIRETYPE_VARINT;

  /**
   * The first value of a feature.
   *
   * @param at where its bytes begin in the message, -1 if it is a number
   * @param number 0 if it is bytes
   */
  record Value(int at, int length, long number) {}

  /**
   * Finds the features of a message.
   *
   * @param stream may skip, and is read a little beyond the message
   */
  static TfExample parse(InputStream stream, int length) throws IOException {
    Parser parser = new Parser(CodedInputStream.newInstance(stream));
    parser.fields(length, parser::example);
    return new TfExample(parser.features);
  }

  /** Takes the fields of one kind of message, one a call, and says which it does not know. */
  private interface Fields {
    boolean take(int tag) throws IOException;
  }

  /** A walk through a message, with name and value of the feature at hand. */
  private static final class Parser {
    private final CodedInputStream in;
    private final Map<String, Value> features = new HashMap<>();
    private String name = "";
    private Value value;

    Parser(CodedInputStream in) {
      this.in = in;
    }

    void fields(int length, Fields fields) throws IOException {
      int outer = in.pushLimit(length);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (!fields.take(tag) && !in.skipField(tag)) {
          throw new IOException("a group ends that did not begin");
        }
      }
      in.popLimit(outer);
    }

    private boolean message(Fields fields) throws IOException {
      fields(in.readRawVarint32(), fields);
      return true;
    }

    boolean example(int tag) throws IOException {
      return tag == ONLY && message(this::feature);
    }

    private boolean feature(int tag) throws IOException {
      if (tag != ONLY) {
        return false;
      }
      value = null;
      message(this::entry);
      if (value != null) {
        features.put(name, value);
      }
      return true;
    }

    private boolean entry(int tag) throws IOException {
      if (tag == ONLY) {
        name = in.readString();
        return true;
      }
      return tag == SECOND && message(this::list);
    }

    private boolean list(int tag) throws IOException {
      if (tag == ONLY) {
        return message(this::bytes);
      }
      return tag == INT64_LIST && message(this::numbers);
    }

    private boolean bytes(int tag) throws IOException {
      if (tag != ONLY) {
        return false;
      }
      int length = in.readRawVarint32();
      keepFirst(new Value(in.getTotalBytesRead(), length, 0));
      in.skipRawBytes(length);
      return true;
    }

    private boolean numbers(int tag) throws IOException {
      if (tag == NUMBER) {
        keepFirst(new Value(-1, 0, in.readInt64()));
        return true;
      }
      return tag == ONLY && packed();
    }

    private boolean packed() throws IOException {
      int outer = in.pushLimit(in.readRawVarint32());
      while (!in.isAtEnd()) {
        keepFirst(new Value(-1, 0, in.readInt64()));
      }
      in.popLimit(outer);
      return true;
    }

    private void keepFirst(Value found) {
      value = value == null ? found : value;
    }
  }

  /** Builds a message, feature by feature. */
  static final class Builder {
    private final ByteArrayOutputStream features = new ByteArrayOutputStream();

    Builder bytes(String name, byte[] value) throws IOException {
      return feature(name, 1, message(out -> out.writeByteArray(1, value)));
    }

    Builder text(String name, String value) throws IOException {
      return bytes(name, value.getBytes(StandardCharsets.UTF_8));
    }

    Builder number(String name, long value) throws IOException {
      byte[] packed = message(out -> out.writeInt64NoTag(value));
      return feature(name, 3, message(out -> out.writeByteArray(1, packed)));
    }

    private Builder feature(String name, int kind, byte[] list) throws IOException {
      byte[] feature = message(out -> out.writeByteArray(kind, list));
      byte[] entry =
          message(
              out -> {
                out.writeString(1, name);
                out.writeByteArray(2, feature);
              });
      features.writeBytes(message(out -> out.writeByteArray(1, entry)));
      return this;
    }

    /** The message. */
    byte[] build() throws IOException {
      return message(out -> out.writeBytes(1, ByteString.copyFrom(features.toByteArray())));
    }

    private interface Writing {
      void to(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Writing fields) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.to(out);
      out.flush();
      return bytes.toByteArray();
    }
  }
}
