package io.larch.transport;

import io.aeron.driver.CongestionControl;
import io.aeron.driver.CongestionControlSupplier;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.media.UdpChannel;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.status.CountersManager;

/**
 * How much the senders of a node's streams may have under way: together what the receive buffer of
 * the socket holds by which all of them come. So nothing is lost there while nobody reads, however
 * many peers send at once; as streams come and go, each one's window shrinks and grows.
 *
 * <p>Used by the one thread at a time that works for the media driver.
 */
final class SharedWindow implements CongestionControlSupplier {
  /** Datagrams that a stream may always have under way. */
  private static final int LEAST_DATAGRAMS = 2;

  private final Map<Long, Integer> streams = new HashMap<>();

  @Override
  public CongestionControl newInstance(
      long registration,
      UdpChannel channel,
      int stream,
      int session,
      int termBytes,
      int senderMtu,
      InetSocketAddress control,
      InetSocketAddress source,
      NanoClock clock,
      MediaDriver.Context context,
      CountersManager counters) {
    return of(channel.tag(), channel.socketRcvbufLength(), termBytes, senderMtu);
  }

  /** A further stream of a socket. */
  CongestionControl of(long socket, int socketBytes, int termBytes, int senderMtu) {
    streams.merge(socket, 1, Integer::sum);
    return new Share(socket, socketBytes, termBytes, senderMtu);
  }

  /** Of one stream: half a term at most, as Aeron demands. */
  private final class Share implements CongestionControl {
    private final long socket;
    private final int socketBytes;
    private final int most;
    private final int least;
    private boolean open = true;

    private Share(long socket, int socketBytes, int termBytes, int senderMtu) {
      this.socket = socket;
      this.socketBytes = socketBytes;
      most = Math.min(socketBytes, termBytes / 2);
      least = Math.min(most, LEAST_DATAGRAMS * senderMtu);
    }

    private int window() {
      int share = socketBytes / Math.max(1, streams.get(socket));
      return Math.max(least, Math.min(most, share));
    }

    @Override
    public long onTrackRebuild(
        long now,
        long consumed,
        long told,
        long highest,
        long rebuiltFrom,
        long rebuiltTo,
        boolean lost) {
      return CongestionControl.packOutcome(window(), false);
    }

    @Override
    public int initialWindowLength() {
      return window();
    }

    @Override
    public int maxWindowLength() {
      return most;
    }

    @Override
    public boolean shouldMeasureRtt(long now) {
      return false;
    }

    @Override
    public void onRttMeasurementSent(long now) {}

    @Override
    public void onRttMeasurement(long now, long roundTrip, InetSocketAddress source) {}

    @Override
    public void close() {
      if (open) {
        open = false;
        streams.merge(socket, -1, Integer::sum);
      }
    }
  }
}
