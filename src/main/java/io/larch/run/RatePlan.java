package io.larch.run;

import io.larch.config.RunSettings;
import io.larch.optim.Schedule;
import io.larch.reduce.Timetable;

/** The steps of a run and its learning rate at each, known before anything is trained. */
public record RatePlan(Timetable timetable, Schedule schedule) {
  /** Opens the run's data, since they say how long an epoch is. */
  public static RatePlan of(RunSettings settings) {
    Job job = Job.open(settings);
    return new RatePlan(job.timetable(), job.schedule());
  }
}
