package io.larch.cluster;

import io.larch.cluster.DeathJudge.Trace;
import io.larch.config.HostAndPort;
import io.larch.config.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * This node's lifelines: connections on which nothing is ever said. One that a node holds to
 * another closes when the other's process dies, because the kernel closes it, and stands while that
 * process is only stopped. Served by a thread of its own, which also takes those of others.
 */
final class Lifelines implements AutoCloseable {
  private static final int TURN_MS = 100;
  private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(250);

  /** Who is told what is seen, on the lifelines' thread. */
  interface Watcher {
    void held(Whereabouts of);

    /** A lifeline that was held has closed, and this was found of the process at its end. */
    void closed(Whereabouts of, Trace found);

    /** One that could not be held; it is tried again. */
    void failed(Whereabouts of, Trace found);
  }

  private final ServerSocketChannel server;
  private final Selector selector;
  private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
  private final Map<Whereabouts, Line> lines = new HashMap<>();
  private final ByteBuffer nothing = ByteBuffer.allocate(64);
  private final Thread thread = new Thread(this::serve, "larch-lifelines");
  private volatile boolean closing;
  private Watcher watcher;

  /** A lifeline to another node. */
  private static final class Line {
    private final Whereabouts to;
    private SocketChannel channel;
    private boolean held;
    private long nextTryNs = System.nanoTime();

    private Line(Whereabouts to) {
      this.to = to;
    }
  }

  /**
   * Takes lifelines of others from now on.
   *
   * @param port 0 for any free one
   * @throws Refusal if the port cannot be had
   */
  Lifelines(String bindHost, int port) {
    try {
      selector = Selector.open();
      server = ServerSocketChannel.open();
      server.bind(new InetSocketAddress(bindHost, port)).configureBlocking(false);
      server.register(selector, SelectionKey.OP_ACCEPT);
    } catch (IOException e) {
      throw new Refusal(
          new HostAndPort(bindHost, port)
              .cannotBeHad("Lifelines", "cluster.lifeline-port", e.getMessage()),
          e);
    }
    thread.setDaemon(true);
  }

  /** Begins to serve. */
  void start(Watcher told) {
    watcher = told;
    thread.start();
  }

  /** Where others hold theirs to this node. */
  int port() {
    return server.socket().getLocalPort();
  }

  /** Holds a lifeline to another node until it closes or is let go. */
  void hold(Whereabouts to) {
    order(() -> lines.computeIfAbsent(to, Line::new));
  }

  /** Ends the lifeline to a node. */
  void letGo(Whereabouts to) {
    order(
        () -> {
          Line line = lines.remove(to);
          if (line != null) {
            close(line.channel);
          }
        });
  }

  private void order(Runnable order) {
    orders.add(order);
    selector.wakeup();
  }

  private void serve() {
    try {
      while (!closing) {
        selector.select(TURN_MS);
        turn();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the lifelines broke", e);
    } finally {
      selector.keys().forEach(key -> close(key.channel()));
      close(selector);
    }
  }

  private void turn() throws IOException {
    for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
      order.run();
    }
    Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
    while (ready.hasNext()) {
      SelectionKey key = ready.next();
      ready.remove();
      if (key.channel() == server) {
        accept();
      } else if (key.isValid() && key.attachment() instanceof Line line) {
        advance(line, key);
      } else if (key.isValid() && isAtEnd((SocketChannel) key.channel())) {
        close(key.channel());
      }
    }
    for (Line line : lines.values()) {
      if (line.channel == null && System.nanoTime() - line.nextTryNs >= 0) {
        connect(line);
      }
    }
  }

  private void accept() throws IOException {
    SocketChannel channel = server.accept();
    if (channel != null) {
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
    }
  }

  private void connect(Line line) {
    try {
      SocketChannel channel = SocketChannel.open();
      line.channel = channel;
      channel.configureBlocking(false);
      boolean there = channel.connect(new InetSocketAddress(line.to.host(), line.to.port()));
      channel.register(selector, there ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, line);
      if (there) {
        hold(line);
      }
    } catch (IOException | RuntimeException e) {
      lost(line, e);
    }
  }

  private void advance(Line line, SelectionKey key) {
    try {
      if (key.isConnectable()) {
        line.channel.finishConnect();
        key.interestOps(SelectionKey.OP_READ);
        hold(line);
      } else if (isAtEnd(line.channel)) {
        lost(line, null);
      }
    } catch (IOException e) {
      lost(line, e);
    }
  }

  private void hold(Line line) {
    line.held = true;
    watcher.held(line.to);
  }

  /** What anybody says on a lifeline is passed over. */
  private boolean isAtEnd(SocketChannel channel) {
    try {
      return channel.read(nothing.clear()) < 0;
    } catch (IOException e) {
      return true;
    }
  }

  /** Tells it, and tries again in a moment. */
  private void lost(Line line, Exception why) {
    close(line.channel);
    line.channel = null;
    line.nextTryNs = System.nanoTime() + PAUSE_NS;
    Trace found = look(line.to, why);
    if (line.held) {
      line.held = false;
      watcher.closed(line.to, found);
    } else {
      watcher.failed(line.to, found);
    }
  }

  /** On the same kernel its process is looked up; elsewhere a refused connection is the proof. */
  private static Trace look(Whereabouts of, Exception why) {
    if (of.process().isOnThisKernel()) {
      return of.process().hasEnded() ? Trace.GONE : Trace.ALIVE;
    }
    return why instanceof ConnectException && String.valueOf(why.getMessage()).contains("refused")
        ? Trace.GONE
        : Trace.NONE;
  }

  private static void close(AutoCloseable channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (Exception e) {
      // It is of no use any more, open or closed.
    }
  }

  /** Ends all of them; those who hold one to this node see it close. */
  @Override
  public void close() {
    closing = true;
    if (thread.isAlive()) {
      selector.wakeup();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    } else {
      close(server);
      close(selector);
    }
  }
}
