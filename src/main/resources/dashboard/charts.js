// Curves over steps, drawn by uPlot: a line of means in a band from the least to the greatest value.
import { color, element, number } from "./words.js";

const HEIGHT = 190;

/** Columns of values on one axis of steps; what has no value at a step has null there. */
function joined(curves) {
  const steps = [...new Set(curves.flatMap(curve => curve.steps))].sort((a, b) => a - b);
  const place = new Map(steps.map((step, index) => [step, index]));
  return [steps, ...curves.flatMap(curve => curve.columns.map(values => {
    const column = new Array(steps.length).fill(null);
    curve.steps.forEach((step, i) => { column[place.get(step)] = values[i]; });
    return column;
  }))];
}

/** One card with a curve or several. */
export class Chart {
  /** @param show writes a value as text, @param tick the same beside the axis */
  constructor(host, title, show = number, tick = value => show(value, 3)) {
    this.show = show;
    this.tick = tick;
    this.title = title;
    this.now = element("span", { class: "now" });
    this.plot = element("div", { class: "plot", tabindex: 0, role: "img", "aria-label": title });
    this.card = element("div", { class: "card chart" }, element("h3", {}, title, this.now), this.plot);
    host.append(this.card);
    this.plot.addEventListener("keydown", event => this.move(event));
    new ResizeObserver(() => this.resize()).observe(this.plot);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  /**
   * Shows curves; each has a name, steps and mean, and may have least and greatest, points and a dash.
   */
  set(curves) {
    const there = curves.filter(curve => curve.mean.some(value => value != null));
    this.curves = there;
    this.label(null);
    if (!there.length) {
      this.drop();
      this.plot.replaceChildren(element("div", { class: "none" }, "nothing told yet"));
      return;
    }
    const data = joined(there.map(curve => ({
      steps: curve.steps,
      columns: curve.greatest ? [curve.greatest, curve.least, curve.mean] : [curve.mean],
    })));
    const shape = there.map(curve => curve.name + !!curve.greatest).join();
    if (this.drawn && this.shape === shape) {
      this.drawn.setData(data);
    } else {
      this.shape = shape;
      this.draw(data);
    }
  }

  draw(data) {
    this.drop();
    this.data = data;
    const series = [{}];
    const bands = [];
    for (const [at, curve] of this.curves.entries()) {
      const stroke = at === 0 ? color("--accent") : color(curve.points ? "--deep" : "--mid");
      if (curve.greatest) {
        bands.push({ series: [series.length, series.length + 1], fill: color("--accent-soft") });
        series.push({ stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } });
      }
      series.push({
        label: curve.name, stroke, width: 1.75, dash: curve.dash, spanGaps: true,
        points: { show: !!curve.points, size: 6, fill: stroke },
      });
    }
    const axis = { stroke: color("--faint"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    this.drawn = new uPlot({
      width: this.width(), height: HEIGHT, series, bands,
      scales: { x: { time: false } },
      axes: [
        { ...axis, grid: { show: false }, size: 26 },
        { ...axis, size: 58, values: (plot, ticks) => ticks.map(this.tick) },
      ],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      legend: { show: false },
      hooks: { setCursor: [plot => this.label(plot.cursor.idx)] },
    }, data, this.plot);
  }

  drop() {
    this.drawn?.destroy();
    this.drawn = null;
    this.plot.replaceChildren();
  }

  redraw() {
    if (this.drawn) this.draw(this.drawn.data);
  }

  resize() {
    if (this.drawn && this.drawn.width !== this.width()) this.drawn.setSize({ width: this.width(), height: HEIGHT });
  }

  width() {
    return Math.max(200, Math.floor(this.plot.clientWidth));
  }

  /** What the curves show at a place, or in the end. */
  label(index) {
    const parts = this.curves.map(curve => {
      const step = index == null || !this.drawn ? Infinity : this.drawn.data[0][index];
      let at = curve.steps.length - 1;
      while (at > 0 && (curve.steps[at] > step || curve.mean[at] == null)) at--;
      return (this.curves.length > 1 ? curve.name + " " : "") + this.show(curve.mean[at]);
    });
    const where = index == null || !this.drawn ? "" : `step ${this.drawn.data[0][index].toLocaleString("en")}: `;
    this.now.textContent = where + parts.join(" · ");
    this.plot.setAttribute("aria-label", `${this.title}, ${this.now.textContent}`);
  }

  move(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !this.drawn) return;
    event.preventDefault();
    const last = this.drawn.data[0].length - 1;
    const at = Math.min(last, Math.max(0, (this.drawn.cursor.idx ?? last) + way));
    this.drawn.setCursor({ left: this.drawn.valToPos(this.drawn.data[0][at], "x"), top: HEIGHT / 2 });
  }
}
