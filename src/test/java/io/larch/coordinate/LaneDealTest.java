package io.larch.coordinate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.coordinate.Assignment.Share;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LaneDealTest {
  private static Party party(String name, int devices) {
    return new Party(name, null, devices);
  }

  private static List<Share> deal(int lanes, List<Party> parties, List<Share> before) {
    return LaneDeal.deal(lanes, parties, byNode(before), Map.of());
  }

  private static Map<String, List<Lanes>> byNode(List<Share> shares) {
    return shares.stream().collect(Collectors.toMap(Share::node, Share::devices));
  }

  private static Lanes range(int from, int to) {
    return Lanes.of(new LaneRange(from, to));
  }

  private static List<Lanes> ofOneDeviceEach(List<Share> shares) {
    return shares.stream().map(share -> share.devices().get(0)).toList();
  }

  @Test
  void shouldGiveNeighboursNeighbouringLanesAtFirst() {
    List<Share> dealt = deal(8, List.of(party("a", 2), party("b", 1), party("c", 1)), List.of());
    assertEquals(List.of(range(0, 2), range(2, 4)), dealt.get(0).devices());
    assertEquals(List.of(range(4, 6)), dealt.get(1).devices());
    assertEquals(List.of(range(6, 8)), dealt.get(2).devices());
  }

  @Test
  void shouldMoveNothingButTheLanesOfALostNodeInLargeBlocks() {
    List<Party> four = List.of(party("a", 1), party("b", 1), party("c", 1), party("d", 1));
    List<Share> before = deal(32, four, List.of());
    List<Share> after = deal(32, List.of(four.get(0), four.get(2), four.get(3)), before);
    assertEquals(
        List.of(
            Lanes.of(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14)),
            Lanes.of(List.of(10, 11, 16, 17, 18, 19, 20, 21, 22, 23, 15)),
            Lanes.of(List.of(12, 13, 24, 25, 26, 27, 28, 29, 30, 31))),
        ofOneDeviceEach(after));
  }

  @Test
  void shouldTakeFromOthersOnlyWhatANewNodeNeeds() {
    List<Party> two = List.of(party("a", 1), party("b", 1));
    List<Share> before = deal(8, two, List.of());
    List<Share> after = deal(8, List.of(two.get(0), two.get(1), party("c", 1)), before);
    assertEquals(
        List.of(
            range(0, 3), range(4, 7), new Lanes(List.of(new LaneRange(3, 4), new LaneRange(7, 8)))),
        ofOneDeviceEach(after));
  }

  @Test
  void shouldGiveAFasterDeviceMore() {
    List<Party> two = List.of(party("a", 1), party("b", 1));
    List<Share> before = deal(16, two, List.of());
    List<Share> after =
        LaneDeal.deal(16, two, byNode(before), Map.of("a", List.of(3.0), "b", List.of(1.0)));
    assertEquals(
        List.of(Lanes.of(List.of(0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15)), range(8, 12)),
        ofOneDeviceEach(after));
  }

  @Test
  void shouldDealAfreshWhatIsNotOfOneDeal() {
    List<Party> two = List.of(party("a", 1), party("b", 1));
    Map<String, List<Lanes>> twice = Map.of("a", List.of(range(0, 8)), "b", List.of(range(4, 8)));
    assertEquals(
        List.of(range(0, 4), range(4, 8)), ofOneDeviceEach(LaneDeal.deal(8, two, twice, Map.of())));
  }

  @Test
  void shouldDealEveryLaneOnceAndEvenlyHoweverNodesComeAndGo() {
    Random random = new Random(3);
    List<Party> parties = new ArrayList<>(List.of(party("0", 2)));
    List<Share> dealt = deal(64, parties, List.of());
    for (int change = 1; change <= 500; change++) {
      if (parties.size() > 1 && (parties.size() > 12 || random.nextBoolean())) {
        parties.remove(random.nextInt(parties.size()));
      } else {
        parties.add(party(String.valueOf(change), 1 + random.nextInt(3)));
      }
      Map<String, List<Lanes>> before = byNode(dealt);
      dealt = deal(64, parties, dealt);
      int devices = parties.stream().mapToInt(Party::devices).sum();
      List<Integer> all = new ArrayList<>();
      for (Share share : dealt) {
        for (Lanes lanes : share.devices()) {
          lanes.all().forEach(all::add);
          assertTrue(lanes.count() == 64 / devices || lanes.count() == 64 / devices + 1);
        }
        assertEquals(0, exchanged(before.getOrDefault(share.node(), List.of()), share.devices()));
      }
      assertEquals(64, all.size());
      assertEquals(64, new TreeSet<>(all).size());
    }
  }

  /** Lanes that devices gave away although they got others. */
  private static int exchanged(List<Lanes> before, List<Lanes> after) {
    int exchanged = 0;
    for (int i = 0; i < before.size(); i++) {
      List<Integer> now = after.get(i).all().boxed().toList();
      List<Integer> was = before.get(i).all().boxed().toList();
      int kept = (int) was.stream().filter(now::contains).count();
      exchanged += Math.min(was.size(), now.size()) - kept;
    }
    return exchanged;
  }
}
