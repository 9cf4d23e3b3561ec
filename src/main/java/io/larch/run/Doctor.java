package io.larch.run;

import io.larch.config.NodeFile;
import io.larch.config.NodeSettings;
import io.larch.config.Refusal;
import io.larch.config.RunFile;
import io.larch.config.RunSettings;
import io.larch.data.DataUnavailable;
import io.larch.model.Network;
import io.larch.reduce.DevicePlan;
import io.larch.reduce.LaneRange;
import io.larch.reduce.Lanes;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks whether a node, and a run if one is given, would work here, and says of everything how it
 * stands and what to do about it. It starts nothing and leaves nothing behind.
 */
public final class Doctor {
  private static final int OLDEST_JAVA = 17;
  private static final int FIRST_YEAR = 2025;
  private static final double MIB = 1 << 20;

  private final Surroundings around;
  private final List<Finding> findings = new ArrayList<>();

  Doctor(Surroundings around) {
    this.around = around;
  }

  /**
   * Examines this machine.
   *
   * @param nodeFile without one, a node alone on this machine
   * @param runFile a run that is to be trained; without one nothing is said of its memory and data
   * @param overrides settings over those of the node file
   */
  public static List<Finding> examine(
      Optional<Path> nodeFile, Optional<Path> runFile, List<String> overrides) {
    return new Doctor(Surroundings.measure()).look(nodeFile, runFile, overrides);
  }

  List<Finding> look(Optional<Path> nodeFile, Optional<Path> runFile, List<String> overrides) {
    java();
    libraries();
    clock();
    try {
      NodeSettings node = NodeFile.load(nodeFile, overrides);
      say(Finding.green("node file", "All settings are known and fit together."));
      node(node);
      runFile.ifPresent(file -> run(file, node));
    } catch (Refusal wrong) {
      say(Finding.red("node file", wrong.getMessage()));
    }
    return List.copyOf(findings);
  }

  private void say(Finding finding) {
    findings.add(finding);
  }

  private void java() {
    say(
        around.java() >= OLDEST_JAVA
            ? Finding.green("java", "Java " + around.java() + ".")
            : Finding.red(
                "java",
                "Java %d is too old; install a JDK of 17 or later and start with its java."
                    .formatted(around.java())));
    say(
        around.opened()
            ? Finding.green("flags", "jdk.internal.misc is open.")
            : Finding.red(
                "flags",
                "jdk.internal.misc is not open to Aeron; start by java -jar larch.jar, whose manifest opens it, or with --add-opens=java.base/jdk.internal.misc=ALL-UNNAMED."));
  }

  private void libraries() {
    if (!around.computes()) {
      say(
          Finding.red(
              "native libraries",
              "oneDNN cannot be loaded (%s); take the jar that was built for this platform, see that ~/.javacpp can be written to, and that /tmp is not mounted noexec."
                  .formatted(around.libraries())));
      return;
    }
    boolean slow = around.libraries().contains("sse41") || around.libraries().contains("any");
    say(
        slow
            ? Finding.yellow(
                "native libraries",
                around.libraries()
                    + ": vector instructions beyond SSE4.1 are not used; unset ONEDNN_MAX_CPU_ISA, or give the virtual machine the host's processor.")
            : Finding.green("native libraries", around.libraries() + "."));
    say(
        around.openMp().size() <= 1
            ? Finding.green("openmp", "One run-time: " + String.join("", around.openMp()))
            : Finding.red(
                "openmp",
                "Several OpenMP run-times are in one process (%s), whose threads get in each other's way; take all but one out of LD_PRELOAD and LD_LIBRARY_PATH."
                    .formatted(String.join(", ", around.openMp()))));
  }

  private void clock() {
    say(
        around.year() >= FIRST_YEAR
            ? Finding.green("clock", "It shows the year " + around.year() + ".")
            : Finding.yellow(
                "clock",
                "It shows the year %d, so certificates and file dates are wrong; set it, or start the machine's time service."
                    .formatted(around.year())));
  }

  private void node(NodeSettings node) {
    int devices = node.devices();
    say(
        devices <= around.cores()
            ? Finding.green(
                "cores",
                around.cores() + " for " + (devices == 0 ? "as many" : devices) + " devices.")
            : Finding.yellow(
                "cores",
                "%d devices share %d cores and slow each other down; set larch.devices to auto or at most %d."
                    .formatted(devices, around.cores(), around.cores())));
    findings.addAll(NodeCheck.findings(node));
    findings.addAll(Seeds.look(node));
  }

  private void run(Path file, NodeSettings node) {
    try {
      RunSettings settings = RunFile.submitted(RunFile.submission(file, List.of()), node);
      Job job = Job.open(settings);
      say(
          Finding.green(
              "data",
              "%s: one epoch is %.0f steps."
                  .formatted(settings.data().name(), job.timetable().stepsPerEpoch())));
      memory(job);
    } catch (Refusal | DataUnavailable | UncheckedIOException wrong) {
      say(Finding.red("run file and data", wrong.getMessage()));
    }
  }

  private void memory(Job job) {
    long needed = bytes(job, devices(job.settings()));
    String says =
        "The run needs about %.0f MiB outside the heap (parameters, gradients, activations)"
            .formatted(needed / MIB);
    if (around.freeBytes() < 0 || needed <= around.freeBytes()) {
      say(Finding.green("memory", says + "."));
    } else {
      say(
          Finding.red(
              "memory",
              "%s, and %.0f MiB are free; lower larch.micro-batch (with more micro-batches-per-lane) or larch.devices, or end what else runs here."
                  .formatted(says, around.freeBytes() / MIB)));
    }
  }

  private int devices(RunSettings settings) {
    int automatic = Math.max(1, around.cores() / settings.threadsPerDevice());
    return settings.devices() > 0 ? settings.devices() : Math.min(settings.lanes(), automatic);
  }

  /**
   * State twice, committed and staged; of each device its partial sums and, as an upper bound,
   * every activation and its gradient.
   */
  static long bytes(Job job, int devices) {
    Network network = job.network();
    long floats = network.layout().floats();
    long state = 2 * floats * (1 + job.optimizer().buffers().size());
    int lanes = Math.max(1, job.settings().lanes() / devices);
    long sums = floats * DevicePlan.of(Lanes.of(new LaneRange(0, lanes))).slots();
    long activations =
        network.nodes().stream().mapToLong(node -> 2L * node.output().size()).sum()
            * job.settings().microBatch();
    return Float.BYTES * (state + devices * (sums + activations));
  }
}
