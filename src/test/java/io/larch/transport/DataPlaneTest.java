package io.larch.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.larch.config.Refusal;
import io.larch.config.TransportSettings;
import io.larch.config.TransportSettings.Checksum;
import io.larch.config.Wire;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Two ends in one JVM, over real shared memory and real sockets, worked by one thread. */
@Timeout(120)
class DataPlaneTest {
  private static final int MANY = 4 << 20;
  private static final int FEW = 1 << 18;
  private static final Receiver NOBODY =
      (stream, chunk) -> {
        throw new AssertionError("nothing was to arrive");
      };

  @ParameterizedTest
  @ValueSource(strings = {"mode=ipc", "mode=udp"})
  void shouldExchangeBothWaysWithoutDeadlock(String mode) {
    try (Pair pair = new Pair(mode)) {
      pair.exchange(MANY, Wire.F32);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1408, 8960})
  void shouldExchangeInDatagramsOfAnySize(int mtu) {
    try (Pair pair =
        new Pair("mode=udp", "udp-mtu=" + mtu, "socket-buffer=128k", "checksum=never")) {
      pair.exchange(FEW, Wire.F32);
    }
  }

  @Test
  void shouldExchangeHalves() {
    try (Pair pair = new Pair("mode=ipc", "checksum=always")) {
      pair.exchange(FEW, Wire.BF16);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode=ipc", "mode=udp"})
  void shouldTurnManyPagesUnderBackPressure(String mode) {
    try (Pair pair = new Pair(mode, "ipc-ring=128k", "udp-term=64k")) {
      pair.exchange(FEW, Wire.F32);
      assertTrue(pair.left.sent(Stream.UP).backPressured() > 0, "the streams were full at times");
    }
  }

  @Test
  void shouldDeliverEverythingInOrderDespiteLoss() {
    try (Pair pair = new Pair("mode=udp", "udp-mtu=8960", "loss.data=0.05", "loss.control=0.05")) {
      pair.exchange(FEW, Wire.F32);
      assertTrue(pair.left.plane.traffic().retransmits() > 0, "some had to be sent again");
    }
  }

  @Test
  void shouldCountWhatMoves() {
    try (Pair pair = new Pair("mode=auto")) {
      pair.left.sendOne(Stream.DOWN, 10);
      Fixtures.until(
          () -> "arrival",
          () -> pair.right.received > 0,
          () -> pair.right.plane.poll(pair.right, 1));
      int bytes = Chunk.HEADER_BYTES + 40;
      Traffic.OfStream there = new Traffic.OfStream(2, Stream.DOWN, 1, bytes, 0, 0, 0);
      Traffic.OfStream here = new Traffic.OfStream(1, Stream.DOWN, 0, 0, 1, bytes, 0);
      assertTrue(pair.left.plane.traffic().peers().contains(there));
      assertTrue(pair.right.plane.traffic().peers().contains(here));
    }
  }

  @Test
  void shouldPollDownFirst() {
    try (Pair pair = new Pair("mode=ipc")) {
      pair.left.sendOne(Stream.UP, 1);
      pair.left.sendOne(Stream.DOWN, 2);
      StringBuilder order = new StringBuilder();
      Fixtures.until(
          () -> "both",
          () -> order.length() >= 2,
          () ->
              pair.right.plane.poll(
                  (s, c) -> order.append(s == Stream.DOWN ? 'd' : 'u').length() > 0, 9));
      assertEquals("du", order.toString());
    }
  }

  @Test
  void shouldDropAndCountStrangers() {
    try (Pair pair = new Pair("mode=udp");
        Aeron aeron = pair.client()) {
      pair.publish(aeron, ByteBuffer.allocateDirect(5));
      pair.publish(aeron, ByteBuffer.allocateDirect(500));
      pair.publish(aeron, chunk(99, false));
      Fixtures.until(
          () -> "3 strangers, but " + pair.right.plane.traffic(),
          () -> pair.right.plane.traffic().strangers() == 3,
          () -> pair.right.plane.poll(NOBODY, 10));
    }
  }

  @Test
  void shouldDropAndCountWhatIsCorrupt() {
    try (Pair pair = new Pair("mode=udp");
        Aeron aeron = pair.client()) {
      ByteBuffer bytes = chunk(1, true);
      bytes.put(Chunk.HEADER_BYTES + 1, (byte) (bytes.get(Chunk.HEADER_BYTES + 1) ^ 4));
      pair.publish(aeron, bytes);
      Fixtures.until(
          () -> "1 corrupt, but " + pair.right.plane.traffic(),
          () -> pair.right.plane.traffic().corrupt() == 1,
          () -> pair.right.plane.poll(NOBODY, 10));
    }
  }

  @Test
  void shouldDropAndCountWhatLacksTheChecksumThatWasAskedFor() {
    try (Pair pair = new Pair("mode=udp");
        Aeron aeron = pair.client()) {
      pair.publish(aeron, chunk(1, false));
      ByteBuffer cleared = chunk(1, true).putInt(Chunk.CRC, 0);
      pair.publish(aeron, cleared);
      Fixtures.until(
          () -> "2 corrupt, but " + pair.right.plane.traffic(),
          () -> pair.right.plane.traffic().corrupt() == 2,
          () -> pair.right.plane.poll(NOBODY, 10));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode=ipc", "mode=udp"})
  void shouldCarryTheChecksumsThatEachEndAsksFor(String mode) {
    try (Pair pair =
        new Pair(
            Fixtures.settings(mode, "checksum=never"),
            Fixtures.settings(mode, "checksum=always"))) {
      pair.exchange(FEW, Wire.F32);
    }
  }

  @ParameterizedTest(name = "byte {0}")
  @ValueSource(ints = {0, 5, 9, 20, 40, 57, Chunk.HEADER_BYTES + 1})
  void shouldSayThatAFrameOfAPeerWasDamagedWhateverItsHeaderSays(int at) {
    try (Pair pair = new Pair("mode=udp");
        Aeron aeron = pair.client();
        ExclusivePublication stream = pair.stream(aeron)) {
      offer(stream, chunk(1, true));
      Fixtures.until(() -> "a chunk", () -> pair.right.received > 0, pair::pollRight);
      pair.publish(aeron, flipped(at));
      Fixtures.until(() -> "somebody else's", () -> pair.dropped() == 1, pair::pollRight);
      offer(stream, flipped(at));
      pair.requireDamage();
      assertEquals(2, pair.dropped());
      offer(stream, chunk(1, true));
      Fixtures.until(() -> "the next", () -> pair.right.received > 4, pair::pollRight);
    }
  }

  @Test
  void shouldSayThatAFrameWasDamagedOnceItIsKnownWhoseStreamItCameBy() {
    try (Pair pair = new Pair("mode=udp");
        Aeron aeron = pair.client();
        ExclusivePublication stream = pair.stream(aeron)) {
      offer(stream, flipped(0));
      Fixtures.until(
          () -> "1 stranger, but " + pair.right.plane.traffic(),
          () -> pair.right.plane.traffic().strangers() == 1,
          pair::pollRight);
      offer(stream, chunk(1, true));
      pair.requireDamage();
      offer(stream, chunk(1, true));
      Fixtures.until(() -> "the next", () -> pair.right.received > 4, pair::pollRight);
    }
  }

  @Test
  void shouldSayThatAFrameWasDamagedWhereTheNextDoesNotFitWithoutIt() {
    try (Pair pair = new Pair("mode=udp");
        Aeron aeron = pair.client();
        ExclusivePublication stream = pair.stream(aeron)) {
      Receiver refusing =
          (from, chunk) -> {
            throw new IllegalStateException("something is missing before it");
          };
      offer(stream, flipped(0));
      offer(stream, chunk(1, true));
      FrameDamaged error =
          assertThrows(
              FrameDamaged.class,
              () ->
                  Fixtures.until(
                      () -> "damage", () -> false, () -> pair.right.plane.poll(refusing, 10)));
      assertEquals(1, error.sender().node());
    }
  }

  @Test
  void shouldTakeNoStreamForAPeersThatBringsOnlyWhatIsStale() {
    try (Pair pair = new Pair("mode=udp");
        Aeron aeron = pair.client();
        ExclusivePublication stream = pair.stream(aeron)) {
      offer(stream, chunk(1, true));
      offer(stream, flipped(0));
      Fixtures.until(
          () -> "1 stranger, but " + pair.right.plane.traffic(),
          () -> pair.right.plane.traffic().strangers() == 1,
          () -> pair.right.plane.poll((from, chunk) -> false, 10));
    }
  }

  @ParameterizedTest(name = "byte {0}")
  @ValueSource(ints = {0, Chunk.HEADER_BYTES + 1})
  void shouldSayThatAFrameInSharedMemoryWasDamaged(int at) {
    TransportSettings settings = Fixtures.settings("mode=ipc", "checksum=always");
    try (EmbeddedDriver driver = EmbeddedDriver.start(settings);
        DataPlane plane = DataPlane.open(settings, 2, driver, false)) {
      DataAddress own = plane.address();
      assertNotNull(plane.connect(new DataAddress(1, own.mediaDriver(), "", 77, Checksum.NEVER)));
      Path path = Path.of(driver.directory()).resolve("ring-77-%d-up".formatted(own.place()));
      Ring ring = Ring.join(path).orElseThrow();
      ByteBuffer bytes = flipped(at);
      ring.buffer().putBytes(ring.claim(), bytes, 0, bytes.capacity());
      ring.commit(bytes.capacity());
      FrameDamaged error = assertThrows(FrameDamaged.class, () -> plane.poll(NOBODY, 1));
      assertEquals(1, error.sender().node());
      ring.leaveAsWriter();
    }
  }

  @Test
  void shouldLeaveNoRingOfAPeerThatCannotBeConnected() throws IOException {
    TransportSettings settings = Fixtures.settings("mode=ipc", "ipc-ring=128k");
    try (EmbeddedDriver driver = EmbeddedDriver.start(settings);
        DataPlane plane = DataPlane.open(settings, 2, driver, false)) {
      DataAddress own = plane.address();
      DataAddress peer = new DataAddress(1, own.mediaDriver(), "", 77, Checksum.NEVER);
      Path up = Path.of(driver.directory()).resolve("ring-77-%d-up".formatted(own.place()));
      Path down = up.resolveSibling("ring-77-%d-down".formatted(own.place()));
      Files.createDirectory(down);
      assertThrows(Refusal.class, () -> plane.connect(peer));
      assertFalse(Files.exists(up), "the first of the two");
      Files.delete(down);
      assertFalse(plane.isConnected(plane.connect(peer)), "nobody has joined it yet");
      assertTrue(Files.exists(up) && Files.exists(down));
    }
  }

  /** A media driver that fails whoever has joined it. */
  private record Failing(EmbeddedDriver driver) implements MediaHost {
    @Override
    public String directory() {
      return driver.directory();
    }

    @Override
    public boolean isAlive() {
      return true;
    }

    @Override
    public void joined() {
      throw new IllegalStateException("failing");
    }

    @Override
    public void close() {
      driver.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode=ipc", "mode=udp"})
  void shouldLeaveTheMediaDriverWhereItCannotBeOpened(String mode) {
    TransportSettings settings = Fixtures.settings(mode);
    Set<Thread> before = clients();
    try (Failing host = new Failing(EmbeddedDriver.start(settings))) {
      assertThrows(
          IllegalStateException.class, () -> DataPlane.open(settings, 1, host, false).close());
      assertEquals(before, clients());
    }
  }

  private static Set<Thread> clients() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().contains("aeron-client"))
        .collect(Collectors.toSet());
  }

  @Test
  void shouldLogWhatIsNoReasonToEnd() {
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    told.start();
    Logger log = (Logger) LoggerFactory.getLogger(DataPlane.class);
    log.addAppender(told);
    try (DataPlane plane = DataPlane.open(Fixtures.settings("mode=ipc"), 1)) {
      plane.onError(new IllegalStateException("a socket broke"));
      assertEquals(1, told.list.size());
      String text = told.list.get(0).getFormattedMessage();
      assertTrue(text.contains("client reports: java.lang.IllegalStateException: a socket"), text);
      assertEquals(0, plane.poll(NOBODY, 1), "it goes on");
    } finally {
      log.detachAppender(told);
    }
  }

  private static ByteBuffer flipped(int at) {
    ByteBuffer bytes = chunk(1, true);
    return bytes.put(at, (byte) (bytes.get(at) ^ 4));
  }

  private static void offer(ExclusivePublication stream, ByteBuffer bytes) {
    UnsafeBuffer buffer = new UnsafeBuffer(bytes);
    Fixtures.until(() -> "an offer", () -> stream.offer(buffer) > 0, Thread::onSpinWait);
  }

  @Test
  void shouldCountWhatTheReceiverCallsStale() {
    try (Pair pair = new Pair("mode=ipc")) {
      pair.left.sendOne(Stream.UP, 1);
      pair.left.sendOne(Stream.DOWN, 1);
      Fixtures.until(
          () -> "2 chunks, 1 of them stale, but " + pair.right.plane.traffic(),
          () -> pair.right.plane.traffic().stale() == 1,
          () -> pair.right.plane.poll((stream, chunk) -> stream == Stream.DOWN, 10));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode=ipc", "mode=udp"})
  void shouldSeeThePeerClose(String mode) {
    try (Pair pair = new Pair(mode)) {
      pair.right.plane.close();
      Fixtures.until(
          () -> "the peer's end",
          () -> !pair.left.plane.isConnected(pair.left.peer),
          Thread::onSpinWait);
      Fixtures.until(
          () -> "NOT_CONNECTED",
          () -> pair.left.trySend(Stream.UP, 1) == SendResult.NOT_CONNECTED,
          Thread::onSpinWait);
    }
  }

  @Test
  void shouldTakeAndSendNothingAfterDisconnecting() {
    try (Pair pair = new Pair("mode=udp")) {
      pair.left.sendOne(Stream.UP, 1);
      pair.right.plane.disconnect(pair.right.peer);
      Fixtures.until(
          () -> "a stranger",
          () -> pair.right.plane.traffic().strangers() == 1,
          () -> pair.right.plane.poll(NOBODY, 10));
      assertEquals(SendResult.CLOSED, pair.right.trySend(Stream.UP, 1));
      assertFalse(pair.right.plane.isConnected(pair.right.peer));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mode=ipc", "mode=udp"})
  void shouldConnectAnewWhereOnlyOneSideHadDisconnected(String mode) {
    try (Pair pair = new Pair(mode)) {
      pair.exchange(1000, Wire.F32);
      pair.right.plane.disconnect(pair.right.peer);
      assertEquals(SendResult.CLOSED, pair.right.trySend(Stream.UP, 1));
      pair.right.peer = pair.right.plane.connect(pair.left.plane.address());
      pair.connect();
      pair.exchange(1000, Wire.F32);
    }
  }

  @Test
  void shouldLetOutWhatAReceiverThrows() {
    try (Pair pair = new Pair("mode=ipc")) {
      pair.left.sendOne(Stream.UP, 1);
      Receiver broken =
          (stream, chunk) -> {
            throw new IllegalStateException("broken");
          };
      assertThrows(
          IllegalStateException.class,
          () -> Fixtures.until(() -> "", () -> false, () -> pair.right.plane.poll(broken, 10)));
    }
  }

  @Test
  void shouldRefuseChunksThatFitNoFrame() {
    try (Pair pair = new Pair("mode=udp", "udp-mtu=1408")) {
      assertEquals(328, pair.left.peer.maxFloatsPerChunk(Wire.F32));
      assertEquals(656, pair.left.peer.maxFloatsPerChunk(Wire.BF16));
      Exception error =
          assertThrows(IllegalArgumentException.class, () -> pair.left.trySend(Stream.UP, 329));
      assertTrue(error.getMessage().contains("count=329 > maxFloatsPerChunk=328"));
    }
  }

  @Test
  void shouldNameThePortThatIsTaken() {
    TransportSettings any = Fixtures.settings("mode=udp");
    try (DataPlane first = DataPlane.open(any, 1)) {
      String port = first.address().endpoint().replaceAll(".*:", "");
      TransportSettings same = Fixtures.settings("mode=udp", "port=" + port);
      Exception error = assertThrows(Refusal.class, () -> DataPlane.open(same, 2).close());
      assertTrue(error.getMessage().contains("127.0.0.1 port " + port), error.getMessage());
    }
  }

  @Test
  void shouldRefuseWhereNoMediumLeads() {
    try (DataPlane one = DataPlane.open(Fixtures.settings("mode=ipc"), 1);
        DataPlane other = DataPlane.open(Fixtures.settings("mode=ipc"), 2)) {
      Exception error = assertThrows(Refusal.class, () -> one.connect(other.address()));
      assertTrue(error.getMessage().contains("No medium leads"), error.getMessage());
    }
  }

  @Test
  void shouldSayWhichStreamCannotBeMade() {
    try (DataPlane plane = DataPlane.open(Fixtures.settings("mode=udp"), 1)) {
      Peer peer = plane.connect(new DataAddress(2, "elsewhere", "nonsense", -1, Checksum.UDP));
      Exception error =
          assertThrows(
              IllegalStateException.class,
              () -> Fixtures.until(() -> "", () -> plane.isConnected(peer), Thread::onSpinWait));
      assertTrue(error.getMessage().contains("endpoint=nonsense"), error.getMessage());
    }
  }

  @Test
  void shouldSayWhatEachAnswerOfAPublicationMeans() {
    assertEquals(SendResult.SENT, SendResult.of(4096));
    assertEquals(SendResult.NOT_CONNECTED, SendResult.of(-1));
    assertEquals(SendResult.BACK_PRESSURED, SendResult.of(-2));
    assertEquals(SendResult.ADMIN_ACTION, SendResult.of(-3));
    assertEquals(SendResult.CLOSED, SendResult.of(-4));
    assertEquals(SendResult.EXHAUSTED, SendResult.of(-5));
  }

  private static ByteBuffer chunk(long sender, boolean checksum) {
    ChunkHeader header = Fixtures.header(0, 4, Wire.F32);
    ByteBuffer bytes = ByteBuffer.allocateDirect(ChunkWriter.length(header));
    new ChunkWriter(sender, checksum)
        .write(new UnsafeBuffer(bytes), 0, header, FloatBuffer.allocate(4), 0);
    return bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Two ends over one embedded driver, connected; leaves nothing behind. */
  private static final class Pair implements AutoCloseable {
    private final EmbeddedDriver driver;
    private final End left;
    private final End right;

    Pair(String... options) {
      this(Fixtures.settings(options), Fixtures.settings(options));
    }

    Pair(TransportSettings ofLeft, TransportSettings ofRight) {
      driver = EmbeddedDriver.start(ofLeft);
      left = new End(DataPlane.open(ofLeft, 1, driver, false));
      right = new End(DataPlane.open(ofRight, 2, driver, false));
      left.peer = left.plane.connect(right.plane.address());
      right.peer = right.plane.connect(left.plane.address());
      connect();
    }

    void connect() {
      Fixtures.until(
          () -> "connection",
          () -> left.plane.isConnected(left.peer) && right.plane.isConnected(right.peer),
          this::poll);
    }

    private void poll() {
      left.plane.poll(NOBODY, 1);
      right.plane.poll(NOBODY, 1);
    }

    /**
     * Each sends on both streams and adds or copies what comes; whole numbers, so sums are exact.
     * The left one is the faster.
     */
    void exchange(int count, Wire wire) {
      left.prepare(count, wire);
      right.prepare(count, wire);
      Fixtures.until(
          () -> "the exchange: " + left.received + ", " + right.received + " of " + 2L * count,
          () -> left.isDone() && right.isDone(),
          () -> {
            left.work();
            left.work();
            left.work();
            right.work();
          });
      left.check(right);
      right.check(left);
    }

    Aeron client() {
      return Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.directory()));
    }

    void publish(Aeron aeron, ByteBuffer bytes) {
      try (ExclusivePublication stream = stream(aeron)) {
        offer(stream, bytes);
      }
    }

    /** A stream up to the right end. */
    ExclusivePublication stream(Aeron aeron) {
      return aeron.addExclusivePublication(
          "aeron:udp?endpoint=" + right.plane.address().endpoint(), Inlets.UDP_STREAMS);
    }

    long dropped() {
      return right.plane.traffic().corrupt() + right.plane.traffic().strangers();
    }

    void pollRight() {
      right.plane.poll(right, 10);
    }

    /** Polls on the right until a frame of the left was damaged. */
    void requireDamage() {
      FrameDamaged error =
          assertThrows(
              FrameDamaged.class,
              () -> Fixtures.until(() -> "damage", () -> false, this::pollRight));
      assertEquals(1, error.sender().node());
    }

    @Override
    public void close() {
      left.plane.close();
      right.plane.close();
      driver.close();
      assertFalse(Files.exists(Path.of(driver.directory())), "nothing is left in shared memory");
    }
  }

  /** One end: sends its values on both streams, adds what comes up and copies what comes down. */
  private static final class End implements Receiver {
    private final DataPlane plane;
    private Peer peer;
    private Wire wire;
    private FloatBuffer values;
    private FloatBuffer added;
    private FloatBuffer copied;
    private int nextUp;
    private int nextDown;
    private int sentUp;
    private int sentDown;
    private long received;

    End(DataPlane plane) {
      this.plane = plane;
    }

    void prepare(int count, Wire type) {
      wire = type;
      values = Fixtures.floats(count);
      added = Fixtures.floats(count);
      copied = Fixtures.floats(count);
      nextUp = 0;
      nextDown = 0;
      sentUp = 0;
      sentDown = 0;
      received = 0;
      for (int i = 0; i < count; i++) {
        values.put(i, (float) (plane.address().node() * 50 + i % 97));
        added.put(i, (float) i % 31);
      }
    }

    void work() {
      sentUp += send(Stream.UP, sentUp);
      sentDown += send(Stream.DOWN, sentDown);
      plane.poll(this, 8);
    }

    private int send(Stream stream, int from) {
      int count = Math.min(peer.maxFloatsPerChunk(wire), values.capacity() - from);
      if (count == 0) {
        return 0;
      }
      ChunkHeader header = Fixtures.header(from, count, wire);
      return plane.send(peer, stream, header, values, from) == SendResult.SENT ? count : 0;
    }

    @Override
    public boolean onChunk(Stream stream, Chunk chunk) {
      received += chunk.count();
      if (values == null) {
        return true;
      }
      if (stream == Stream.UP) {
        assertEquals(nextUp, chunk.offset(), "in order");
        nextUp += chunk.count();
        add(chunk);
      } else {
        assertEquals(nextDown, chunk.offset(), "in order");
        nextDown += chunk.count();
        chunk.copyTo(copied, chunk.offset());
      }
      return true;
    }

    private void add(Chunk chunk) {
      float[] loaded = new float[chunk.count()];
      chunk.load(0, loaded, loaded.length);
      for (int i = 0; i < loaded.length; i++) {
        added.put(chunk.offset() + i, added.get(chunk.offset() + i) + loaded[i]);
      }
    }

    boolean isDone() {
      return received == 2L * values.capacity();
    }

    void check(End from) {
      for (int i = 0; i < values.capacity(); i++) {
        float sent = from.values.get(i);
        if (added.get(i) != i % 31 + sent || copied.get(i) != sent) {
          throw new AssertionError("value " + i + ": " + added.get(i) + ", " + copied.get(i));
        }
      }
    }

    SendResult trySend(Stream stream, int count) {
      return plane.send(
          peer, stream, Fixtures.header(0, count, Wire.F32), FloatBuffer.allocate(count), 0);
    }

    void sendOne(Stream stream, int count) {
      Fixtures.until(
          () -> "sending", () -> trySend(stream, count) == SendResult.SENT, Thread::onSpinWait);
    }

    Traffic.OfStream sent(Stream stream) {
      return plane.traffic().peers().stream()
          .filter(one -> one.stream() == stream)
          .findFirst()
          .orElseThrow();
    }
  }
}
