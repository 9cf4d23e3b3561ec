package io.larch.config;

import io.larch.config.ScheduleSettings.WarmupShape;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What decides the bits of a run: every setting but those that only say where it runs, when it ends
 * early, and what is told and stored on the way, those of what the run does not use, the usual
 * shape of a warm-up, and that it stops at a gradient that is not finite. Two nodes may train
 * together, and a checkpoint may be resumed, only if their identities are equal.
 *
 * @param entries keys of the run file and their values, in a fixed order, then {@code
 *     data.fingerprint}
 */
public record RunIdentity(Map<String, String> entries) {
  /** Decide no bit by themselves, but what a run has come to in the end, and how it is scored. */
  static final List<String> OUTCOME =
      List.of(
          "steps",
          "data.path",
          "data.mean-image",
          "data.label-base", // the labels themselves are in the data's fingerprint
          "data.damaged",
          "data.test-samples",
          "data.text.test",
          "data.text.codes", // what is in them is in the fingerprint
          "data.text.vocabulary",
          "evaluate.every-epochs",
          "evaluate.at-end",
          "evaluate.beam",
          "evaluate.length-penalty",
          "evaluate.coverage-penalty");

  /** Key of what is no setting: the samples and labels. */
  public static final String FINGERPRINT = "data.fingerprint";

  private static final Set<String> FREE =
      Set.of(
          "devices",
          "determinism",
          "data.threads",
          "checkpoint.every-epochs",
          "checkpoint.every-steps",
          "checkpoint.keep");

  public RunIdentity {
    entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
  }

  /**
   * The identity of a run on a data set.
   *
   * @param dataFingerprint of the training samples and labels, whatever folder they lie in
   */
  public static RunIdentity of(RunSettings run, String dataFingerprint) {
    Map<String, String> entries = RunText.of(run);
    entries.keySet().removeAll(FREE);
    entries.keySet().removeAll(OUTCOME);
    if (run.schedule().warmupShape() == WarmupShape.LINEAR) {
      entries.remove("schedule.warm-up-shape");
    }
    if (!run.data().isText()) {
      entries.keySet().removeIf(key -> key.startsWith("data.text."));
    }
    if (!run.optimizer().hasMoments()) {
      entries.keySet().removeIf(key -> key.startsWith("optimizer.adam."));
    }
    if (run.optimizer().clipNorm().isEmpty()) {
      entries.remove("optimizer.clip-norm");
    }
    if (run.nonFinite() == NonFinite.STOP) {
      entries.remove("non-finite");
    }
    entries.put(FINGERPRINT, dataFingerprint);
    return new RunIdentity(entries);
  }

  /** SHA-256 over the lines {@code key=value}, each ended by a line feed, as lower-case hex. */
  public String digest() {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      entries.forEach(
          (key, value) -> sha.update((key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8)));
      return HexFormat.of().formatHex(sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** A key that differs, with both sides; null where a side does not have it. */
  public record Difference(String key, String here, String there) {
    @Override
    public String toString() {
      return key + ": " + here + " here, " + there + " there";
    }
  }

  /** The keys in which another identity differs, in order; empty when both are equal. */
  public List<Difference> differences(RunIdentity there) {
    Set<String> keys = new LinkedHashSet<>(entries.keySet());
    keys.addAll(there.entries.keySet());
    return keys.stream()
        .filter(key -> !Objects.equals(entries.get(key), there.entries.get(key)))
        .map(key -> new Difference(key, entries.get(key), there.entries.get(key)))
        .toList();
  }
}
