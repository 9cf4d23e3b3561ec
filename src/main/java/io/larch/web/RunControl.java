package io.larch.web;

import io.larch.observe.RunHistory;
import io.larch.observe.Timeline;
import io.larch.reduce.SliceTree;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * What can be asked of a cluster about its runs, on whichever node. Each answer comes within a
 * deadline of its own, which {@link RunRoutes} sees to once more; a stage that fails with a {@link
 * io.larch.config.Refusal} says that what was asked cannot be done.
 */
public interface RunControl {
  /**
   * A run in the output folder.
   *
   * @param name of its folder
   * @param writtenMillis when it told something last, in milliseconds since 1970
   */
  record PastRun(String name, long writtenMillis) {}

  /** What became of a submitted run. */
  sealed interface Submitted {}

  /** It is stored and begins. */
  record Accepted(String run) implements Submitted {}

  /** Another run is in progress. */
  record Busy(String run) implements Submitted {}

  /** It cannot be trained here; the paragraph says why. */
  record Refused(String paragraph) implements Submitted {}

  /** What a node can be told to do to itself. */
  enum Harm {
    /** A bit of its weights flips after the step in flight. */
    FLIP_BIT,
    /** It ends at once, before it answers. */
    KILL,
    /** It hands over, leaves and ends. */
    LEAVE,
    /** It is stopped for five seconds. */
    PAUSE,
    /** It is stopped until the others have gone on without it. */
    SLEEP;

    /** As it stands in the path of the order. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * What became of an order to the run in progress.
   *
   * @param run that took the order; null when none is in progress
   * @param step after which it will be carried out
   */
  record Ordered(String run, long step) {
    /** No run is in progress. */
    public static final Ordered NOBODY = new Ordered(null, 0);
  }

  /** The timelines of all nodes, which nobody takes yet. */
  interface Timelines {
    /**
     * Begins to take them, on this node's clock.
     *
     * @param steps of every node, after which it ends by itself
     * @param sink is told
     */
    Recording record(long steps, Timeline.Sink sink);
  }

  /** Timelines that are being taken. */
  interface Recording {
    /** Takes no more of them; nothing happens if it has ended. */
    void stop();
  }

  /**
   * Hands in a run.
   *
   * @param hocon its run file, which includes nothing
   * @param resume whether to go on from the newest checkpoint of the same run
   */
  CompletionStage<Submitted> submit(String hocon, boolean resume);

  /** How the run in progress goes or, if there is none, how the last one ended. */
  CompletionStage<Status> status();

  /** Ends the run in progress at once; the step in flight is lost. */
  CompletionStage<Ordered> stop();

  /** Has a checkpoint written once the leased steps are done, a few seconds' worth. */
  CompletionStage<Ordered> checkpoint();

  /** Does something to this node while a run is in progress; only one that is for trials does. */
  CompletionStage<Ordered> harm(Harm harm);

  /** The timelines of all nodes of the run in progress; nothing if there is none. */
  CompletionStage<Optional<Timelines>> timelines();

  /**
   * The tree of a slice of the run in progress as it is placed now.
   *
   * @return nothing if no run is in progress here, or it has no such slice
   */
  CompletionStage<Optional<SliceTree>> tree(int slice);

  /** Runs whose records lie in this node's output folder, the newest first. */
  CompletionStage<List<PastRun>> pastRuns();

  /**
   * What such a run told.
   *
   * @param points of a curve, at most
   * @return nothing if there is none of this name
   */
  CompletionStage<Optional<RunHistory.View>> pastRun(String name, int points);

  /** This node's figures, in the text format of Prometheus. */
  String metrics();

  /**
   * Confirms that a silent node of the cluster is dead, so that the others need not wait for it.
   *
   * @param node the address of its actors, or host:port
   * @return whether a silent node has that address
   */
  CompletionStage<Boolean> confirmDeath(String node);

  /** What this node has been told by the run in progress or, if there is none, the last one. */
  RunEvents events();
}
