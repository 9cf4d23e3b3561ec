package io.larch.web;

import io.larch.observe.RunHistory;
import io.larch.observe.Timeline;
import io.larch.reduce.Placement.Hop;
import io.larch.reduce.SliceTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Answers as it was told to, and remembers what it was asked. */
public final class ScriptedControl implements RunControl {
  /** The only node that is silent. */
  public static final String SILENT = "10.0.0.9:25520";

  /** Timelines of so many steps have no end. */
  static final long ENDLESS = 9_999;

  private final CompletableFuture<Void> recordingBegun = new CompletableFuture<>();
  private final CompletableFuture<Void> recordingStopped = new CompletableFuture<>();
  private final RunEvents events = new RunEvents();
  private final List<String> asked = new ArrayList<>();
  private CompletionStage<Submitted> submitted =
      CompletableFuture.completedFuture(new Accepted("lenet-1"));
  private CompletionStage<Status> status = CompletableFuture.completedFuture(Status.IDLE);
  private CompletionStage<Ordered> ordered =
      CompletableFuture.completedFuture(new Ordered("lenet-1", 7));

  public void willSubmit(CompletionStage<Submitted> answer) {
    submitted = answer;
  }

  public void willTell(CompletionStage<Status> answer) {
    status = answer;
  }

  public void willOrder(CompletionStage<Ordered> answer) {
    ordered = answer;
  }

  /** Done when a timeline begins to be taken. */
  CompletableFuture<Void> recordingBegun() {
    return recordingBegun;
  }

  /** Done when a timeline is no longer wanted. */
  CompletableFuture<Void> recordingStopped() {
    return recordingStopped;
  }

  /** What was asked, in order. */
  public synchronized List<String> asked() {
    return List.copyOf(asked);
  }

  private synchronized void note(String question) {
    asked.add(question);
  }

  @Override
  public CompletionStage<Submitted> submit(String hocon, boolean resume) {
    note("submit " + resume + " " + hocon);
    return submitted;
  }

  @Override
  public CompletionStage<Status> status() {
    note("status");
    return status;
  }

  @Override
  public CompletionStage<Ordered> stop() {
    note("stop");
    return ordered;
  }

  @Override
  public CompletionStage<Ordered> checkpoint() {
    note("checkpoint");
    return ordered;
  }

  @Override
  public CompletionStage<Ordered> harm(Harm harm) {
    note(harm.word());
    return ordered;
  }

  @Override
  public CompletionStage<Optional<Timelines>> timelines() {
    return CompletableFuture.completedFuture(Optional.of(this::record));
  }

  private Recording record(long steps, Timeline.Sink sink) {
    note("timeline " + steps);
    recordingBegun.complete(null);
    sink.events(Timeline.note(0, "one"));
    sink.events(Timeline.note(0, "two"));
    if (steps < ENDLESS) {
      sink.ended();
    }
    return () -> recordingStopped.complete(null);
  }

  @Override
  public String metrics() {
    return "# HELP larch_steps_total Steps\n# TYPE larch_steps_total counter\nlarch_steps_total 7.0\n";
  }

  @Override
  public CompletionStage<Boolean> confirmDeath(String node) {
    return CompletableFuture.completedFuture(node.equals(SILENT));
  }

  @Override
  public CompletionStage<Optional<SliceTree>> tree(int slice) {
    return CompletableFuture.completedFuture(
        slice == 0
            ? Optional.of(
                new SliceTree(
                    0,
                    "conv1",
                    3_328,
                    List.of("one", "two"),
                    List.of(List.of(0, 1), List.of(1)),
                    List.of(new Hop(1, 0))))
            : Optional.empty());
  }

  @Override
  public CompletionStage<List<PastRun>> pastRuns() {
    return CompletableFuture.completedFuture(List.of(new PastRun("lenet-0", 1_000)));
  }

  @Override
  public CompletionStage<Optional<RunHistory.View>> pastRun(String name, int points) {
    return CompletableFuture.completedFuture(
        name.equals("lenet-0") ? Optional.of(new RunHistory().view(points)) : Optional.empty());
  }

  @Override
  public RunEvents events() {
    return events;
  }
}
