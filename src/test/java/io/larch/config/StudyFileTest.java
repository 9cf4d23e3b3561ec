package io.larch.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.larch.config.StudySettings.Candidate;
import io.larch.config.StudySettings.Pair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StudyFileTest {
  private static final String STUDY =
      """
      larch {
        model = mlp
        data { name = glyphs, train-samples = 600 }
        lanes = 8
        micro-batch = 32
        epochs = 2
        optimizer.weight-decay = 0.003
        study {
          batches = [64, 512]
          compare = [goyal, own]
          search { train-samples = 300, batches = [32, 256] }
          recipe.own { rates = [0.3], optimizer { name = sgd, momentum = 0.5 } }
        }
      }
      """;

  @TempDir private Path folder;

  private StudySettings load(String text, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("study.conf"), text);
    return StudyFile.load(file, List.of(more));
  }

  private static Pair pair(StudySettings study, String recipe, int batch) {
    return study.pairs().stream()
        .filter(pair -> pair.recipe().equals(recipe) && pair.batch() == batch)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void shouldLayARecipeOverTheRunThatAllHaveInCommon() throws IOException {
    StudySettings study = load(STUDY);
    assertEquals(4, study.pairs().size());
    RunSettings run = pair(study, "own", 512).candidates().get(0).repeats().get(1).run();
    assertEquals(2, run.seed());
    assertEquals(512, run.globalBatch());
    assertEquals(32, run.microBatch());
    assertEquals(0.3, run.schedule().rate());
    assertEquals(0.5, run.optimizer().momentum());
    assertEquals(0.003, run.optimizer().weightDecay());
    assertEquals(600, run.data().trainSamples());
  }

  @Test
  void shouldSearchAGeometricGridWithTheBudgetOfAllAndASingleRateNotAtAll() throws IOException {
    StudySettings study = load(STUDY);
    assertEquals(
        List.of(0.0125, 0.025, 0.05, 0.1),
        pair(study, "goyal", 64).candidates().stream().map(Candidate::rate).toList());
    assertTrue(pair(study, "goyal", 64).isSearched());
    assertFalse(pair(study, "own", 64).isSearched());
  }

  @Test
  void shouldSearchARecipeThatComesWithOneRateWhereTheStudyGivesItARange() throws IOException {
    String[] range = {"study.recipe.sgd-untuned.from=0.1", "study.recipe.sgd-untuned.to=0.8"};
    StudySettings study = load(STUDY, "study.compare=[sgd-untuned]", range[0], range[1]);
    assertEquals(
        List.of(0.1, 0.2, 0.4, 0.8),
        pair(study, "sgd-untuned", 64).candidates().stream().map(Candidate::rate).toList());
  }

  /** Batch and base batch shrink alike, so the peak is that of the whole training set. */
  @Test
  void shouldShrinkTheBaseBatchOfARuleWithTheBatchOfTheSearch() throws IOException {
    Candidate candidate = pair(load(STUDY), "goyal", 512).candidates().get(0);
    RunSettings search = candidate.search().run();
    assertEquals(256, search.globalBatch());
    assertEquals(128, search.schedule().baseBatch());
    assertEquals(300, search.data().trainSamples());
    assertEquals(256, candidate.repeats().get(0).run().schedule().baseBatch());
  }

  @Test
  void shouldCutALanesShareIntoEqualMicroBatches() throws IOException {
    RunSettings run =
        pair(load(STUDY, "study.batches=[800, 60000]", "study.search.batches=[]"), "own", 800)
            .candidates()
            .get(0)
            .repeats()
            .get(0)
            .run();
    assertEquals(25, run.microBatch());
    assertEquals(4, run.microBatchesPerLane());
  }

  @Test
  void shouldCallRunsTheSameWhenNothingThatDecidesTheirResultDiffers() throws IOException {
    String[] whole = {"study.search.train-samples=0", "study.search.batches=[]"};
    Candidate before = pair(load(STUDY, whole), "goyal", 64).candidates().get(0);
    assertEquals(before.search().id(), before.repeats().get(0).id());
    assertNotEquals(before.search().id(), before.repeats().get(1).id());
    Candidate parallel =
        pair(load(STUDY, whole[0], whole[1], "study.parallel=2"), "goyal", 64).candidates().get(0);
    assertEquals(before.search().id(), parallel.search().id());
    assertEquals(1, parallel.search().run().devices());
    Candidate longer =
        pair(load(STUDY, whole[0], whole[1], "epochs=3"), "goyal", 64).candidates().get(0);
    assertNotEquals(before.search().id(), longer.search().id());
    Candidate elsewhere =
        pair(load(STUDY, whole[0], whole[1], "data.path=other"), "goyal", 64).candidates().get(0);
    assertNotEquals(before.search().id(), elsewhere.search().id());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "study.batches=[60]; multiples of larch.lanes = 8",
        "study.batches=[64, 64]; twice",
        "study.batches=large; larch.study.batches",
        "study.compare=[goyle]; Did you mean goyal?",
        "study.compare=[]; must name a recipe",
        "study.seeds=[]; must hold a number",
        "study.paralel=2; did you mean larch.study.parallel?",
        "study.search.batches=[32]; as many entries",
        "study.recipe.own.rates=[0.1,0.2]; must be as many as larch.study.search.rates = 4",
        "study.recipe.own.rates=[-1]; more than 0",
        "study.recipe.own.epochs=3; a recipe has rates",
        "study.recipe.own.schedule.rate=3; what a study sets",
        "study.recipe.own.optimizer.name=sdg; own at a batch of 64 with rate 0.3",
        "study.recipe.own.optimizer.momentun=0.5; did you mean larch.optimizer.momentum?",
        "epochs=null; larch.epochs must be given"
      })
  void shouldRefuseInOneParagraph(String option, String word) {
    Refusal refusal = assertThrows(Refusal.class, () -> load(STUDY, option));
    assertTrue(refusal.getMessage().contains(word), refusal.getMessage());
    assertTrue(refusal.getMessage().startsWith("The study file "), refusal.getMessage());
  }

  @Test
  void shouldRefuseARunFile() {
    Refusal refusal = assertThrows(Refusal.class, () -> load("larch { model = mlp }"));
    assertTrue(refusal.getMessage().contains("larch.study"), refusal.getMessage());
  }
}
