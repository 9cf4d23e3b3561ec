// A map of one figure of all tensors: a row a tensor, a column some steps, brighter to darker on a logarithmic scale.
import { color, element, number } from "./words.js";

const STOPS = ["--ground", "--pale", "--accent", "--deep"];
const LABELS = 132;

const channels = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));

function mixed(stops, share) {
  const at = Math.min(stops.length - 2, Math.floor(share * (stops.length - 1)));
  const part = share * (stops.length - 1) - at;
  return `rgb(${stops[at].map((value, i) => Math.round(value + (stops[at + 1][i] - value) * part)).join()})`;
}

function limits(values) {
  const sorted = values.filter(value => value > 0).map(Math.log10).sort((a, b) => a - b);
  if (!sorted.length) return [0, 1];
  const low = sorted[Math.floor(sorted.length * 0.01)];
  const high = sorted[Math.ceil(sorted.length * 0.99) - 1];
  return high - low < 1e-6 ? [low - 0.5, low + 0.5] : [low, high];
}

export class Heat {
  constructor(host) {
    this.canvas = element("canvas", { tabindex: 0, role: "img" });
    this.ramp = element("canvas", { class: "ramp", width: 140, height: 9 });
    this.low = element("span");
    this.high = element("span");
    this.read = element("span", { class: "read", "aria-live": "polite" });
    this.foot = element("div", { class: "foot" }, this.low, this.ramp, this.high, this.read);
    host.classList.add("heat");
    host.append(this.canvas, this.foot);
    this.canvas.addEventListener("mousemove", event => this.point(event));
    this.canvas.addEventListener("mouseleave", () => this.at(null));
    this.canvas.addEventListener("keydown", event => this.move(event));
    new ResizeObserver(() => this.draw()).observe(host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** @param ownScales whether each row has a scale of its own */
  set(title, data, ownScales) {
    this.title = title;
    this.data = data;
    this.ownScales = ownScales;
    this.draw();
  }

  draw() {
    const width = this.canvas.clientWidth;
    if (!this.data || !width) return;
    const { tensors, steps, values } = this.data;
    const row = tensors.length ? Math.max(4, Math.min(17, Math.floor(520 / tensors.length))) : 17;
    const height = Math.max(60, row * tensors.length + 18);
    const density = devicePixelRatio || 1;
    this.canvas.width = width * density;
    this.canvas.height = height * density;
    this.canvas.style.height = height + "px";
    const pen = this.canvas.getContext("2d");
    pen.scale(density, density);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    if (!steps.length) {
      pen.fillStyle = color("--faint");
      pen.textAlign = "center";
      pen.fillText("nothing told of layers yet", width / 2, height / 2);
      this.canvas.setAttribute("aria-label", this.title + ": nothing told yet");
      this.foot.style.visibility = "hidden";
      return;
    }
    this.foot.style.visibility = "";
    const left = width > 500 ? LABELS : 0;
    this.place = { left, row, column: (width - left) / steps.length };
    const stops = STOPS.map(name => channels(color(name)));
    const all = limits(values.flat());
    values.forEach((line, y) => {
      const [low, high] = this.ownScales ? limits(line) : all;
      line.forEach((value, x) => {
        const share = (Math.log10(value) - low) / (high - low);
        pen.fillStyle = value > 0 ? mixed(stops, Math.min(1, Math.max(0, share))) : color("--line");
        pen.fillRect(left + x * this.place.column, y * row, this.place.column + 0.5, row > 6 ? row - 1 : row);
      });
    });
    this.names(pen, tensors, left, row);
    pen.textAlign = "left";
    pen.fillText("step " + steps[0].toLocaleString("en"), left, height - 8);
    pen.textAlign = "right";
    pen.fillText(steps[steps.length - 1].toLocaleString("en"), width, height - 8);
    this.scale(stops, all);
    this.canvas.setAttribute("aria-label",
      `${this.title} of ${tensors.length} tensors, steps ${steps[0]} to ${steps[steps.length - 1]}; arrow keys read values`);
  }

  names(pen, tensors, left, row) {
    pen.fillStyle = color("--soft");
    pen.textAlign = "right";
    const every = Math.ceil(12 / row);
    if (!left) return;
    tensors.forEach((name, y) => {
      if (y % every) return;
      let text = name;
      while (pen.measureText(text).width > left - 10) text = "…" + text.slice(2);
      pen.fillText(text, left - 8, y * row + row / 2);
    });
  }

  scale(stops, [low, high]) {
    const pen = this.ramp.getContext("2d");
    for (let x = 0; x < 140; x++) {
      pen.fillStyle = mixed(stops, x / 139);
      pen.fillRect(x, 0, 1, 9);
    }
    this.low.textContent = this.ownScales ? "least of the row" : number(10 ** low, 2);
    this.high.textContent = this.ownScales ? "greatest" : number(10 ** high, 2);
  }

  point(event) {
    if (!this.place || !this.data.steps.length) return;
    const box = this.canvas.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left - this.place.left) / this.place.column);
    const y = Math.floor((event.clientY - box.top) / this.place.row);
    this.at(x >= 0 ? [x, y] : null);
  }

  move(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way || !this.data?.steps.length) return;
    event.preventDefault();
    const [x, y] = this.cursor ?? [this.data.steps.length - 1, 0];
    this.at([
      Math.min(this.data.steps.length - 1, Math.max(0, x + way[0])),
      Math.min(this.data.tensors.length - 1, Math.max(0, y + way[1])),
    ]);
  }

  at(cursor) {
    this.cursor = cursor;
    const value = cursor && this.data.values[cursor[1]]?.[cursor[0]];
    this.read.textContent = value == null ? ""
      : `${this.data.tensors[cursor[1]]} · step ${this.data.steps[cursor[0]].toLocaleString("en")} · ${number(value)}`;
  }
}
