package io.larch.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.protocol.DataHeaderFlyweight;
import io.larch.config.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends to a node's data port what none of its peers has sent: over streams like a peer's, from a
 * media driver of its own as another host has one, and as bare datagrams. One thread uses it.
 */
public final class Strangers implements AutoCloseable {
  private static final int LARGEST = 1024;
  private static final int VALUES = 50;

  private final long peer;
  private final Random random;
  private final EmbeddedDriver driver = EmbeddedDriver.start(Fixtures.settings());
  private final Aeron aeron =
      Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.directory()));
  private final List<ExclusivePublication> streams = new ArrayList<>();
  private final DatagramChannel socket;
  private final UnsafeBuffer frame = new UnsafeBuffer(ByteBuffer.allocateDirect(2 * LARGEST));
  private int turn;
  private long strangers;
  private long corrupt;
  private long stale;

  /**
   * Connects to a node.
   *
   * @param peer id of one of its peers, in whose name some frames are
   */
  public Strangers(DataAddress to, long peer, long seed) {
    this.peer = peer;
    random = new Random(seed);
    for (Stream stream : Stream.values()) {
      streams.add(
          aeron.addExclusivePublication(
              "aeron:udp?term-length=64k|endpoint=" + to.endpoint(),
              Inlets.UDP_STREAMS + stream.id()));
    }
    try {
      socket = DatagramChannel.open();
      socket.connect(
          new InetSocketAddress(
              to.endpoint().replaceAll(":\\d+$", ""),
              Integer.parseInt(to.endpoint().replaceAll(".*:", ""))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends frames over both streams, of each kind as many. */
  public void sendFrames(int count) {
    for (int i = 0; i < count; i++) {
      int length = nextFrame();
      ExclusivePublication stream = streams.get(random.nextInt(streams.size()));
      Fixtures.until(
          () -> "an offer", () -> stream.offer(frame, 0, length) > 0, Thread::onSpinWait);
    }
  }

  private int nextFrame() {
    return switch (turn++ % 5) {
      case 0 -> noise();
      case 1 -> cutShort();
      case 2 -> fromNobody();
      case 3 -> damaged();
      default -> ofAnotherRun();
    };
  }

  private int noise() {
    strangers++;
    return fill(1 + random.nextInt(LARGEST));
  }

  private int fill(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    frame.putBytes(0, bytes);
    return length;
  }

  private int cutShort() {
    strangers++;
    return 1 + random.nextInt(chunk(peer) - 1);
  }

  private int fromNobody() {
    strangers++;
    return chunk(random.nextLong());
  }

  /** A bit is flipped behind what tells whose chunk it is. */
  private int damaged() {
    corrupt++;
    int length = chunk(peer);
    int at = Chunk.HEADER_BYTES + random.nextInt(length - Chunk.HEADER_BYTES);
    frame.putByte(at, (byte) (frame.getByte(at) ^ 1 << random.nextInt(Byte.SIZE)));
    return length;
  }

  private int ofAnotherRun() {
    stale++;
    return chunk(peer);
  }

  /** A right one of a generation that was never there; returns its length. */
  private int chunk(long sender) {
    ChunkHeader header =
        new ChunkHeader(
            Chunk.KINDS.get(random.nextInt(Chunk.KINDS.size())),
            1 + random.nextInt(3),
            random.nextLong(),
            random.nextInt(50),
            random.nextInt(3),
            random.nextInt(3),
            /* index= */ 0,
            random.nextInt(VALUES),
            1 + random.nextInt(VALUES),
            random.nextBoolean() ? Wire.F32 : Wire.BF16,
            /* seal= */ 0);
    new ChunkWriter(sender, true).write(frame, 0, header, FloatBuffer.allocate(VALUES), 0);
    return ChunkWriter.length(header);
  }

  /** Sends datagrams that are no frames of a stream, or of none that stands. */
  public void sendDatagrams(int count) {
    try {
      for (int i = 0; i < count; i++) {
        int length = random.nextBoolean() ? fill(random.nextInt(LARGEST)) : streamless();
        socket.write(frame.byteBuffer().duplicate().clear().limit(length));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The media driver's own frame, of a session that nobody has set up, whole or cut short. */
  private int streamless() {
    int length = DataHeaderFlyweight.HEADER_LENGTH + chunk(peer);
    fill(DataHeaderFlyweight.HEADER_LENGTH);
    DataHeaderFlyweight header = new DataHeaderFlyweight(frame);
    header
        .sessionId(random.nextInt())
        .streamId(Inlets.UDP_STREAMS + random.nextInt(streams.size()))
        .version(DataHeaderFlyweight.CURRENT_VERSION)
        .headerType(DataHeaderFlyweight.HDR_TYPE_DATA)
        .frameLength(length);
    return random.nextBoolean() ? length : random.nextInt(length);
  }

  /** How many frames the node cannot take for a peer's. */
  public long strangers() {
    return strangers;
  }

  /** How many are in a peer's name and damaged. */
  public long corrupt() {
    return corrupt;
  }

  /** How many are in a peer's name and of another run. */
  public long stale() {
    return stale;
  }

  @Override
  public void close() {
    aeron.close();
    driver.close();
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
