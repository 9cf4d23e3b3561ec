package io.larch.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;

/**
 * Records as JSON, keys in snake case, null where a value does not apply. An event is one object,
 * {@code {"event":"step","step":1,…}}: its kind is its record's name.
 */
public final class Json {
  private static final SnakeCaseStrategy SNAKE_CASE = new SnakeCaseStrategy();
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
          .enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private Json() {}

  /** A record or a map on one line. */
  public static String write(Object value) {
    return text(JSON.valueToTree(value));
  }

  /** An event on one line. */
  public static String write(Event event) {
    return line(kind(event.getClass()), event);
  }

  /** Values on one line as those of an event of this kind. */
  static String line(String kind, Object values) {
    ObjectNode line = JSON.createObjectNode().put("event", kind);
    return text(line.setAll((ObjectNode) JSON.valueToTree(values)));
  }

  /**
   * Reads a record; keys that it does not have are passed over.
   *
   * @throws IllegalArgumentException when the text is none
   */
  public static <T> T read(String text, Class<T> type) {
    try {
      return JSON.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("no " + kind(type) + ": " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Reads an event.
   *
   * @throws IllegalArgumentException when the text is none
   */
  public static Event readEvent(String line) {
    String kind = read(line, JsonNode.class).path("event").asText();
    return Arrays.stream(Event.class.getPermittedSubclasses())
        .filter(type -> kind(type).equals(kind))
        .findFirst()
        .map(type -> (Event) read(line, type))
        .orElseThrow(() -> new IllegalArgumentException("no kind of event: " + kind));
  }

  private static String kind(Class<?> type) {
    return SNAKE_CASE.translate(type.getSimpleName());
  }

  private static String text(JsonNode tree) {
    try {
      return JSON.writeValueAsString(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of values is always JSON", e);
    }
  }
}
