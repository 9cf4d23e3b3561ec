// The dashboard: asks the node for what has been, then follows what happens.
import { Chart } from "./charts.js";
import { Heat } from "./heat.js";
import * as cluster from "./cluster.js";
import { duration, element, fill, median, node as short, number, percent, roundPercent, whole } from "./words.js";

const POINTS = 1000;
const MOST_LIVE = 1500;
const DRAW_MS = 250;
const STATUS_MS = 2000;
const LAYERS_MS = 4000;
const PAST_MS = 10_000;
const PHASE_STEPS = 20;
const FIGURES = ["loss", "accuracy", "learning_rate", "samples_per_second", "step_seconds"];
const DASHES = [undefined, [6, 4], [2, 3], [10, 4, 2, 4], [1, 4], [14, 5]];

const $ = id => document.getElementById(id);
const body = document.body;

/** What is known of the run. */
let run = null;
let source = null;
let status = null;
let dirty = true;
let lostSince = null;
let pastKnown = "";

async function ask(path) {
  const answer = await fetch("larch/" + path, { signal: AbortSignal.timeout(12_000) });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
  return answer.json();
}

// What happens

async function load() {
  const all = await ask(`run/history?points=${POINTS}`);
  linked();
  if (!all.run) {
    run = null;
    show("empty");
    return;
  }
  const other = run?.name !== all.run;
  run = {
    name: all.run,
    number: all.number,
    ended: all.ended,
    ...all.history,
    recent: other ? [] : run.recent,
    live: 0,
  };
  if (run.last && !run.recent.length) run.recent.push(run.last.nodes);
  show("live");
  dirty = true;
  if (other) {
    askStatus();
    askLayers();
    askPast();
  }
}

function follow() {
  source?.close();
  if (!run) return;
  source = new EventSource(`larch/run/events?layers=false&after=${run.number}`);
  let opened = false;
  source.onopen = () => {
    if (opened) restart();
    opened = true;
    linked();
  };
  source.addEventListener("told", event => told(JSON.parse(event.data)));
  source.addEventListener("ended", event => {
    run.ended = JSON.parse(event.data);
    dirty = true;
    source.close();
    askStatus();
    askPast();
  });
  source.onerror = () => {
    lost();
    if (source.readyState === EventSource.CLOSED) source = null;
  };
}

function told(event) {
  if (event.event === "step") {
    step(event);
  } else if (event.event === "evaluated") {
    run.evaluations.push(event);
  } else if (event.event === "generation") {
    run.generations.push(event);
    run.recent = [];
    askStatus();
  } else if (event.event === "warning" || event.event === "bits_differ") {
    run.warnings.push(event.text);
  } else if (event.event === "skipped") {
    run.warnings.push(`step ${event.step} was not applied: the gradient of layer ${event.layer} is not finite`);
  } else if (event.event === "missing") {
    run.missing = event.nodes;
    askStatus();
  } else if (event.event === "started") {
    run.started = event;
  } else if (event.event === "result") {
    run.result = event;
  }
  dirty = true;
}

function step(event) {
  if (run.last && event.step <= run.last.step) return;
  run.last = event;
  run.steps.push(event.step);
  const values = [event.loss, event.train_top1, event.lr, event.images_per_second, event.step_seconds];
  FIGURES.forEach((figure, i) => {
    for (const part of ["mean", "least", "greatest"]) run.figures[figure][part].push(values[i]);
  });
  run.recent.push(event.nodes);
  if (run.recent.length > PHASE_STEPS) run.recent.shift();
  run.live++;
  if (run.live === MOST_LIVE) restart();
}

/** Asks for everything anew, in fewer points. */
async function restart() {
  try {
    await load();
    follow();
  } catch {
    lost();
  }
}

function linked() {
  lostSince = null;
  body.dataset.link = "live";
}

function lost() {
  lostSince ??= Date.now();
  body.dataset.link = "lost";
  dirty = true;
}

async function askStatus() {
  try {
    status = await ask("run/status");
    if (run && status.missing) run.missing = status.missing;
    if (!source) linked();
    dirty = true;
  } catch {
    if (!source || source.readyState !== EventSource.OPEN) lost();
  }
}

/** What no event tells. */
async function look() {
  await askStatus();
  const changed = status?.run && status.run !== run?.name;
  const unfollowed = run && !run.ended && !source;
  if (lostSince ? !source || source.readyState !== EventSource.OPEN : changed || unfollowed) await restart();
}

// What is shown

const charts = {
  loss: new Chart($("curves"), "Loss"),
  accuracy: new Chart($("curves"), "Accuracy", percent, roundPercent),
  learning_rate: new Chart($("curves"), "Learning rate"),
  samples_per_second: new Chart($("curves"), "Samples per second", whole),
};
const heat = new Heat($("heat"));
const HEATS = { ratio: "Trust ratio", weight: "Weight norm", gradient: "Gradient norm" };
let heatShown = "ratio";
let heatData = null;
let compare = null;

function show(state) {
  body.dataset.state = state;
  $("loading").hidden = state !== "loading";
  $("empty").hidden = state !== "empty";
  $("live").hidden = state !== "live";
}

function curve(figure, name = "train") {
  return { name, steps: run.steps, ...run.figures[figure] };
}

function tested(pick) {
  return {
    name: "test", steps: run.evaluations.map(e => e.step), mean: run.evaluations.map(pick), points: true,
  };
}

function draw() {
  drawLink();
  if (!dirty) return;
  dirty = false;
  drawHead();
  drawNotices();
  if (!run) return;
  drawFigures();
  const scored = run.evaluations.some(e => e.test_bleu != null);
  charts.loss.set([curve("loss"), tested(e => e.loss)]);
  charts.accuracy.set([curve("accuracy"), tested(e => e.test_top1)]);
  if (scored) {
    charts.bleu ??= new Chart($("curves"), "BLEU");
    charts.bleu.set([tested(e => e.test_bleu)]);
  }
  charts.learning_rate.set([curve("learning_rate")]);
  charts.samples_per_second.set([curve("samples_per_second")]);
  cluster.phases($("phases"), run.recent);
  drawGenerations();
  if (status?.run === run.name) cluster.nodes($("nodes"), status);
}

function drawLink() {
  const seconds = lostSince && Math.round((Date.now() - lostSince) / 1000);
  $("link").dataset.kind = lostSince ? "lost" : "live";
  const text = lostSince ? `no connection for ${seconds} s, trying again` : location.host;
  if ($("link").textContent !== text) $("link").textContent = text;
}

function state() {
  return run?.ended ? run.ended.end : status?.state ?? "";
}

function drawHead() {
  $("run").textContent = run?.name ?? "";
  $("state").textContent = run ? (run.missing.length ? "waiting" : state()) : "";
  $("state").dataset.kind = $("state").textContent;
  document.title = run ? `${run.name} · ${state()} · Larch` : "Larch";
}

function notice(kind, ...content) {
  return element("div", { class: kind ? "notice " + kind : "notice" }, ...content);
}

function drawNotices() {
  const all = [];
  if (lostSince) {
    all.push(notice("alarm", element("strong", {}, "No connection to this node. "),
      "What you see is what it told last. The page tries again by itself; other nodes of the cluster show the same run."));
  }
  if (run?.ended) all.push(ending());
  else {
    for (const absence of run?.missing ?? []) all.push(notice("alarm", element("strong", {}, "Missing: "), absence.text));
    if (status?.state === "waiting" && status.reason) all.push(notice("alarm", status.reason));
    for (const text of (run?.warnings ?? []).slice(-3)) all.push(notice("", element("strong", {}, "Warning: "), text));
  }
  fill($("notices"), all);
}

function ending() {
  const { end, reason } = run.ended;
  const result = run.result;
  if (end !== "done" && end !== "stopped") {
    return notice("alarm", element("strong", {}, `The run ${end}. `), reason ?? "");
  }
  const score = result?.test_bleu != null ? `, BLEU ${number(result.test_bleu)}` : result?.test_top1 != null ? `, test accuracy ${percent(result.test_top1)}` : "";
  return notice("", element("strong", {}, end === "done" ? "Done. " : "Stopped. "),
    result ? `${whole(result.step)} steps, ${number(result.epoch, 3)} epochs${score}. ` : reason ?? "",
    result?.weights_sha256 ? element("code", {}, "weights " + result.weights_sha256) : null);
}

function figure(name, value, more = "") {
  return element("div", { class: "figure" },
    element("div", { class: "name" }, name), element("div", { class: "value" }, value), element("div", { class: "more" }, more));
}

function drawFigures() {
  const last = run.last;
  const steps = run.started?.last_step ?? status?.steps;
  const evaluated = run.evaluations[run.evaluations.length - 1];
  const seconds = median(run.figures.step_seconds.mean.slice(-PHASE_STEPS));
  const left = run.ended ? 0 : steps && last ? (steps - last.step) * seconds : null;
  const bar = element("i");
  bar.style.width = steps && last ? Math.min(100, (100 * last.step) / steps) + "%" : "0";
  const scored = evaluated?.test_bleu != null;
  $("summary").replaceChildren(
    figure("Step", whole(last?.step), steps ? `of ${whole(steps)}` : ""),
    figure("Epoch", last ? last.epoch.toFixed(2) : "–", run.ended ? "" : left ? `${duration(left)} left` : ""),
    figure("Loss", number(last?.loss), evaluated ? `test ${number(evaluated.loss)}` : ""),
    scored ? figure("BLEU", number(evaluated.test_bleu), `after step ${whole(evaluated.step)}`)
      : figure("Accuracy", percent(last?.train_top1), evaluated ? `test ${percent(evaluated.test_top1)}` : ""),
    figure("Learning rate", number(last?.lr, 3)),
    figure("Samples per second", whole(last?.images_per_second), `${duration(last?.step_seconds)} a step`),
    element("div", { class: "progress" }, bar));
}

function drawGenerations() {
  const all = run.generations;
  const rows = all.map((generation, i) => {
    const next = all[i + 1];
    const end = next ? next.reason : run.ended ? `the run has ended: ${run.ended.end}` : "";
    return element("tr", {},
      element("td", { class: "n" }, whole(generation.number)),
      element("td", { class: "n" }, whole(generation.step + 1)),
      element("td", {}, next || run.ended ? short(end) : element("span", { class: "faint" }, "goes on")));
  });
  const head = element("tr", {}, element("th", { class: "n" }, "Generation"), element("th", { class: "n" }, "from step"), element("th", {}, "ended because"));
  fill($("generations"), [element("thead", {}, head), element("tbody", {}, ...rows.reverse())]);
}

// Layers and tree

async function askLayers() {
  if (!run || document.hidden) return;
  try {
    heatData = await ask(`run/layers?figure=${heatShown}&columns=160`);
    heat.set(HEATS[heatShown], heatData, $("heat-rows").checked);
  } catch {
    // The state of the connection is told by the stream of events.
  }
}

async function askTree() {
  const slices = status?.slices ?? [];
  const pick = $("slice");
  if (pick.options.length !== slices.length) {
    const chosen = pick.value;
    pick.replaceChildren(...slices.map(slice => element("option", { value: slice.slice }, `${slice.slice} · ${slice.layer}`)));
    if (chosen && chosen < slices.length) pick.value = chosen;
  }
  const wanted = `${run?.name} ${status?.generation} ${pick.value} ${run?.ended?.end}`;
  const led = status?.state === "training";
  if (!slices.length || wanted === askTree.drawn || !(led || run?.ended)) return;
  try {
    const answer = run?.ended ? null : await ask(`run/tree?slice=${pick.value}`);
    if (answer || !askTree.drawn) cluster.tree($("tree"), answer);
    askTree.drawn = wanted;
  } catch {
    // The state of the connection is told by the stream of events.
  }
}

for (const [name, title] of Object.entries(HEATS)) {
  const button = element("button", { type: "button", "aria-pressed": name === heatShown }, title);
  button.setAttribute("aria-pressed", String(name === heatShown));
  button.addEventListener("click", () => {
    heatShown = name;
    for (const other of $("heat-choice").children) other.setAttribute("aria-pressed", String(other === button));
    askLayers();
  });
  $("heat-choice").append(button);
}
$("heat-rows").addEventListener("change", () => heatData && heat.set(HEATS[heatShown], heatData, $("heat-rows").checked));
$("slice").addEventListener("change", askTree);

// Past runs

async function askPast() {
  let runs = [];
  try {
    runs = (await ask("runs"))?.runs ?? [];
  } catch {
    return;
  }
  const known = JSON.stringify(runs);
  $("past").hidden = !runs.length;
  if (!runs.length || known === pastKnown) return;
  pastKnown = known;
  const chosen = new Set([...$("runs").querySelectorAll("input:checked")].map(box => box.value));
  const histories = new Map();
  const compared = () => drawCompared(histories);
  const rows = runs.slice(0, 12).map(past => {
    const box = element("input", { type: "checkbox", value: past.name, "aria-label": "compare " + past.name });
    box.checked = chosen.has(past.name);
    box.addEventListener("change", compared);
    const cells = [0, 1, 2, 3].map(() => element("td", { class: "n" }, "…"));
    ask(`runs/${encodeURIComponent(past.name)}?points=600`).then(history => {
      if (!history) return;
      histories.set(past.name, history);
      const tested = history.evaluations[history.evaluations.length - 1];
      const texts = [whole(history.last?.step), number(history.last?.loss),
        tested?.test_bleu != null ? "BLEU " + number(tested.test_bleu) : percent(tested?.test_top1), whole(history.last?.images_per_second)];
      cells.forEach((cell, i) => { cell.textContent = texts[i]; });
      if (box.checked) compared();
    }, () => cells.forEach(cell => { cell.textContent = "–"; }));
    return element("tr", {}, element("td", {}, box), element("td", { class: "name" }, past.name),
      element("td", {}, new Date(past.written_millis).toISOString().slice(0, 16).replace("T", " ")), ...cells);
  });
  const head = ["", "run", "written (UTC)", "steps", "loss", "test", "samples/s"]
    .map((text, i) => element("th", { class: i > 2 ? "n" : null }, text));
  $("runs").replaceChildren(element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));
}

function drawCompared(histories) {
  const chosen = [...$("runs").querySelectorAll("input:checked")].map(box => box.value).filter(name => histories.has(name));
  if (!chosen.length) {
    $("compare").replaceChildren();
    compare = null;
    return;
  }
  compare ??= new Chart($("compare"), "Loss of the runs chosen");
  compare.set(chosen.map((name, i) => {
    const history = histories.get(name);
    return { name, steps: history.steps, mean: history.figures.loss.mean, dash: DASHES[i % DASHES.length] };
  }));
}

// Begin

$("submit").textContent = `java -jar target/larch.jar submit RUN.conf --to ${location.origin}`;
cluster.key($("phase-key"));
await restart();
askPast();
setInterval(() => requestAnimationFrame(draw), DRAW_MS);
setInterval(() => look().then(askTree), STATUS_MS);
setInterval(askLayers, LAYERS_MS);
setInterval(askPast, PAST_MS);
draw();
