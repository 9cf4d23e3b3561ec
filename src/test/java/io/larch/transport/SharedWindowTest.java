package io.larch.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aeron.driver.CongestionControl;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedWindowTest {
  private static final int SOCKET = 1_200_000;
  private static final int TERM = 1 << 20;

  private final SharedWindow windows = new SharedWindow();

  @Test
  void shouldShareASocketAmongItsStreams() {
    CongestionControl one = windows.of(7, SOCKET, TERM, 1472);
    assertEquals(TERM / 2, window(one));
    List<CongestionControl> others = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      others.add(windows.of(7, SOCKET, TERM, 1472));
    }
    windows.of(8, SOCKET, TERM, 1472);
    assertEquals(SOCKET / 6, window(one));
    assertEquals(SOCKET / 6, others.get(4).initialWindowLength());
    others.get(0).close();
    others.get(0).close();
    assertEquals(SOCKET / 5, window(one));
    assertEquals(TERM / 2, one.maxWindowLength());
  }

  @Test
  void shouldLeaveEachStreamTwoDatagrams() {
    CongestionControl one = windows.of(7, SOCKET, TERM, 8960);
    for (int i = 0; i < 1000; i++) {
      windows.of(7, SOCKET, TERM, 8960);
    }
    assertEquals(2 * 8960, window(one));
  }

  private static int window(CongestionControl stream) {
    return CongestionControl.receiverWindowLength(stream.onTrackRebuild(0, 0, 0, 0, 0, 0, false));
  }
}
