// <conv-explorer>: which pixels each output reads, and what it makes of them.

import { axes, clamp, conv2d, picture, pixel, products, span } from "./arithmetic.js";
import { Explorer, Grid, define, h, written } from "./element.js";

const DIGITS = "384160725913648205719536280471690352816497";

/** Inputs with known answers: digits without order, a ramp, an edge. */
export const convInput = (rows, n, values) =>
  picture(rows, n, (y, x) =>
    values === "ramp" ? x + 1 : values === "edge" ? 9 * (x >= n / 2) : +DIGITS[(11 * y + x) % DIGITS.length],
  );

const choose = (n, i) => (i ? (choose(n, i - 1) * (n - i + 1)) / i : 1);

/** Kernels of any size: all ones, right minus left, binomial weights. */
export const convKernel = (rows, k, name) =>
  picture(rows, k, (i, j) =>
    name === "edge" ? Math.sign(2 * j - k + 1)
    : name === "blur" ? choose(k - 1, j) * (rows > 1 ? choose(k - 1, i) : 1)
    : 1,
  );

/** The lines that do the same elsewhere. */
export function convCode({ n, k, s, d, padding, axes: dims }, [before, after]) {
  const D = `${dims}D`, d2 = `${dims}d`;
  const keras = (rule) => {
    const parts = [1, k];
    if (s > 1) parts.push(`strides=${s}`);
    if (rule === "same") parts.push('padding="same"');
    if (d > 1) parts.push(`dilation_rate=${d}`);
    return `layers.Conv${D}(${parts.join(", ")})`;
  };
  const number = typeof padding === "number" && padding > 0;
  const both = s > 1 && d > 1; // which Keras' layer refuses
  const tf = (x) => `tf.nn.convolution(${x}, kernel, ${s}, "${padding === "same" ? "SAME" : "VALID"}", dilations=${d})`;
  const zeros = `layers.ZeroPadding${D}(${padding})`;
  const torch = ["1, 1", k];
  if (s > 1) torch.push(`stride=${s}`);
  if (before === after && before) torch.push(`padding=${before}`);
  if (d > 1) torch.push(`dilation=${d}`);
  const layer = `nn.Conv${d2}(${torch.join(", ")})`;
  const sides = Array(+dims).fill(`${before}, ${after}`).join(", ");
  return {
    Keras: both ? (number ? tf(`${zeros}(x)`) : tf("x")) : number ? `Sequential([${zeros}, ${keras("valid")}])` : keras(padding),
    PyTorch: before === after ? `${layer}(x)` : `${layer}(F.pad(x, (${sides})))`,
  };
}

/** Why an answer for o is not right, in one sentence. */
export function convDoubt(answer, { n, k, s, d, padding }, { before, after }) {
  const room = n + before + after - span(k, d);
  if (padding === "same") {
    if (answer === Math.floor(n / s)) return "“same” rounds up: what is left over gets an output, too.";
    if (answer === n) return "“same” keeps the size only where the stride is 1.";
    return "“same” promises one output for every s input pixels, and one for the rest.";
  }
  if (answer === Math.floor(room / s)) return "That counts the steps. The window also stands somewhere before its first step: + 1.";
  if (answer === Math.ceil(room / s) + 1) return "The last of these windows would stick out. Round down: it is dropped.";
  if (answer === room + 1) return "That is so for stride 1. The window moves s pixels at a time.";
  if (answer === Math.ceil(n / s)) return "That is what “same” promises. Here the window has to stay inside.";
  if (d > 1 && answer === Math.floor((n + before + after - k) / s) + 1) return "With dilation the kernel spans more pixels than it has taps: d (k − 1) + 1.";
  if (before && answer === Math.floor((n - span(k, d)) / s) + 1) return "The zeros on both sides count as pixels.";
  return "How often can the window move by s pixels before its end leaves the input? Add 1 for where it starts.";
}

const places = (list) => (list.length > 6 ? [...list.slice(0, 6), "…"] : list).join(", ");

class ConvExplorer extends Explorer {
  static fields = {
    n: { label: "input", min: 1, max: 12, init: 6 },
    k: { label: "kernel", min: 1, max: 7, init: 3 },
    s: { label: "stride", min: 1, max: 4, init: 1 },
    d: { label: "dilation", min: 1, max: 3, init: 1 },
    p: { label: "zeros on each side", min: 0, max: 4, init: 1 },
    padding: { label: "Padding", among: ["valid", "same", "p"], init: "valid" },
    axes: { label: "Axes", among: ["1", "2"], init: "2" },
    values: { label: "Pixels", among: ["digits", "ramp", "edge"], init: "digits" },
    kernel: { label: "Weights", among: ["box", "edge", "blur"], init: "box" },
    readers: { label: "Count how often each pixel is read" },
    predict: { label: "Predict o first" },
  };

  static css = `
.middle { display: grid; gap: 1rem; }
@container (max-width: 38rem) { .middle { display: flex; flex-wrap: wrap; } }
.cell.result { margin-left: -1px; }
`;

  set(changes) {
    // padding="2" is padding="p" with p="2".
    const zeros = changes.padding;
    if (zeros != null && String(zeros).trim() !== "" && Number.isFinite(+zeros)) changes = { ...changes, padding: "p", p: zeros };
    this.answer = undefined;
    super.set(changes);
  }

  build() {
    const on = (where) => ({ pick: (y, x, how) => this.pick(where, y, x, how) });
    this.input = new Grid("input", on("in"));
    this.output = new Grid("output", on("out"));
    this.ladder = new Grid("input, and who reads it", { pick: (y, x, how) => this.pickLadder(y, x, how) });
    this.weights = new Grid("kernel");
    this.parts = new Grid("products");
    this.p = this.slider("p");
    this.middle = h("div", { class: "middle" }, this.weights.node, this.parts.node);
    this.stage = h("div", { class: "stage" }, this.input.node, this.middle, this.output.node, this.ladder.node);
    this.formula = h("p", { class: "formula" });
    this.problem = h("p", { class: "problem" });
    this.guess = h("input", { type: "number", min: 0, max: 99, "aria-label": "your o",
      onkeydown: (event) => event.key === "Enter" && this.check() });
    this.ask = h("div", { class: "line" }, h("label", {}, "How large is the output? o = ", this.guess), this.button("Check", () => this.check()));
    this.steps = h("div", { class: "line" },
      this.button("‹ Back", () => this.step(-1)), this.button("Next window ›", () => this.step(1)),
      this.toggle("readers"), this.toggle("predict"));
    return [
      h("div", { class: "controls" }, this.slider("n"), this.slider("k"), this.slider("s"), this.slider("d"), this.p),
      h("div", { class: "line" }, this.choice("padding", { p: "p zeros" }), this.choice("axes", { 1: "one", 2: "two" }),
        this.choice("values"), this.choice("kernel")),
      this.steps, this.ask, this.stage, this.problem, this.said, this.formula, this.lines,
    ];
  }

  /** What Keras would be told: "valid", "same" or a number of zeros. */
  get rule() {
    return this.state.padding === "p" ? this.state.p : this.state.padding;
  }

  pickLadder(y, x, how) {
    const column = x - this.at2.columns.before;
    if (y) this.pick("out", 0, y - 1, how);
    else if (column >= 0 && column < this.state.n) this.pick("in", 0, x, how);
  }

  /** The next output, row by row. */
  step(by) {
    const { rows, columns } = this.at2;
    const [where, y, x] = this.at;
    const now = where === "out" ? y * columns.o + x : by > 0 ? -1 : 0;
    const next = (now + by + rows.o * columns.o) % (rows.o * columns.o);
    this.pick("out", Math.floor(next / columns.o), next % columns.o, "step");
  }

  check() {
    this.answer = this.guess.value === "" ? undefined : +this.guess.value;
    this.draw();
  }

  draw() {
    const { n, k, s, d, values, kernel, readers, predict, axes: dims } = this.state;
    const rule = this.rule;
    const two = dims === "2";
    const x = convInput(two ? n : 1, n, values);
    const weights = convKernel(two ? k : 1, k, kernel);
    const { rows, columns } = (this.at2 = axes(x.length, n, k, s, d, rule));
    const y = conv2d(x, weights, s, d, rule);
    const { o, before, after } = columns;
    const fits = o > 0;
    const hidden = predict && fits && this.answer !== o;
    this.p.hidden = this.state.padding !== "p";
    this.ask.hidden = !predict || !fits;
    this.place(rows, columns);
    const [where, i, j] = this.at;
    const out = where === "out" && !hidden && fits;
    const taps = out ? rows.taps[i].map((row) => columns.taps[j].map((column) => [row, column])) : [];
    const read = new Set(taps.flat().map(String));
    const [top, bottom] = [rows.before, rows.after];
    const count = (row, column) => rows.readers[row].length * columns.readers[column].length;
    const picked = where === "in" ? [i - top, j - before] : [];
    const reads = (row, column) => where === "in" && !hidden && rows.readers[picked[0]].includes(row) && columns.readers[picked[1]].includes(column);

    const cell = (row, column) => {
      const there = row >= 0 && row < x.length && column >= 0 && column < n;
      const kinds = [];
      const name = two ? `row ${row}, column ${column}` : `pixel ${column}`;
      if (!there) kinds.push("padding");
      else if (fits && !hidden && !count(row, column)) kinds.push("unread");
      if (read.has(String([row, column]))) kinds.push("read");
      if (where === "in" && String(picked) === String([row, column])) kinds.push("here");
      const text = there && readers && !hidden ? count(row, column) : pixel(x, [row, column]);
      const told = there ? `${name}: ${readers && !hidden ? `read ${text} times` : text}${kinds.includes("unread") ? ", never read" : ""}` : `padding: 0`;
      return { text, kind: kinds.join(" "), told: kinds.includes("read") ? `${told}, read now` : told };
    };
    const result = (row, column) => {
      const kind = out && row === i && column === j ? "here" : reads(row, column) ? "also" : "";
      return { text: y[row][column], kind, told: `output ${two ? `${row}, ${column}` : column}: ${written(y[row][column])}` };
    };
    const size = (o) => (two ? `${o} × ${o}` : o);
    const shown = readers && !hidden ? "how often each pixel is read" : "input";

    this.input.node.hidden = this.middle.hidden = !two;
    this.output.node.hidden = !two || hidden || !fits;
    this.ladder.node.hidden = two;
    if (two) {
      const padded = before + after ? `, with padding <b>${size(n + before + after)}</b>` : "";
      this.input.draw(top + n + bottom, before + n + after, `${shown} <b>${size(n)}</b>${padded}`, (r, c) => cell(r - top, c - before));
      this.weights.draw(k, k, `kernel <b>${size(k)}</b>`, (r, c) => ({ text: weights[r][c] }), `kernel: ${weights.map((line) => line.join(" ")).join("; ")}`);
      const parts = out ? products(x, weights, taps) : [];
      this.parts.node.hidden = !out;
      if (out) this.parts.draw(k, k, `products, sum <b>${written(y[i][j])}</b>`, (r, c) => ({ text: parts[r][c], kind: "read" }), `products: ${parts.map((line) => line.join(" ")).join("; ")}`);
      if (!hidden) this.output.draw(rows.o, o, `output <b>${size(o)}</b>`, result);
    } else {
      const width = before + n + after;
      const lines = hidden || !fits ? 0 : o;
      this.ladder.draw(1 + lines, width + 2, `${shown} <b>${n}</b>; below it one window a line, and its sum${lines ? `: output <b>${o}</b>` : ""}`, (r, c) => {
        if (c === width || (!r && c > width)) return { kind: "empty", told: " " };
        if (!r) return cell(0, c - before);
        if (c > width) return result(0, r - 1);
        const tap = columns.taps[r - 1].indexOf(c - before);
        if (tap < 0) return { kind: "empty", told: `output ${r - 1} does not read this` };
        const now = out && j === r - 1 ? "read" : reads(0, r - 1) && picked[1] === c - before ? "also" : "";
        return { text: weights[0][tap], kind: now, told: `output ${r - 1}: weight ${weights[0][tap]}` };
      });
    }

    this.problem.hidden = fits;
    if (!fits)
      this.problem.textContent = `The kernel spans ${span(k, d)} pixels, but the ${before ? "padded " : ""}input has ${n + before + after}: it fits nowhere, so there is no output. Take a smaller kernel or dilation, a larger input, or padding.`;
    this.said.hidden = !fits;
    if (fits) this.say(...this.sentence({ hidden, two, x, y, weights, taps, picked, count }));
    const f = { same: `⌈<i>n</i> / <i>s</i>⌉ = ⌈${n} / ${s}⌉`, valid: `⌊(<i>n</i> − span) / <i>s</i>⌋ + 1 = ⌊(${n} − ${span(k, d)}) / ${s}⌋ + 1` }[rule]
      ?? `⌊(<i>n</i> + 2<i>p</i> − span) / <i>s</i>⌋ + 1 = ⌊(${n} + ${2 * rule} − ${span(k, d)}) / ${s}⌋ + 1`;
    const spans = rule === "same" ? "" : ` <span class="soft">with span = <i>d</i> (<i>k</i> − 1) + 1 = ${span(k, d)}</span>`;
    const zeros = rule === "same" ? ` <span class="soft">with ${before} ${before === 1 ? "zero" : "zeros"} before and ${after} after</span>` : "";
    this.formula.hidden = !fits || hidden;
    this.formula.innerHTML = `<i>o</i> = ${f} = <b>${o}</b>${spans}${zeros}`;
    this.lines.hidden = !fits;
    this.code(convCode({ ...this.state, padding: rule }, [before, after]));
  }

  /** Keep what is pointed at inside what is there. */
  place(rows, columns) {
    const [where, y, x] = this.at ?? ["out", 1, 1];
    const end = (axis) => (where === "out" ? axis.o : axis.before + axis.n + axis.after) - 1;
    const inside = (at, axis) => (where === "out" ? clamp(at, 0, Math.max(end(axis), 0)) : clamp(at, axis.before, axis.before + axis.n - 1));
    this.at = [where, inside(y, rows), inside(x, columns)];
  }

  sentence({ hidden, two, x, y, weights, taps, picked, count }) {
    const { rows, columns } = this.at2;
    const [where, i, j] = this.at;
    if (hidden)
      return this.answer === undefined
        ? ["Count in your head how often the window fits, then check."]
        : [`Not ${this.answer}. ${convDoubt(this.answer, { ...this.state, padding: this.rule }, columns)}`];
    const right = this.state.predict ? `Right, o = ${columns.o}. ` : "";
    const total = rows.n * columns.n;
    const read = rows.readers.filter((r) => r.length).length * columns.readers.filter((c) => c.length).length;
    const never = read < total ? ` Never read, by no output: ${total - read} of ${total} pixels, struck through.` : "";
    if (where === "in") {
      const by = rows.readers[picked[0]].flatMap((r) => columns.readers[picked[1]].map((c) => (two ? `(${r}, ${c})` : c)));
      const name = two ? `Pixel (${picked.join(", ")})` : `Pixel ${picked[1]}`;
      return [right + (by.length ? `${name} is read ${by.length === 1 ? "once" : `${by.length} times`}, by output ${places(by)}.` : `${name} is never read, by no output.`) + never];
    }
    const flat = taps.flat();
    const padded = flat.filter(([r, c]) => x[r]?.[c] === undefined).length;
    const terms = flat.map((at, t) => `${written(weights.flat()[t])}·${pixel(x, at)}`);
    const name = two ? `Output (${i}, ${j})` : `Output ${j}`;
    const zeros = padded ? ` ${padded} of its ${flat.length} taps ${padded === 1 ? "stands" : "stand"} on padding.` : "";
    const sum = `${(terms.length > 16 ? [...terms.slice(0, 15), "…"] : terms).join(" + ")} = ${written(y[i][j])}`;
    return [`${right}${name} reads ${two ? `rows ${places(rows.taps[i])} and columns` : "pixels"} ${places(columns.taps[j])}: each pixel times its weight, and all added up.${zeros}${never}`, sum];
  }
}

define("conv-explorer", ConvExplorer);
