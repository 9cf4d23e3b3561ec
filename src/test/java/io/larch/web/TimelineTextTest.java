package io.larch.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.larch.observe.Timeline;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class TimelineTextTest {
  private static final int ROOM = 1_000;

  private final TimelineText text = new TimelineText(ROOM);

  @Test
  void shouldBeWholeWhenNothingMoreComes() throws IOException {
    text.events(Timeline.note(0, "one"));
    assertFalse(text.whole().isDone());
    text.ended();
    assertEquals(1, array().size());
  }

  @Test
  void shouldBeWholeWithWhatThereIsRoomFor() throws IOException {
    for (int i = 0; i < ROOM; i++) {
      text.events(Timeline.note(0, "event " + i));
    }
    JsonNode before = array();
    text.ended();
    assertEquals(before, array());
    assertEquals("event 0", before.get(0).get("name").asText());
    String last = before.get(before.size() - 1).get("name").asText();
    assertTrue(last.contains("is left out"), last);
    assertTrue(text.whole().join().length() < 2 * ROOM);
  }

  private JsonNode array() throws IOException {
    return new ObjectMapper().readTree(text.whole().getNow(""));
  }
}
