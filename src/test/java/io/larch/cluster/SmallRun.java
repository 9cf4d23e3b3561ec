package io.larch.cluster;

import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.model.Shape;
import io.larch.optim.Optimizer;
import io.larch.optim.Optimizers;
import io.larch.optim.Schedule;
import io.larch.reduce.Replica;
import io.larch.reduce.Slice;
import io.larch.reduce.Timetable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The context of a run of {@code mlp} on small pictures that are not there. */
final class SmallRun {
  static final int BATCH = 64;

  private SmallRun() {}

  /** With these keys besides; the caller closes the replica. */
  static RunContext context(String... more) {
    List<String> keys =
        new ArrayList<>(List.of("model.name=mlp", "micro-batch=8", "global-batch=" + BATCH));
    keys.addAll(List.of(more));
    RunSettings settings = RunFile.load(Optional.empty(), keys);
    Network network = Networks.build(settings.model(), new Shape(1, 28, 28), 10);
    Optimizer optimizer = Optimizers.of(settings.optimizer());
    List<Slice> slices = Slice.cut(network.layout(), settings.sliceBytes());
    return new RunContext(
        settings,
        network,
        optimizer,
        Schedule.of(settings.schedule(), BATCH, 100, 250),
        Timetable.of(settings, 100 * BATCH),
        new Replica(network.layout(), slices, optimizer.buffers().size()),
        new Samples.Pictures(null, null, 0),
        null,
        Duration.ofMinutes(1),
        true,
        Interception.NONE);
  }
}
