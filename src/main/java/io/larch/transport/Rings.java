package io.larch.transport;

import io.aeron.Aeron;
import io.aeron.Counter;
import java.nio.file.Path;
import java.util.Locale;
import org.agrona.concurrent.status.CountersReader;

/**
 * A node's place among those that share a media driver: where the {@link Ring rings} between them
 * lie. The driver knows the node by a counter, which goes when the node ends or is silent for too
 * long; its number names the place.
 */
final class Rings {
  /** Of Aeron's counters; those from 1000 on are for applications. */
  private static final int COUNTER_TYPE = 1000;

  private final Path directory;
  private final int ringBytes;
  private final CountersReader counters;
  private final Counter place;

  /**
   * @param directory the media driver's
   */
  Rings(Aeron aeron, String directory, int ringBytes, long node) {
    this.directory = Path.of(directory);
    this.ringBytes = ringBytes;
    counters = aeron.countersReader();
    place = aeron.addCounter(COUNTER_TYPE, "larch node " + node);
  }

  /** Its number, which no other node of the driver has had. */
  long place() {
    return place.registrationId();
  }

  RingInlet inlet(DataAddress from, Stream stream, Inlets.Reader reader) {
    return new RingInlet(from, path(from.place(), place(), stream), ringBytes, reader);
  }

  RingOutlet outlet(DataAddress to, Stream stream, ChunkWriter writer) {
    return new RingOutlet(path(place(), to.place(), stream), () -> lives(to.place()), writer);
  }

  private Path path(long from, long to, Stream stream) {
    String name = stream.name().toLowerCase(Locale.ROOT);
    return directory.resolve("ring-%d-%d-%s".formatted(from, to, name));
  }

  private boolean lives(long other) {
    return counters.findByTypeIdAndRegistrationId(COUNTER_TYPE, other)
        != CountersReader.NULL_COUNTER_ID;
  }
}
