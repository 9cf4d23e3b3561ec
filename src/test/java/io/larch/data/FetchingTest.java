package io.larch.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import io.larch.data.Published.RemoteFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FetchingTest {
  private static final String NAME = "data.bin";
  private static final Download.Deadlines PATIENT =
      new Download.Deadlines(Duration.ofSeconds(20), Duration.ofSeconds(20));

  @TempDir private Path folder;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final byte[] contents = new byte[300_000];
  private HttpServer server;

  /** What the server does with a request. */
  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  @BeforeEach
  void start() throws IOException {
    new Random(1).nextBytes(contents);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private void serve(String name, Answer answer) {
    server.createContext(
        "/" + name,
        exchange -> {
          requests.add(name + " " + exchange.getRequestHeaders().getFirst("Range"));
          try (exchange) {
            answer.to(exchange);
          }
        });
  }

  /** Sends {@code sent} bytes of those it announces. */
  private static Answer bytes(byte[] bytes, int sent) {
    return exchange -> {
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes, 0, sent);
    };
  }

  private static Answer whole(byte[] bytes) {
    return bytes(bytes, bytes.length);
  }

  private static Answer range(byte[] bytes, int from) {
    return exchange -> {
      exchange
          .getResponseHeaders()
          .add("Content-Range", "bytes %d-%d/%d".formatted(from, bytes.length - 1, bytes.length));
      exchange.sendResponseHeaders(206, bytes.length - from);
      exchange.getResponseBody().write(bytes, from, bytes.length - from);
    };
  }

  private static String digest(String algorithm, byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
  }

  private URI home() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  private Published published(String name, byte[] right, String lastUnpacked) throws Exception {
    RemoteFile file = new RemoteFile(name, "SHA-256", digest("SHA-256", right));
    return new Published("test", "idx", home(), List.of(file), lastUnpacked);
  }

  private Fetching.Fetched fetch(Published data, Download.Deadlines deadlines) throws IOException {
    return Fetching.fetch(data, folder, deadlines, (file, bytes, total) -> {});
  }

  private Fetching.Fetched fetch() throws Exception {
    return fetch(published(NAME, contents, ""), PATIENT);
  }

  private String failure(Download.Deadlines deadlines) {
    return assertThrows(
            DataUnavailable.class, () -> fetch(published(NAME, contents, ""), deadlines))
        .getMessage();
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  @Test
  void shouldFetchAFileOnceAndTellHowItGoesOn() throws Exception {
    serve(NAME, whole(contents));
    List<Long> told = new ArrayList<>();
    Fetching.Fetched fetched =
        Fetching.fetch(
            published(NAME, contents, ""),
            folder,
            (name, bytes, total) -> {
              assertEquals(NAME, name);
              assertEquals(contents.length, total);
              told.add(bytes);
            });
    assertEquals(new Fetching.Fetched(1, contents.length), fetched);
    assertEquals(0, told.get(0));
    assertEquals(contents.length, told.get(told.size() - 1));
    assertArrayEquals(contents, Files.readAllBytes(file(NAME)));
    assertEquals(new Fetching.Fetched(0, 0), fetch());
    assertEquals(List.of(NAME + " null"), requests);
  }

  @Test
  void shouldGoOnWhereAnInterruptedFetchStopped() throws Exception {
    serve(NAME, bytes(contents, 100_000));
    String message = failure(PATIENT);
    assertTrue(message.contains(NAME + ".part, and the same command goes on"), message);
    int have = (int) Files.size(file(NAME + ".part"));
    assertTrue(have > 0 && have <= 100_000, "kept " + have);
    server.removeContext("/" + NAME);
    serve(NAME, range(contents, have));
    assertEquals(new Fetching.Fetched(1, contents.length - have), fetch());
    assertArrayEquals(contents, Files.readAllBytes(file(NAME)));
    assertFalse(Files.exists(file(NAME + ".part")));
    assertEquals(List.of(NAME + " null", NAME + " bytes=" + have + "-"), requests);
  }

  @Test
  void shouldBeginAnewWhereTheServerKnowsNoRanges() throws Exception {
    Files.write(file(NAME + ".part"), new byte[400_000]);
    serve(NAME, whole(contents));
    assertEquals(new Fetching.Fetched(1, contents.length), fetch());
    assertArrayEquals(contents, Files.readAllBytes(file(NAME)));
    assertEquals(List.of(NAME + " bytes=400000-"), requests);
  }

  @Test
  void shouldTakeAPartThatWasCompleteAlready() throws Exception {
    Files.write(file(NAME + ".part"), contents);
    serve(NAME, exchange -> exchange.sendResponseHeaders(416, -1));
    assertEquals(new Fetching.Fetched(1, 0), fetch());
    assertArrayEquals(contents, Files.readAllBytes(file(NAME)));
  }

  @Test
  void shouldRefuseARangeThatWasNotAskedFor() throws Exception {
    Files.write(file(NAME + ".part"), Arrays.copyOf(contents, 1000));
    serve(NAME, range(contents, 2000));
    String message = failure(PATIENT);
    assertTrue(message.contains("follows byte 1000 and sends bytes 2000-"), message);
    assertEquals(1000, Files.size(file(NAME + ".part")));
  }

  @Test
  void shouldPutAFileWithAWrongChecksumAside() throws Exception {
    byte[] other = contents.clone();
    other[7]++;
    serve(NAME, whole(other));
    String message = failure(PATIENT);
    assertTrue(message.contains(digest("SHA-256", contents) + " is published"), message);
    assertTrue(message.contains("SHA-256 " + digest("SHA-256", other)), message);
    assertArrayEquals(other, Files.readAllBytes(file(NAME + ".damaged")));
    assertFalse(Files.exists(file(NAME)));
    assertFalse(Files.exists(file(NAME + ".part")));
  }

  @Test
  void shouldNotTouchAFileThatIsThereAndDiffers() throws Exception {
    Files.writeString(file(NAME), "mine");
    String message = assertThrows(Refusal.class, this::fetch).getMessage();
    assertTrue(message.contains("is there already, but its SHA-256 is"), message);
    assertEquals("mine", Files.readString(file(NAME)));
  }

  @Test
  void shouldNameTheAddressOfWhatIsNotThere() {
    String message = failure(PATIENT);
    assertTrue(message.contains(home() + "/" + NAME + " answers 404 Not Found"), message);
  }

  @Test
  void shouldNotWaitForAServerThatIsGone() throws Exception {
    Published data = published(NAME, contents, "");
    server.stop(0);
    String message = assertThrows(DataUnavailable.class, () -> fetch(data, PATIENT)).getMessage();
    assertTrue(message.contains("ConnectException"), message);
  }

  @Test
  void shouldNotWaitForAServerThatFallsSilent() throws Exception {
    serve(
        NAME,
        exchange -> {
          exchange.sendResponseHeaders(200, contents.length);
          exchange.getResponseBody().write(contents, 0, 5000);
          exchange.getResponseBody().flush();
          awaitEnd();
        });
    String message =
        failure(new Download.Deadlines(Duration.ofSeconds(20), Duration.ofMillis(200)));
    assertTrue(message.contains("200 ms of silence"), message);
    assertArrayEquals(
        Arrays.copyOf(contents, 5000), Files.readAllBytes(file(NAME + ".part")), "kept");
  }

  private void awaitEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://localhost/", "file:///tmp/", "no-address", "http:nowhere"})
  void shouldRefuseAnAddressThatIsNotOfHttp(String address) {
    assertThrows(
        Refusal.class,
        () -> fetch(published(NAME, contents, "").from(URI.create(address)), PATIENT));
  }

  /** A compressed tar with the given names; each entry holds its name. */
  private static byte[] archive(byte kind, String... names) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
      for (String name : names) {
        TarArchiveEntry entry = new TarArchiveEntry(name, kind, true);
        byte[] contents = name.getBytes(StandardCharsets.US_ASCII);
        boolean file = kind == TarConstants.LF_NORMAL;
        entry.setSize(file ? contents.length : 0);
        entry.setLinkName(file ? "" : "/etc/passwd");
        out.putArchiveEntry(entry);
        out.write(contents, 0, file ? contents.length : 0);
        out.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void shouldUnpackAnArchiveWithoutItsOneFolder() throws Exception {
    byte[] archive = archive(TarConstants.LF_NORMAL, "all/train/x/1.JPEG", "./all/val/x/2.JPEG");
    serve("all.tgz", whole(archive));
    Published data = published("all.tgz", archive, "val");
    assertEquals(new Fetching.Fetched(1, archive.length), fetch(data, PATIENT));
    assertEquals("all/train/x/1.JPEG", Files.readString(file("train/x/1.JPEG")));
    assertEquals("./all/val/x/2.JPEG", Files.readString(file("val/x/2.JPEG")));
    assertArrayEquals(new String[] {"train", "val"}, sorted(folder.toFile().list()));
    assertEquals(new Fetching.Fetched(0, 0), fetch(data, PATIENT));
    assertEquals(1, requests.size());
  }

  @Test
  void shouldUnpackAnewWhatWasCutShort() throws Exception {
    byte[] archive = archive(TarConstants.LF_NORMAL, "all/train/1.JPEG", "all/val/2.JPEG");
    Files.write(file("all.tgz"), archive);
    leave("all.tgz.unpacking/train/1.JPEG", "half");
    Published data = published("all.tgz", archive, "val");
    assertEquals(new Fetching.Fetched(0, 0), fetch(data, PATIENT));
    assertEquals("all/train/1.JPEG", Files.readString(file("train/1.JPEG")));
    assertArrayEquals(new String[] {"train", "val"}, sorted(folder.toFile().list()));
    assertEquals(List.of(), requests);
  }

  @Test
  void shouldGoOnWhereUnpackedFilesWereMoved() throws Exception {
    byte[] archive = archive(TarConstants.LF_NORMAL, "all/train/1.JPEG", "all/val/2.JPEG");
    Files.write(file("all.tgz"), archive);
    leave("train/1.JPEG", "moved before");
    leave("all.tgz.unpacked/val/2.JPEG", "not yet moved");
    assertEquals(new Fetching.Fetched(0, 0), fetch(published("all.tgz", archive, "val"), PATIENT));
    assertEquals("moved before", Files.readString(file("train/1.JPEG")));
    assertEquals("not yet moved", Files.readString(file("val/2.JPEG")));
    assertArrayEquals(new String[] {"train", "val"}, sorted(folder.toFile().list()));
  }

  /** As whoever was ended left it. */
  private void leave(String name, String contents) throws IOException {
    Files.createDirectories(file(name).getParent());
    Files.writeString(file(name), contents);
  }

  private static String[] sorted(String... names) {
    Arrays.sort(names);
    return names;
  }

  @ParameterizedTest
  @ValueSource(strings = {"all/../../evil", "/tmp/evil", "../evil", "all/x/../../../evil"})
  void shouldNotUnpackWhatLeadsOut(String name) throws Exception {
    assertTrue(refusedArchive(archive(TarConstants.LF_NORMAL, name)).contains(" leads out of"));
  }

  @Test
  void shouldNotUnpackLinks() throws Exception {
    byte[] archive = archive(TarConstants.LF_SYMLINK, "all/link");
    assertTrue(refusedArchive(archive).contains("all/link, which is neither file nor folder"));
  }

  private String refusedArchive(byte[] archive) throws Exception {
    serve("all.tgz", whole(archive));
    Path inner = Files.createDirectories(file("a/b/c"));
    Published data = published("all.tgz", archive, "val");
    String message =
        assertThrows(
                DataUnavailable.class,
                () -> Fetching.fetch(data, inner, (name, bytes, total) -> {}))
            .getMessage();
    assertArrayEquals(new String[] {"all.tgz"}, inner.toFile().list());
    assertArrayEquals(new String[] {"c"}, file("a/b").toFile().list());
    return message;
  }

  @Test
  void shouldFetchFashionMnistFromAMirror() throws Exception {
    Path source = RealDataTest.folder("fashion-mnist");
    Published data = Published.named("fashion-mnist").from(home());
    for (RemoteFile file : data.files()) {
      serve(file.name(), whole(Files.readAllBytes(source.resolve(file.name()))));
    }
    assertEquals(4, fetch(data, PATIENT).files());
    DataSource opened =
        DataSources.open(new DataSettings(data.dataName(), folder.toString(), 10, 10, 0, false));
    assertEquals(10, opened.classes());
  }

  @Test
  void shouldSuggestADataSetThatCanBeFetched() {
    String message = assertThrows(Refusal.class, () -> Published.named("cifar10")).getMessage();
    assertTrue(message.contains("Did you mean cifar-10?"), message);
    for (String name : Published.names()) {
      assertEquals(name, Published.named(name).name());
    }
  }
}
