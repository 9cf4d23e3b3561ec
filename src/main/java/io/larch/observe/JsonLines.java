package io.larch.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.Map;

/**
 * Writes one JSON object a line: {@code {"event":"step","step":1,…}}. The kind of event is its
 * record's name and the keys are its components' names, in snake case; what does not apply is null.
 */
public final class JsonLines implements Event.Listener {
  private static final SnakeCaseStrategy SNAKE_CASE = new SnakeCaseStrategy();
  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final PrintStream out;

  public JsonLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public void on(Event event) {
    ObjectNode values = JSON.valueToTree(event);
    print(SNAKE_CASE.translate(event.getClass().getSimpleName()), values);
  }

  /** A line of another kind, with values that are named in snake case already. */
  public void print(String event, Map<String, ?> values) {
    print(event, (ObjectNode) JSON.valueToTree(values));
  }

  private void print(String event, ObjectNode values) {
    ObjectNode line = JSON.createObjectNode().put("event", event).setAll(values);
    try {
      out.println(JSON.writeValueAsString(line));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of values is always JSON", e);
    }
    out.flush();
  }
}
