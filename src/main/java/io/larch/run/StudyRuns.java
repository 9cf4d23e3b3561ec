package io.larch.run;

import io.larch.cluster.Interception;
import io.larch.config.DataSettings;
import io.larch.config.Refusal;
import io.larch.config.StudyCell;
import io.larch.config.StudySettings;
import io.larch.data.DataUnavailable;
import io.larch.observe.Event;
import io.larch.study.Estimate;
import io.larch.study.Outcome;
import io.larch.study.Outcome.Status;
import io.larch.study.Outcomes;
import io.larch.study.Study;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Trains the runs of a study in this process, some at a time, each with an actor system, replica
 * and devices of its own; data sets are read once and shared. A run's bits do not depend on what
 * runs beside it. One that breaks is kept as broken, and the study goes on.
 */
public final class StudyRuns {
  /** Micro-batches of each lane that a run's pace is measured by, in whole steps. */
  private static final int MEASURED = 12;

  private static final int WARM_UP = 4;

  /** An evaluation has no backward pass, which takes twice as long as the forward one. */
  private static final double EVALUATION_SHARE = 1 / 3.0;

  private final StudySettings settings;
  private final Outcomes outcomes;
  private final Study study;
  private final Map<DataSettings, RunData> data = new HashMap<>();

  /** Runs are interrupted, so it says nothing of them that they break. */
  private volatile boolean ending;

  public StudyRuns(StudySettings settings, Outcomes outcomes) {
    this.settings = settings;
    this.outcomes = outcomes;
    this.study = new Study(settings, outcomes);
  }

  /**
   * Estimates the time that the missing runs will take from a few steps with each size of
   * micro-batch, of the smallest batch that has it, on as many devices as the study will use.
   *
   * @throws Refusal when the data cannot be read
   */
  public Estimate estimate() {
    List<StudyCell> ahead = study.ahead();
    if (ahead.isEmpty()) {
      return new Estimate(0, 0, 0);
    }
    Map<Integer, Pace> paces = new HashMap<>();
    ahead.stream()
        .sorted(Comparator.comparing(cell -> cell.run().globalBatch()))
        .forEach(cell -> paces.computeIfAbsent(cell.run().microBatch(), any -> pace(cell)));
    double samples = 0;
    double inSteps = 0;
    double besides = 0;
    for (StudyCell cell : ahead) {
      Pace pace = paces.get(cell.run().microBatch());
      samples += samples(cell);
      inSteps += samples(cell) / pace.samplesPerSecond;
      besides += pace.startSeconds / settings.parallel();
    }
    return new Estimate(ahead.size(), inSteps + besides, samples / inSteps);
  }

  /**
   * How fast runs are: all that are trained at a time in their steps, and one until the first step
   * and after the last.
   */
  private record Pace(double samplesPerSecond, double startSeconds) {}

  private Pace pace(StudyCell cell) {
    Job job = job(cell).atRest();
    List<Callable<Pace>> trials = new ArrayList<>();
    for (int i = 0; i < settings.parallel(); i++) {
      trials.add(() -> measure(job));
    }
    List<Pace> each = all(trials);
    return new Pace(
        each.stream().mapToDouble(Pace::samplesPerSecond).sum(),
        each.stream().mapToDouble(Pace::startSeconds).average().orElseThrow());
  }

  private static Pace measure(Job job) {
    List<Double> seconds = new ArrayList<>();
    long warmUp = steps(job, WARM_UP);
    long began = System.nanoTime();
    new Training(
            job.forSteps(warmUp + steps(job, MEASURED)),
            Optional.empty(),
            event -> collect(event, seconds),
            Interception.NONE)
        .train(false);
    double whole = secondsSince(began);
    double inSteps = seconds.stream().mapToDouble(s -> s).sum();
    double step = seconds.stream().skip(warmUp).mapToDouble(s -> s).average().orElseThrow();
    return new Pace(job.settings().globalBatch() / step, Math.max(0, whole - inSteps));
  }

  private static long steps(Job job, int microBatches) {
    int perStep = job.settings().microBatchesPerLane();
    return (microBatches + perStep - 1L) / perStep;
  }

  private static void collect(Event event, List<Double> seconds) {
    if (event instanceof Event.Step step) {
      seconds.add(step.stepSeconds());
    }
  }

  /** What a run trains on and evaluates, in samples of training. */
  private double samples(StudyCell cell) {
    Job job = job(cell);
    double evaluated =
        job.data() instanceof RunData.Pictures pictures ? pictures.source().test().size() : 0;
    return (double) job.timetable().lastStep() * cell.run().globalBatch()
        + EVALUATION_SHARE * evaluated;
  }

  /**
   * Trains all runs that are missing: first those of the search, then those by the best rates.
   *
   * @param told of each run when it has ended; called from one thread at a time
   * @throws Failure when interrupted; what has ended is kept, and the same study goes on from there
   */
  public void train(Consumer<Outcome> told) {
    train(study.search(), told);
    train(study.repeats(), told);
  }

  private void train(List<StudyCell> cells, Consumer<Outcome> told) {
    List<Callable<Outcome>> runs = new ArrayList<>();
    for (StudyCell cell : cells) {
      runs.add(
          () -> {
            Outcome outcome = train(cell);
            synchronized (this) {
              outcomes.keep(outcome);
              told.accept(outcome);
            }
            return outcome;
          });
    }
    all(runs);
  }

  private Outcome train(StudyCell cell) {
    long began = System.nanoTime();
    try {
      Job job = job(cell);
      Event.Result result =
          new Training(job, Optional.empty(), event -> {}, Interception.NONE).train(false);
      return Outcome.finished(cell, job.schedule().peak(), result, secondsSince(began));
    } catch (RuntimeException e) {
      if (ending) {
        throw e;
      }
      return Outcome.broken(cell, status(e), reason(e), secondsSince(began));
    }
  }

  private static Status status(RuntimeException e) {
    if (e instanceof Failure failure && failure.kind() == Failure.Kind.DIVERGED) {
      return Status.DIVERGED;
    }
    return e instanceof Refusal ? Status.REFUSED : Status.FAILED;
  }

  /** A paragraph where it is meant to be read, else all that is known. */
  private static String reason(RuntimeException e) {
    return e instanceof Failure || e instanceof Refusal || e instanceof DataUnavailable
        ? e.getMessage()
        : e.toString();
  }

  private synchronized Job job(StudyCell cell) {
    RunData source = data.computeIfAbsent(cell.run().data(), any -> Job.open(cell.run()).data());
    return Job.over(cell.run(), source);
  }

  /** Does all of it, some at a time, and waits. */
  private <T> List<T> all(List<Callable<T>> work) {
    ending = false;
    ExecutorService threads = Executors.newFixedThreadPool(settings.parallel());
    try {
      List<Future<T>> futures = new ArrayList<>();
      work.forEach(each -> futures.add(threads.submit(each)));
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(
          Failure.Kind.FAILED,
          "The study was interrupted; the runs that have ended are kept, and the same command goes on with the others.",
          e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } finally {
      end(threads);
    }
  }

  /** Ends what still runs, and waits until it has let go of its memory. */
  private void end(ExecutorService threads) {
    ending = true;
    threads.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new Failure(Failure.Kind.FAILED, "A run of the study does not end.", null);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static double secondsSince(long nanoTime) {
    return (System.nanoTime() - nanoTime) / 1e9;
  }
}
