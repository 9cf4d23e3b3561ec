package io.larch.transport;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.driver.ext.DebugReceiveChannelEndpoint;
import io.aeron.driver.ext.DebugSendChannelEndpoint;
import io.aeron.driver.ext.RandomLossGenerator;
import io.larch.config.TransportSettings;
import io.larch.config.TransportSettings.Loss;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;

/** How media drivers are set up; the streams' own settings come with each stream's channel. */
final class DriverSetup {
  private static final long TIMER_NS = TimeUnit.SECONDS.toNanos(1);

  /**
   * Pauses double as long as there is nothing to do; a driver that idles leaves the cores alone.
   */
  private static final int SPINS = 10;

  private static final int YIELDS = 5;
  private static final long SHORTEST_PAUSE_NS = 1_000;
  private static final long LONGEST_PAUSE_NS = 4_000_000;

  private DriverSetup() {}

  /** A driver over a directory of its own, which it deletes when it ends. */
  static MediaDriver.Context context(TransportSettings settings, String directory) {
    Duration liveness = settings.driver().liveness();
    MediaDriver.Context context =
        new MediaDriver.Context()
            .aeronDirectoryName(directory)
            .dirDeleteOnShutdown(true)
            .warnIfDirectoryExists(false)
            .threadingMode(ThreadingMode.SHARED)
            .sharedIdleStrategy(
                new BackoffIdleStrategy(SPINS, YIELDS, SHORTEST_PAUSE_NS, LONGEST_PAUSE_NS))
            .asyncExecutorEnabled(false)
            .congestControlSupplier(new SharedWindow())
            .termBufferSparseFile(false)
            .driverTimeoutMs(liveness.toMillis())
            .timerIntervalNs(Math.min(TIMER_NS, liveness.toNanos() / 4))
            .clientLivenessTimeoutNs(liveness.toNanos())
            .imageLivenessTimeoutNs(liveness.toNanos())
            .publicationConnectionTimeoutNs(liveness.toNanos())
            .publicationUnblockTimeoutNs(liveness.toNanos() / 3 * 4);
    return loses(settings.loss()) ? withLoss(context, settings.loss()) : context;
  }

  private static boolean loses(Loss loss) {
    return loss.data() > 0 || loss.control() > 0;
  }

  /** Data are lost where they are sent, control frames where they are sent or received. */
  private static MediaDriver.Context withLoss(MediaDriver.Context context, Loss loss) {
    RandomLossGenerator data = new RandomLossGenerator(loss.data(), loss.seed());
    RandomLossGenerator control = new RandomLossGenerator(loss.control(), loss.seed() + 1);
    RandomLossGenerator none = new RandomLossGenerator(0, 0);
    return context
        .sendChannelEndpointSupplier(
            (channel, status, of) ->
                new DebugSendChannelEndpoint(channel, status, of, data, control))
        .receiveChannelEndpointSupplier(
            (channel, dispatcher, status, of) ->
                new DebugReceiveChannelEndpoint(channel, dispatcher, status, of, none, control));
  }
}
