// The cluster as it is: nodes with their lanes, where a step's time goes, and the tree of a slice with its placement.
import { bytes, duration, element, fill, median, node as short, ranges } from "./words.js";

const PHASES = [
  ["data", "waiting for data"],
  ["pack", "packing weights"],
  ["forward", "forward"],
  ["backward", "backward"],
  ["waiting", "waiting for the reduction"],
  ["update", "update and commit"],
];
const SVG = "http://www.w3.org/2000/svg";

export function key(host) {
  host.replaceChildren(...PHASES.map(([name, words]) => element("li", {}, element("i", { class: "p-" + name }), words)));
}

/** The phases of every device, in the middle over some steps. */
function devices(steps) {
  const all = new Map();
  for (const nodes of steps) {
    for (const node of nodes) {
      node.devices.forEach((device, index) => {
        const name = `${short(node.node)} · device ${index}`;
        const update = Math.min(device.reduce, node.update + node.commit);
        if (!all.has(name)) all.set(name, []);
        all.get(name).push({ ...device, update, waiting: device.reduce - update });
      });
    }
  }
  return [...all].map(([name, told]) => ({
    name,
    times: Object.fromEntries(PHASES.map(([phase]) => [phase, median(told.map(times => times[phase]))])),
  }));
}

const own = device => device.times.data + device.times.pack + device.times.forward + device.times.backward;
const total = device => PHASES.reduce((sum, [phase]) => sum + device.times[phase], 0);

/** Whose own work is a tenth longer than the others' middle: the rest waits for it. */
function straggler(all) {
  if (all.length < 2) return null;
  const sorted = [...all].sort((a, b) => own(a) - own(b));
  const slowest = sorted[sorted.length - 1];
  return own(slowest) > 1.1 * own(sorted[(sorted.length - 1) >> 1]) ? slowest : null;
}

export function phases(host, steps) {
  const all = devices(steps);
  if (!all.length) {
    host.replaceChildren(element("p", { class: "faint" }, "No step is done yet."));
    return;
  }
  const longest = Math.max(...all.map(total));
  const slow = straggler(all);
  host.replaceChildren(...all.map(device => {
    const words = PHASES.map(([phase, name]) => `${name} ${duration(device.times[phase])}`).join(", ");
    const bar = element("div", { class: "stack", role: "img", "aria-label": words, title: words });
    for (const [phase] of PHASES) {
      const part = element("i", { class: "p-" + phase });
      part.style.width = (100 * device.times[phase]) / longest + "%";
      bar.append(part);
    }
    return element("div", { class: "phase" },
      element("span", { class: "who", title: device.name }, device.name,
        device === slow ? element("b", { class: "slow" }, "slowest") : null),
      bar,
      element("span", { class: "took" }, duration(total(device))));
  }));
}

export function nodes(host, status) {
  const missing = new Map(status.missing.map(absence => [absence.node, absence.text]));
  const firstSlices = new Map();
  for (const slice of status.slices) if (!firstSlices.has(slice.layer)) firstSlices.set(slice.layer, slice.node);
  fill(host, status.nodes.map((node, index) => {
    const optimizers = [...firstSlices].filter(([, home]) => home === node.name).map(([layer]) => layer);
    const rooted = status.slices.filter(slice => slice.node === node.name);
    const lanes = node.lanes.length <= 64
      ? element("div", { class: "lanes", "aria-hidden": "true" }, ...node.lanes.map(lane => element("i", {}, `${lane}`)))
      : null;
    return element("div", { class: missing.has(node.name) ? "card node gone" : "card node" },
      element("h3", {},
        element("span", {}, element("span", { class: "number" }, `${index + 1}`), short(node.name)),
        element("span", { class: missing.has(node.name) ? "slow" : "soft" }, missing.has(node.name) ? "missing" : node.state)),
      element("p", {}, `${node.devices} ${node.devices === 1 ? "device" : "devices"}, lanes ${ranges(node.lanes)}`),
      lanes,
      element("p", {}, `roots ${rooted.length} slices, ${bytes(rooted.reduce((sum, slice) => sum + slice.bytes, 0))}`),
      element("p", { title: optimizers.join(", ") },
        "LayerOptimizers: " + (optimizers.length > 6 ? optimizers.slice(0, 6).join(", ") + ` and ${optimizers.length - 6} more` : optimizers.join(", ") || "none")));
  }));
}

/** The tree down to the sums of which all lanes lie on one node. */
function grown(levels, level, index) {
  const holder = levels[level][index];
  const lanes = [index << level, ((index + 1) << level) - 1];
  const ofOne = levels[0].slice(lanes[0], lanes[1] + 1).every(owner => owner === holder);
  const children = ofOne ? [] : [grown(levels, level - 1, 2 * index), grown(levels, level - 1, 2 * index + 1)];
  return { holder, lanes, level, children };
}

function drawn(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text != null) made.textContent = text;
  return made;
}

export function tree(host, answer) {
  if (!answer) {
    host.replaceChildren(element("p", { class: "legend" }, "The tree is drawn while a run is in progress."));
    return;
  }
  const top = answer.levels.length - 1;
  const root = grown(answer.levels, top, 0);
  const leaves = [];
  const depths = new Set();
  (function walk(sum) {
    depths.add(sum.level);
    if (!sum.children.length) leaves.push(sum);
    sum.children.forEach(walk);
  })(root);
  const rows = [...depths].sort((a, b) => b - a);
  const step = Math.max(64, Math.min(120, 1000 / leaves.length));
  const width = step * leaves.length;
  const height = 70 + (rows.length - 1) * 58;
  const picture = drawn("svg", { width, height, role: "img", viewBox: `0 0 ${width} ${height}` });
  leaves.forEach((leaf, index) => { leaf.x = step * (index + 0.5); });
  (function place(sum) {
    sum.children.forEach(place);
    if (sum.children.length) sum.x = (sum.children[0].x + sum.children[1].x) / 2;
    sum.y = 22 + 58 * rows.indexOf(sum.level);
  })(root);
  const lines = [];
  const sums = [];
  (function draw(sum) {
    for (const child of sum.children) {
      const moves = child.holder !== sum.holder;
      lines.push(drawn("line", { x1: sum.x, y1: sum.y, x2: child.x, y2: child.y, class: moves ? "moves" : "stays" }));
      draw(child);
    }
    const circle = drawn("circle", { cx: sum.x, cy: sum.y, r: 13, class: sum === root ? "root" : "sum" });
    const [from, to] = sum.lanes;
    circle.append(drawn("title", {}, `lanes ${from}–${to}: summed by ${short(answer.nodes[sum.holder])}`));
    sums.push(circle, drawn("text", { x: sum.x, y: sum.y, class: "at" }, sum.holder + 1));
    if (!sum.children.length) sums.push(drawn("text", { x: sum.x, y: sum.y + 28 }, from === to ? `lane ${from}` : `lanes ${from}–${to}`));
  })(root);
  picture.append(...lines, ...sums);
  const way = answer.down.map(hop => `${hop.from + 1} → ${hop.to + 1}`).join(", ");
  picture.setAttribute("aria-label",
    `Slice ${answer.slice} of layer ${answer.layer}: its sum is formed by node ${root.holder + 1}` + (way ? `, and goes ${way}` : ""));
  host.replaceChildren(picture, element("p", { class: "legend" },
    `A circle is a sum, its number the node that forms it (${answer.nodes.map((name, i) => `${i + 1} ${short(name)}`).join(", ")}). ` +
    (way ? `Heavy lines travel between nodes; the whole sum comes down ${way}.` : "One node forms them all; nothing travels.")));
}
