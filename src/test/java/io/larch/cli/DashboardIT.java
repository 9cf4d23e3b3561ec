package io.larch.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.larch.cli.Programs.NodeProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard in a browser, over a real run on three nodes of which one is killed. */
@Tag("gate")
@Timeout(420)
class DashboardIT {
  private static final int MOST_BYTES = 300_000;
  private static final Path PICTURES =
      Path.of(System.getProperty("larch.pictures", "target/pictures"));

  private static final String RUN =
      """
      larch {
        model = lenet, data { name = glyphs, train-samples = 1600, test-samples = 200 }
        lanes = 8, micro-batch = 4, global-batch = 64, epochs = 200
        slice-bytes = 256 KiB, optimizer.name = lars
        schedule { rate = 8, warm-up = "1 epochs" }
      }
      """;

  private final Programs programs = new Programs();
  private Browser page;

  @TempDir Path folder;

  @BeforeEach
  void open() throws Exception {
    assumeTrue(Browser.installed().findAny().isPresent(), "no Chromium on this machine");
    page = new Browser(folder.resolve("profile"));
    page.size(1280, 900);
    page.scheme("light");
  }

  @AfterEach
  void end() throws InterruptedException {
    if (page != null) {
      page.end();
    }
    programs.end();
  }

  @Test
  void shouldShowARunFromBeforeItBeginsUntilTheNodeIsGone() throws Exception {
    List<NodeProgram> nodes =
        programs.cluster(
            Collections.nCopies(3, List.of("devices=1", "out=" + folder.resolve("out"))));
    NodeProgram watched = nodes.get(0);
    page.open(watched.endpoint() + "/larch");
    page.await("document.body?.dataset.state === 'empty'", "it says that there is no run");
    page.picture(PICTURES.resolve("dashboard-empty.png"), false);
    submit(watched);
    page.await(step() + " > 40", "forty steps are shown");
    shouldMove();
    shouldDrawHeatMapAndTree();
    shouldBeUsedByKeys();
    killed(nodes.get(2));
    pictures();
    assertEquals(List.of(), page.errors());
    assertTrue(weight() < MOST_BYTES, "the page weighs " + weight() + " bytes");
    stopped(watched);
    assertEquals(List.of(), page.errors());
    watched.signal("KILL");
    page.await("document.body.dataset.link === 'lost'", "it says that the node is gone");
    page.picture(PICTURES.resolve("dashboard-lost.png"), false);
  }

  private void submit(NodeProgram node) throws Exception {
    Path run = Files.writeString(folder.resolve("run.conf"), RUN);
    Process submit = programs.larch(List.of("submit", run.toString(), "--to", node.endpoint()));
    assertEquals(0, submit.waitFor());
  }

  private static String step() {
    return "Number((document.querySelector('#summary .value')?.textContent ?? '0').replace(/\\D/g, ''))";
  }

  private void shouldMove() throws Exception {
    String picture = "document.querySelector('#curves canvas').toDataURL()";
    String before = page.evaluate(picture).asText();
    long step = page.evaluate(step()).asLong();
    page.await(step() + " > " + step, "the step counts on");
    page.await(picture + " !== '" + before + "'", "the curve moves");
    assertEquals(4, page.evaluate("document.querySelectorAll('#curves canvas').length").asInt());
    page.await(
        "document.querySelectorAll('#phases .phase').length === 3", "a bar for every device");
  }

  private void shouldDrawHeatMapAndTree() {
    page.await(
        "(() => { const c = document.querySelector('#heat canvas'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height - 30).data;"
            + " return new Set(Array.from({length: d.length / 4}, (_, i) => d[4 * i] << 16 | d[4 * i + 1] << 8 | d[4 * i + 2])).size > 40; })()",
        "the heat map has many shades");
    page.await("document.querySelectorAll('#tree line.moves').length >= 2", "the tree is drawn");
    page.await("document.querySelectorAll('#nodes .node').length === 3", "three nodes are drawn");
  }

  private void shouldBeUsedByKeys() throws Exception {
    page.evaluate("document.querySelector('#heat canvas').focus()");
    page.press("ArrowDown", 40);
    page.await(
        "document.querySelector('.heat .read').textContent.includes('step')", "a value is read");
    page.evaluate("document.querySelector('#curves .plot').focus()");
    page.press("ArrowLeft", 37);
    page.await(
        "document.querySelector('#curves .now').textContent.includes('step')", "a step is read");
  }

  private void killed(NodeProgram node) throws Exception {
    node.signal("KILL");
    page.await(
        "document.querySelector('#generations').textContent.includes('the cluster has lost')",
        "the loss is told");
    page.await("document.querySelectorAll('#nodes .node').length === 2", "two nodes are left");
    long step = page.evaluate(step()).asLong();
    page.await(step() + " > " + (step + 30), "the run gets on");
  }

  private void pictures() throws Exception {
    page.await("document.querySelectorAll('#phases .phase').length === 2", "bars of who is left");
    page.await(
        "/\\d/.test(document.querySelector('#runs td:nth-child(4)')?.textContent)",
        "the run's own record is read");
    page.evaluate("document.activeElement.blur()");
    page.evaluate("document.querySelector('#runs input').click()");
    page.await("document.querySelector('#compare canvas') !== null", "runs are compared");
    page.picture(PICTURES.resolve("dashboard.png"), true);
    page.scheme("dark");
    page.evaluate("new Promise(done => setTimeout(done, 600))");
    page.picture(PICTURES.resolve("dashboard-dark.png"), false);
    page.scheme("light");
    page.size(390, 844);
    page.await("document.querySelector('#curves canvas').clientWidth < 390", "narrow curves");
    assertEquals(390, page.evaluate("document.documentElement.scrollWidth").asInt());
    page.evaluate("new Promise(done => setTimeout(done, 600))");
    page.picture(PICTURES.resolve("dashboard-phone.png"), true);
    page.size(1280, 900);
  }

  private int weight() throws Exception {
    return page.evaluate(
            "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
                + ".filter(e => e.initiatorType !== 'fetch').reduce((sum, e) => sum + e.encodedBodySize, 0)")
        .asInt();
  }

  private void stopped(NodeProgram node) throws Exception {
    assertEquals(0, programs.larch(List.of("stop", "--to", node.endpoint())).waitFor());
    page.await(
        "document.querySelector('#notices').textContent.includes('Stopped')", "the end is told");
    page.picture(PICTURES.resolve("dashboard-stopped.png"), false);
  }
}
