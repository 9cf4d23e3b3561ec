package io.larch.run;

import io.larch.config.RunFile;
import io.larch.config.RunIdentity;
import io.larch.config.RunSettings;
import io.larch.data.DataSource;
import io.larch.data.DataSources;
import io.larch.data.PairSource;
import io.larch.data.ParallelText;
import io.larch.model.Layout;
import io.larch.model.Layout.Place;
import io.larch.model.Network;
import io.larch.model.Networks;
import io.larch.model.Tensor;
import io.larch.observe.Event;
import io.larch.optim.Optimizer;
import io.larch.optim.Optimizers;
import io.larch.optim.Schedule;
import io.larch.optim.SettingsTable;
import io.larch.reduce.Replica;
import io.larch.reduce.Slice;
import io.larch.reduce.Timetable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a run file leads to: the data set it names, the network for it, optimizer and timetable. */
record Job(
    RunSettings settings,
    RunData data,
    Network network,
    Optimizer optimizer,
    Timetable timetable,
    Schedule schedule) {

  /** Opens the data and builds the rest; refuses what does not fit together. */
  static Job open(RunSettings settings) {
    return settings.data().isText()
        ? over(settings, ParallelText.open(settings.data()))
        : over(settings, DataSources.open(settings.data()));
  }

  /** The same over pictures that are open already. */
  static Job over(RunSettings settings, DataSource data) {
    return over(settings, new RunData.Pictures(data));
  }

  /** The same over sentences that are there already. */
  static Job over(RunSettings settings, PairSource data) {
    return over(settings, new RunData.Pairs(data));
  }

  /** The same over data that are open already. */
  static Job over(RunSettings settings, RunData data) {
    Timetable timetable = Timetable.of(settings, data.samplesPerEpoch(settings));
    Schedule schedule =
        Schedule.of(
            settings.schedule(),
            settings.globalBatch(),
            timetable.stepsPerEpoch(),
            timetable.scheduleSteps());
    return new Job(
        settings,
        data,
        network(settings, data),
        Optimizers.of(settings.optimizer()),
        timetable,
        schedule);
  }

  private static Network network(RunSettings settings, RunData data) {
    return Networks.build(settings.model(), data.input(), data.source().classes());
  }

  /** The pictures of a run that is over pictures. */
  DataSource pictures() {
    return ((RunData.Pictures) data).source();
  }

  /** The same job, but of so many steps, with no evaluation. */
  Job forSteps(long steps) {
    return with(timetable.onlySteps(steps), schedule);
  }

  /** Only the evaluation of a step that is done. */
  Job forEvaluation(long step) {
    return with(timetable.onlyEvaluation(step), schedule);
  }

  /** The same job with weights that stay as they are: it takes as long and cannot diverge. */
  Job atRest() {
    return with(timetable, Schedule.constant(0));
  }

  private Job with(Timetable someSteps, Schedule rates) {
    return new Job(settings, data, network, optimizer, someSteps, rates);
  }

  /** Memory for the run's state, all zero; the caller owns it. */
  Replica allocate() {
    Layout layout = network.layout();
    return new Replica(
        layout, Slice.cut(layout, settings.sliceBytes()), optimizer.buffers().size());
  }

  /**
   * What is told of it before the first step.
   *
   * @param step after which it goes on
   * @param devices of all that train it; 0 if they are not known
   */
  List<Event> beginning(long step, int devices) {
    List<Event> beginning = new ArrayList<>();
    beginning.add(
        new Event.Started(
            step,
            timetable.lastStep(),
            settings.globalBatch(),
            devices,
            network.name(),
            network.parameters()));
    List<Tensor> tensors = network.layout().places().stream().map(Place::tensor).toList();
    beginning.add(new Event.Settings(SettingsTable.lines(optimizer, tensors)));
    List<String> remarks = SettingsTable.remarks(settings.optimizer(), tensors);
    Stream.concat(remarks.stream(), data.source().remarks().stream())
        .forEach(remark -> beginning.add(new Event.Warning(remark)));
    return beginning;
  }

  RunIdentity identity() {
    return RunIdentity.of(settings, data.source().fingerprint());
  }

  String runFile() {
    return RunFile.render(settings);
  }
}
