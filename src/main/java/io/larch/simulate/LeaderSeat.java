package io.larch.simulate;

import io.larch.coordinate.Assignment;
import io.larch.coordinate.Assignment.Share;
import io.larch.coordinate.Leader;
import io.larch.coordinate.Party;
import io.larch.coordinate.RunPlan;
import io.larch.observe.Event;
import io.larch.observe.LaneSamples;
import io.larch.reduce.GenerationId;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * The cluster's singleton: one {@link Leader} after the other. Who dies as a leader is followed by
 * another on the first node that is left; it knows nothing but who is there.
 */
final class LeaderSeat {
  private static final long TICK_NS = Duration.ofMillis(250).toNanos();
  private static final long LEAST_HANDOVER_NS = Duration.ofMillis(50).toNanos();
  private static final long MOST_HANDOVER_NS = Duration.ofSeconds(2).toNanos();

  /** One leader's time. */
  final class Term implements Leader.Orders, Leader.Reports {
    private final SimulatedNode home;
    private final Leader leader;

    private Term(SimulatedNode home, List<Party> parties, boolean afterLease) {
      this.home = home;
      long incarnation = world.chance.below(Integer.MAX_VALUE);
      leader =
          new Leader(
              plan, parties, home.name, incarnation, afterLease, world.time::nowNs, this, this);
    }

    private void start() {
      leader.start();
      tick();
    }

    private void tick() {
      if (!leader.hasEnded()) {
        leader.tick();
        world.work(home, TICK_NS, this::tick);
      }
    }

    SimulatedNode home() {
      return home;
    }

    /** What arrives at its process. */
    void tell(Consumer<Leader> news) {
      if (!leader.hasEnded()) {
        news.accept(leader);
      }
    }

    // Orders

    private void order(String node, Consumer<SimulatedNode> order) {
      SimulatedNode to = simulation.node(node);
      world.tell(home, to, () -> order.accept(to));
    }

    @Override
    public void prepare(String node, GenerationId generation, boolean afterLease) {
      order(node, to -> to.prepare(generation, afterLease, this));
    }

    @Override
    public void feed(String node, GenerationId generation, Share to, List<Integer> slices) {
      order(node, giver -> giver.follow(f -> f.feed(generation, to, slices)));
    }

    @Override
    public void takeState(String node, GenerationId generation, long step, List<Share> from) {
      order(node, to -> to.follow(f -> f.takeState(generation, step, from)));
    }

    @Override
    public void begin(String node, Assignment assignment, long step) {
      order(node, to -> to.follow(f -> f.begin(assignment, step)));
    }

    @Override
    public void place(Assignment assignment) {
      world.work(home, () -> tell(l -> l.placed(assignment.generation())));
    }

    @Override
    public void extendLease(String node, GenerationId generation, long lease) {
      order(node, to -> to.follow(f -> f.extendLease(generation, lease)));
    }

    @Override
    public void evaluate(String node, GenerationId generation, long step, int from, int to) {
      order(node, worker -> worker.follow(f -> f.evaluate(generation, step, from, to)));
    }

    @Override
    public void writeCheckpoint(String node, GenerationId generation, long step) {
      order(node, to -> to.follow(f -> f.writeCheckpoint(generation, step)));
    }

    // Reports

    @Override
    public void on(Event event) {
      if (event instanceof Event.Generation) {
        simulation.generationDecided();
      } else if (event instanceof Event.Step step) {
        simulation.stepTold(step.step());
      }
    }

    /** Nobody hears one who is out of the cluster and does not know it. */
    private boolean isHeard() {
      return term == this;
    }

    @Override
    public void released(String node) {
      if (isHeard()) {
        simulation.released(node);
      }
    }

    /** It ends, as one that has left. */
    @Override
    public void excluded(String node, String reason) {
      released(node);
    }

    @Override
    public void finished() {
      if (isHeard()) {
        simulation.finished(home);
      }
    }

    @Override
    public void failed(String reason) {
      if (isHeard()) {
        simulation.failed(reason);
      }
    }

    @Override
    public void diverged(long step, String layer, List<LaneSamples> lanes) {
      throw new Broken("step %d of layer %s is said not to be finite".formatted(step, layer));
    }
  }

  private final Simulation simulation;
  private final World world;
  private final RunPlan plan;
  private Term term;

  LeaderSeat(Simulation simulation, RunPlan plan) {
    this.simulation = simulation;
    world = simulation.world();
    this.plan = plan;
  }

  /** The first, or the next, leader takes over. */
  void takeOver(boolean planned) {
    List<SimulatedNode> there = simulation.members();
    SimulatedNode home = there.stream().filter(SimulatedNode::isAlive).findFirst().orElseThrow();
    term = new Term(home, there.stream().map(SimulatedNode::party).toList(), planned);
    term.start();
    if (!there.stream().allMatch(SimulatedNode::isLeaving)) {
      there.stream().filter(SimulatedNode::isLeaving).forEach(node -> leaves(node.name));
    }
  }

  /** A node has a run open and may take part. */
  void joins(SimulatedNode node) {
    toLeader(l -> l.joins(node.party()));
  }

  void leaves(String node) {
    toLeader(l -> l.leaves(node));
  }

  /** A node is out of the cluster, by its death or by itself. */
  void gone(SimulatedNode node, boolean planned) {
    if (term.home == node) {
      long ns = world.chance.between(LEAST_HANDOVER_NS, MOST_HANDOVER_NS);
      world.time.after(ns, () -> takeOver(planned));
    } else {
      toLeader(l -> l.lost(node.name));
    }
  }

  private void toLeader(Consumer<Leader> news) {
    Term now = term;
    world.work(now.home, () -> now.tell(news));
  }
}
