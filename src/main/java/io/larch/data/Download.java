package io.larch.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * One file fetched by HTTP into a part of it that may be there already: what is missing is asked
 * for by Range (RFC 9110, section 14), and a server that sends all instead is heeded.
 */
final class Download {
  private static final int PIECE_BYTES = 1 << 16;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final URI address;
  private final Path part;
  private final Deadlines deadlines;
  private final Progress progress;
  private long received;

  /**
   * How long a server may keep silent.
   *
   * @param connect until it accepts the connection
   * @param stall until it sends the next bytes
   */
  record Deadlines(Duration connect, Duration stall) {
    static final Deadlines USUAL = new Deadlines(Duration.ofSeconds(20), Duration.ofSeconds(30));
  }

  /** Hears how much there is of the file. */
  interface Progress {
    /**
     * Called for every piece.
     *
     * @param bytes so far, with those of an earlier attempt
     * @param total -1 if the server does not say
     */
    void at(long bytes, long total);
  }

  Download(URI address, Path part, Deadlines deadlines, Progress progress) {
    this.address = address;
    this.part = part;
    this.deadlines = deadlines;
    this.progress = progress;
  }

  /**
   * Fetches what is missing and returns how many bytes that was.
   *
   * @throws DataUnavailable if the file did not come whole; what came is kept
   */
  long run() {
    try {
      long have = Files.exists(part) ? Files.size(part) : 0;
      HttpURLConnection connection = open(have);
      try {
        answer(connection, have);
        return received;
      } finally {
        connection.disconnect();
      }
    } catch (SocketTimeoutException e) {
      throw failed(
          "met a deadline, %d ms to connect and %d ms of silence: %s"
              .formatted(deadlines.connect.toMillis(), deadlines.stall.toMillis(), e.getMessage()),
          e);
    } catch (ClosedByInterruptException e) {
      throw failed("was interrupted", e);
    } catch (IOException e) {
      throw failed("failed: " + e, e);
    }
  }

  private HttpURLConnection open(long have) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setConnectTimeout((int) deadlines.connect.toMillis());
    connection.setReadTimeout((int) deadlines.stall.toMillis());
    connection.setRequestProperty("User-Agent", "larch");
    if (have > 0) {
      connection.setRequestProperty("Range", "bytes=" + have + "-");
    }
    return connection;
  }

  private void answer(HttpURLConnection connection, long have) throws IOException {
    int status = connection.getResponseCode();
    if (status == HttpURLConnection.HTTP_OK) {
      receive(connection, 0);
    } else if (status == HttpURLConnection.HTTP_PARTIAL) {
      checkRange(connection.getHeaderField("Content-Range"), have);
      receive(connection, have);
    } else if (status != RANGE_NOT_SATISFIABLE || have == 0) {
      throw new DataUnavailable(
          "%s answers %d %s; name another place with --from"
              .formatted(address, status, connection.getResponseMessage()));
    }
  }

  private void checkRange(String range, long have) {
    if (range == null || !range.startsWith("bytes " + have + "-")) {
      throw new DataUnavailable(
          "%s was asked for what follows byte %d and sends %s; remove %s to begin anew"
              .formatted(address, have, range, part));
    }
  }

  private void receive(HttpURLConnection connection, long from) throws IOException {
    long length = connection.getContentLengthLong();
    long total = length < 0 ? -1 : from + length;
    try (InputStream in = connection.getInputStream();
        OutputStream out =
            Files.newOutputStream(
                part,
                StandardOpenOption.CREATE,
                from > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
      progress.at(from, total);
      byte[] piece = new byte[PIECE_BYTES];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        out.write(piece, 0, n);
        received += n;
        progress.at(from + received, total);
      }
    }
    if (length >= 0 && received < length) {
      throw failed("ended %d bytes too soon".formatted(length - received), null);
    }
  }

  private DataUnavailable failed(String how, Throwable cause) {
    String hint =
        Files.exists(part)
            ? "what came is kept in " + part + ", and the same command goes on from there"
            : "check the network or name another place with --from";
    return new DataUnavailable(
        "fetching %s %s, after %d bytes; %s".formatted(address, how, received, hint), cause);
  }
}
