package io.larch.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.larch.config.StudySettings.Candidate;
import io.larch.config.StudySettings.Pair;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A study file: a run file with a group {@code larch.study}, over the defaults and recipes of
 * {@code study.conf}, under the {@code -D key=value} options; as strict as a run file.
 */
public final class StudyFile {
  private static final String STUDY = "larch.study";
  private static final String RECIPE = STUDY + ".recipe";

  private final String name;
  private final Config base;
  private final Keys keys;
  private final List<Long> seeds;
  private final int parallel;
  private final List<Integer> batches;
  private final List<Integer> searchBatches;
  private final int searchSamples;

  /**
   * A study.
   *
   * @param overrides {@code key=value}, later ones win; the leading {@code larch.} may be left out
   * @throws Refusal naming each mistake in the study, or in the first of its runs that has one
   */
  public static StudySettings load(Path file, List<String> overrides) {
    Config given = Layers.study(file, overrides);
    String name = "The study file " + file;
    if (!given.hasPath(STUDY)) {
      throw new Refusal(
          name
              + " has no group larch.study, which says what is compared: larch.study { batches = [256, 2048], compare = [goyal, lars] }.");
    }
    return new StudyFile(name, given).settings();
  }

  private StudyFile(String name, Config given) {
    this.name = name;
    base = given.withoutPath(STUDY);
    Config defaults =
        withoutReplacedRates(ConfigFactory.parseResources(StudyFile.class, "/study.conf"), given);
    keys = new Keys(given.withFallback(defaults).withFallback(NodeFile.runDefaults()));
    UnknownKeys unknown =
        new UnknownKeys(
            defaults.withoutPath(RECIPE),
            given.withOnlyPath(STUDY).withoutPath(RECIPE),
            ConfigFactory.empty(),
            "");
    RunFile.refuse(name, unknown.problems());
    batches = batches("study.batches");
    searchBatches = searchBatches();
    searchSamples = keys.count("study.search.train-samples", 0);
    seeds = keys.wholes("study.seeds", seed -> true, "must hold a number");
    parallel = keys.count("study.parallel", 1);
  }

  /** A recipe of the defaults has a fixed rate no more where the study file gives it a range. */
  private static Config withoutReplacedRates(Config defaults, Config given) {
    Config left = defaults;
    for (String recipe : defaults.getObject(RECIPE).keySet()) {
      String at = RECIPE + "." + Keys.quoted(recipe);
      boolean isRange = given.hasPath(at + ".from") || given.hasPath(at + ".to");
      left = isRange ? left.withoutPath(at + ".rates") : left;
    }
    return left;
  }

  private StudySettings settings() {
    int budget = keys.count("study.search.rates", 1);
    double good = keys.amount("study.good-points");
    List<Recipe> recipes = new ArrayList<>();
    for (String recipe : keys.texts("study.compare")) {
      recipes.add(Recipe.read(keys, recipe, budget));
    }
    if (recipes.isEmpty() && keys.problems().isEmpty()) {
      keys.problem("study.compare", "must name a recipe");
    }
    RunFile.refuse(name, keys.problems());
    List<Pair> pairs = new ArrayList<>();
    for (Recipe recipe : recipes) {
      for (int i = 0; i < batches.size(); i++) {
        pairs.add(pair(recipe, i));
      }
    }
    return new StudySettings(seeds, parallel, good, pairs);
  }

  private List<Integer> batches(String key) {
    int lanes = keys.count("lanes", 1);
    return keys
        .wholes(
            key,
            n -> n > 0 && n <= Integer.MAX_VALUE && n % lanes == 0,
            "must hold multiples of larch.lanes = " + lanes)
        .stream()
        .map(Long::intValue)
        .toList();
  }

  private List<Integer> searchBatches() {
    String key = "study.search.batches";
    if (keys.texts(key).isEmpty()) {
      return batches;
    }
    List<Integer> searched = batches(key);
    if (searched.size() != batches.size()) {
      keys.problem(
          key, "must have as many entries as " + keys.shown("study.batches") + ", or none");
    }
    return searched;
  }

  private Pair pair(Recipe recipe, int index) {
    int batch = batches.get(index);
    List<Candidate> candidates =
        recipe.rates().stream()
            .map(
                rate ->
                    new Candidate(
                        rate,
                        search(recipe, index, rate),
                        seeds.stream().map(seed -> repeat(recipe, batch, rate, seed)).toList()))
            .toList();
    return new Pair(recipe.name(), batch, candidates);
  }

  private StudyCell search(Recipe recipe, int index, double rate) {
    int batch = searchBatches.get(index);
    Config run = recipe.over(base);
    if (searchSamples > 0) {
      run = with(run, "data.train-samples", searchSamples);
    }
    String ruled = "larch.schedule.base-batch";
    if (batch != batches.get(index) && run.hasPath(ruled)) {
      double shrunk = (double) run.getInt(ruled) * batch / batches.get(index);
      run = with(run, "schedule.base-batch", Math.max(1, (int) Math.round(shrunk)));
    }
    return cell(recipe, batches.get(index), batch, rate, seeds.get(0), run);
  }

  private StudyCell repeat(Recipe recipe, int batch, double rate, long seed) {
    return cell(recipe, batch, batch, rate, seed, recipe.over(base));
  }

  /**
   * @param batch of the study
   * @param globalBatch of the run
   */
  private StudyCell cell(
      Recipe recipe, int batch, int globalBatch, double rate, long seed, Config given) {
    Config run = given.withoutPath("larch.micro-batches-per-lane");
    run = with(run, "seed", seed);
    run = with(run, "schedule.rate", rate);
    run = with(run, "global-batch", globalBatch);
    run = with(run, "micro-batch", microBatch(globalBatch));
    run = with(run, "evaluate.every-epochs", 0);
    run = with(run, "evaluate.at-end", true);
    if (parallel > 1) {
      run = with(run, "devices", 1);
    }
    String cell =
        "%s is wrong for %s at a batch of %d with rate %s: the run"
            .formatted(name, recipe.name(), batch, rate);
    return new StudyCell(recipe.name(), batch, rate, seed, RunFile.checked(cell, run));
  }

  private int microBatch(int globalBatch) {
    int share = globalBatch / keys.count("lanes", 1);
    int most = keys.count("micro-batch", 1);
    return IntStream.rangeClosed(1, Math.min(share, most))
        .filter(size -> share % size == 0)
        .max()
        .orElse(1);
  }

  private static Config with(Config run, String key, Object value) {
    return run.withValue("larch." + key, ConfigValueFactory.fromAnyRef(value, "the study"));
  }
}
