// Lines over time as SVG, in colours of the style sheet. A pointer, or the arrow keys, read a point out.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 180, LEFT = 46, RIGHT = 8, TOP = 8, BOTTOM = 20;

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (parent) parent.append(made);
  return made;
}

/** The smallest number not below a value whose quarters are round too. */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= value * 0.999999);
}

export function short(value) {
  if (value === null || value === undefined) return "–";
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)}k`;
  if (value >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return value.toFixed(value < 1 ? 2 : 1);
}

/**
 * Draws into `box` (a `figure`), again with each call of `draw`. `lines` are {name, unit, kind}: `kind` is the class of
 * colour. `texts.summary` is what a screen reader is told.
 */
export class Plot {
  constructor(box, lines, texts) {
    Object.assign(this, { box, lines, texts, times: [], values: [], at: null });
    this.legend = document.createElement("figcaption");
    this.keys = lines.map((line) => {
      const entry = document.createElement("span"), value = document.createElement("b");
      entry.className = `plot-key plot-${line.kind}`;
      entry.append(`${line.name} `, value);
      this.legend.append(entry);
      return value;
    });
    this.svg = element("svg", { class: "plot", tabindex: 0, role: "img", height: HEIGHT });
    box.replaceChildren(this.legend, this.svg);
    this.svg.addEventListener("pointermove", (event) => this.read(this.nearest(event.clientX)));
    this.svg.addEventListener("pointerleave", () => this.read(null));
    this.svg.addEventListener("blur", () => this.read(null));
    this.svg.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step || !this.times.length) return;
      event.preventDefault();
      this.read(Math.min(this.times.length - 1, Math.max(0, (this.at ?? this.times.length) + step)));
    });
    new ResizeObserver(() => this.draw()).observe(box);
  }

  /** `times` in epoch milliseconds, ascending; `values` a list for each line, with null for what is not known. */
  show(times, values, label) {
    Object.assign(this, { times, values, label });
    this.draw();
  }

  x(place) { return LEFT + ((this.times[place] - this.times[0]) / (this.times.at(-1) - this.times[0] || 1)) * this.width; }

  y(value) { return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / this.top); }

  nearest(clientX) {
    const wanted = clientX - this.svg.getBoundingClientRect().left;
    let best = null;
    for (let place = 0; place < this.times.length; place++)
      if (best === null || Math.abs(this.x(place) - wanted) < Math.abs(this.x(best) - wanted)) best = place;
    return best;
  }

  draw() {
    this.width = Math.max(50, this.legend.clientWidth - LEFT - RIGHT);
    this.top = round(Math.max(...this.values.flat().filter((value) => value !== null), 0) || 1);
    this.svg.replaceChildren();
    this.svg.setAttribute("width", this.width + LEFT + RIGHT);
    for (let step = 0; step <= 4; step++) {
      const value = (this.top * step) / 4, y = this.y(value);
      element("line", { class: "plot-grid", x1: LEFT, x2: LEFT + this.width, y1: y, y2: y }, this.svg);
      element("text", { class: "plot-tick", x: LEFT - 6, y: y + 4, "text-anchor": "end" }, this.svg).textContent = short(value);
    }
    if (this.times.length) this.axis();
    this.lines.forEach((line, number) => this.line(line, this.values[number] || []));
    this.cursor = element("line", { class: "plot-cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" }, this.svg);
    this.when = element("text", { class: "plot-tick plot-when", y: TOP + 10 }, this.svg); // in the picture: the page keeps its shape
    this.svg.setAttribute("aria-label", this.lines.map((line, number) => this.summary(line, this.values[number] || [])).join("; "));
    this.read(this.at !== null && this.at < this.times.length ? this.at : null);
  }

  axis() {
    const last = this.times.length - 1, most = Math.min(Math.max(2, Math.floor(this.width / 110)), Math.max(1, last));
    for (let step = 0; step <= most; step++) {
      const place = Math.round((last * step) / most), anchor = ["start", "middle", "end"][step === most ? 2 : Math.min(step, 1)];
      const tick = element("text", { class: "plot-tick", x: this.x(place), y: HEIGHT - 4, "text-anchor": anchor }, this.svg);
      tick.textContent = this.label(this.times[place]);
      if (!last) break;
    }
  }

  line(line, values) {
    let path = "", from = null;
    values.forEach((value, place) => {
      if (value === null) from = null;
      else path += `${from === null ? "M" : "L"}${this.x(place).toFixed(1)} ${this.y(value).toFixed(1)}h0`; // a lone point is a dot
      from = value;
    });
    if (line.filled && path.lastIndexOf("M") === 0)
      element("path", { class: `plot-area plot-${line.kind}`, d: `${path}L${this.x(values.length - 1)} ${this.y(0)}L${this.x(0)} ${this.y(0)}Z` }, this.svg);
    element("path", { class: `plot-line plot-${line.kind}`, d: path }, this.svg);
  }

  summary(line, values) {
    const known = values.filter((value) => value !== null);
    const words = { name: line.name, last: short(known.at(-1)) + line.unit, most: short(known.length ? Math.max(...known) : null) + line.unit };
    return this.texts.summary.replace(/\{(\w+)\}/g, (_found, word) => words[word]);
  }

  read(place) {
    this.at = place;
    const shown = place ?? this.times.length - 1;
    this.keys.forEach((key, number) => { key.textContent = short(this.values[number]?.[shown]) + this.lines[number].unit; });
    if (this.when) this.when.textContent = place === null ? "" : this.label(this.times[place]);
    if (place === null) return this.cursor?.setAttribute("visibility", "hidden");
    const x = this.x(place), isLeft = x < LEFT + this.width / 2;
    for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, x);
    this.when.setAttribute("x", x + (isLeft ? 5 : -5));
    this.when.setAttribute("text-anchor", isLeft ? "start" : "end");
    this.cursor.setAttribute("visibility", "visible");
  }
}
