package io.larch.cluster;

import akka.actor.typed.ActorRef;
import io.larch.cluster.RunEnd.Kind;
import io.larch.cluster.RunStatus.SlicePlace;
import io.larch.coordinate.Assignment;
import io.larch.observe.Event;
import io.larch.observe.LaneSamples;
import java.util.List;

/** What a Trainer tells, in its own thread, as messages to its RunManager. */
record TrainerReports(ActorRef<RunManager.Command> manager) implements Trainer.Reports {
  @Override
  public void on(Event event) {
    manager.tell(new RunManager.Happened(event));
  }

  @Override
  public void released(String node) {
    manager.tell(new RunManager.Released(node));
  }

  @Override
  public void excluded(String node, String reason) {
    manager.tell(new RunManager.Excluded(node, reason));
  }

  @Override
  public void dealt(Assignment assignment, long lastStep, List<SlicePlace> slices) {
    manager.tell(new RunManager.Dealt(assignment, lastStep, slices));
  }

  @Override
  public void finished() {
    manager.tell(new RunManager.TrainerEnded(RunEnd.because(Kind.FINISHED, "")));
  }

  @Override
  public void failed(String reason) {
    manager.tell(new RunManager.TrainerEnded(RunEnd.because(Kind.FAILED, reason)));
  }

  @Override
  public void diverged(long step, String layer, List<LaneSamples> lanes) {
    manager.tell(new RunManager.TrainerEnded(RunEnd.diverged(step, layer, lanes)));
  }
}
