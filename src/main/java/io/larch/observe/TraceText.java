package io.larch.observe;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.math.BigDecimal;

/** Events of the Chrome trace format as text, separated by commas. Times are in microseconds. */
final class TraceText {
  /** Decimal places from nanoseconds. */
  private static final int MICROS = 3;

  private final StringBuilder text = new StringBuilder();
  private final int process;
  private final long offsetNs;

  /**
   * @param process number of the process whose events these are
   * @param offsetNs is added to their times
   */
  TraceText(int process, long offsetNs) {
    this.process = process;
    this.offsetNs = offsetNs;
  }

  int length() {
    return text.length();
  }

  @Override
  public String toString() {
    return text.toString();
  }

  void process(String name) {
    begin("M", 0, "process_name").append(",\"args\":{\"name\":").append(quoted(name)).append("}}");
  }

  void thread(int number, String name) {
    begin("M", number, "thread_name")
        .append(",\"args\":{\"name\":")
        .append(quoted(name))
        .append("}}");
  }

  void note(String words) {
    begin("i", 0, words).append(",\"s\":\"p\"");
    time(System.nanoTime()).append('}');
  }

  void leftOut(int thread, long count) {
    begin("i", thread, "left out because nobody took them in time").append(",\"s\":\"t\"");
    time(System.nanoTime()).append(",\"args\":{\"spans\":").append(count).append("}}");
  }

  Track.Reader reader(int thread) {
    return (kind, name, step, slice, flight, beganNs, endedNs) -> {
      if (flight) {
        flight("b", thread, kind, name, step, slice, beganNs);
        flight("e", thread, kind, name, step, slice, endedNs);
      } else {
        begin("X", thread, name).append(",\"cat\":").append(quoted(kind));
        time(beganNs).append(",\"dur\":").append(micros(endedNs - beganNs));
        arguments(step, slice);
      }
    };
  }

  private void flight(
      String phase, int thread, String kind, String name, long step, int slice, long timeNs) {
    begin(phase, thread, name)
        .append(",\"cat\":")
        .append(quoted(kind))
        .append(",\"id\":\"")
        .append(process)
        .append('.')
        .append(step)
        .append('.')
        .append(slice)
        .append('"');
    time(timeNs);
    arguments(step, slice);
  }

  private StringBuilder begin(String phase, int thread, String name) {
    return text.append(text.isEmpty() ? "" : ",\n")
        .append("{\"ph\":\"")
        .append(phase)
        .append("\",\"pid\":")
        .append(process)
        .append(",\"tid\":")
        .append(thread)
        .append(",\"name\":")
        .append(quoted(name));
  }

  private StringBuilder time(long timeNs) {
    return text.append(",\"ts\":").append(micros(timeNs + offsetNs));
  }

  private void arguments(long step, int slice) {
    text.append(",\"args\":{\"step\":").append(step);
    if (slice != Track.NO_SLICE) {
      text.append(",\"slice\":").append(slice);
    }
    text.append("}}");
  }

  private static String micros(long nanos) {
    return BigDecimal.valueOf(nanos, MICROS).toPlainString();
  }

  private static String quoted(String value) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(value)) + '"';
  }
}
