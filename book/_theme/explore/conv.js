// <conv-explorer>: which pixels each output reads, and what it makes of them.

import { axes, conv2d, picture, pixel, pointed, products, span } from "./arithmetic.js";
import { Explorer, Grid, define, h, maths, written } from "./element.js";

const DIGITS = "384160725913648205719536280471690352816497";

/** Digits without order. */
export const convInput = (rows, n) => picture(rows, n, (y, x) => +DIGITS[(11 * y + x) % DIGITS.length]);

const choose = (n, i) => (i ? (choose(n, i - 1) * (n - i + 1)) / i : 1);

/** Kernels of any size: binomial weights, all ones, right minus left. */
export const convKernel = (rows, k, name) =>
  picture(rows, k, (i, j) =>
    name === "box" ? 1
    : name === "edge" ? Math.sign(2 * j - k + 1)
    : choose(k - 1, j) * choose(rows - 1, i),
  );

/** The lines of Keras and PyTorch that do the same. */
export function convCode({ k, s, d, padding, axes: dims }, [before, after]) {
  const same = padding === "same";
  const zeros = padding > 0 && `layers.ZeroPadding${dims}D(${padding})`;
  const more = (...pairs) => pairs.map(([on, text]) => (on ? `, ${text}` : "")).join("");
  const keras = `layers.Conv${dims}D(1, ${k}${more([s > 1, `strides=${s}`], [same, 'padding="same"'], [d > 1, `dilation_rate=${d}`])})`;
  // Keras' layer refuses a stride together with a dilation.
  const tf = `tf.nn.conv${dims}d(${zeros ? `${zeros}(x)` : "x"}, kernel, ${s}, "${same ? "SAME" : "VALID"}", dilations=${d})`;
  const even = before === after;
  const torch = `nn.Conv${dims}d(1, 1, ${k}${more([s > 1, `stride=${s}`], [even && before, `padding=${before}`], [d > 1, `dilation=${d}`])})`;
  const sides = Array(+dims).fill(`${before}, ${after}`).join(", ");
  return {
    Keras: s > 1 && d > 1 ? tf : zeros ? `Sequential([${zeros}, ${keras}])` : keras,
    PyTorch: even ? torch : `${torch}(F.pad(x, (${sides})))`,
  };
}

/** Why an answer for o is not right, in a sentence. */
export function convDoubt(answer, { n, k, s, d, padding, before, after }) {
  const room = n + before + after - span(k, d);
  const known = padding === "same"
    ? [
        [Math.floor(n / s), "“same” rounds up: what is left over gets an output, too."],
        [n, "“same” keeps the size only where the stride is 1."],
      ]
    : [
        [Math.floor(room / s), "That counts the steps. Before its first step the window stands somewhere, too: + 1."],
        [Math.ceil(room / s) + 1, "The last of these windows would stick out, so it is dropped: round down."],
        [room + 1, "That is so for stride 1. The window moves s pixels at a time."],
        [Math.ceil(n / s), "That is what “same” promises. Here the window has to stay inside."],
        [Math.floor((room + span(k, d) - k) / s) + 1, "A dilated kernel spans more pixels than it has taps: d (k − 1) + 1."],
        [Math.floor((n - span(k, d)) / s) + 1, "The zeros on both sides count as pixels."],
      ];
  return known.find(([wrong]) => wrong === answer)?.[1] ??
    "How often can the window move by s pixels before its end leaves the input? Add 1 for where it starts.";
}

const listed = (places) => (places.length > 6 ? [...places.slice(0, 6), "…"] : places).join(", ");
/** The names of what is so, as classes of a cell. */
export const kinds = (is) => Object.keys(is).filter((kind) => is[kind]).join(" ");
const times = (count) => (count === 1 ? "once" : `${count} times`);

class ConvExplorer extends Explorer {
  static fields = {
    n: { label: "input", min: 1, max: 12, init: 6 },
    k: { label: "kernel", min: 1, max: 7, init: 3 },
    s: { label: "stride", min: 1, max: 4, init: 1 },
    d: { label: "dilation", min: 1, max: 3, init: 1 },
    p: { label: "zeros a side", min: 0, max: 4, init: 1 },
    padding: { label: "Padding", among: ["valid", "same", "p"], init: "valid" },
    axes: { label: "Axes", among: ["1", "2"], init: "2" },
    kernel: { label: "Weights", among: ["blur", "box", "edge"], init: "blur" },
    readers: { label: "Count readers" },
    predict: { label: "Predict o" },
  };

  static css = `
.middle { display: grid; gap: 1rem; }
@container (max-width: 38rem) { .middle { display: flex; flex-wrap: wrap; } }
`;

  set(changes) {
    // padding="2" is two zeros on each side.
    const { padding } = changes;
    if (/^\s*-?\d/.test(padding)) changes = { ...changes, padding: "p", p: padding };
    this.answer = undefined;
    super.set(changes);
  }

  build() {
    const on = (where) => ({ pick: (y, x, how) => this.pick(where, y, x, how) });
    this.input = new Grid("input", on("in"));
    this.output = new Grid("output", on("out"));
    this.ladder = new Grid("input, and one window a line", { pick: (y, x, how) => this.climb(y, x, how) });
    this.weights = new Grid("kernel");
    this.parts = new Grid("products");
    this.zeros = this.slider("p");
    this.middle = h("div", { class: "middle" }, this.weights.node, this.parts.node);
    this.formula = h("p", { class: "formula" });
    this.problem = h("p", { class: "problem" });
    const check = () => {
      this.answer = this.guess.value && +this.guess.value;
      this.draw();
    };
    this.guess = h("input", { type: "number", min: 0, max: 99, onkeydown: (event) => event.key === "Enter" && check() });
    this.ask = h("div", { class: "line" }, h("label", {}, "How large is the output? o = ", this.guess), this.button("Check", check));
    return [
      h("div", { class: "controls" }, ["n", "k", "s", "d"].map((name) => this.slider(name)), this.zeros),
      h("div", { class: "line" }, this.choice("padding", { p: "p zeros" }), this.choice("axes", { 1: "one", 2: "two" }), this.choice("kernel")),
      h("div", { class: "stage" }, this.input.node, this.middle, this.output.node, this.ladder.node),
      h("div", { class: "line" }, this.button("Back", () => this.step(-1)), this.button("Next window", () => this.step(1)),
        this.toggle("readers"), this.toggle("predict")),
      this.ask, this.problem, this.said, this.formula, this.lines,
    ];
  }

  /** A line of the ladder is an output; its first line is the input. */
  climb(y, x, how) {
    const { before, n } = this.columns;
    if (y) this.pick("out", 0, y - 1, how);
    else if (x >= before && x < before + n) this.pick("in", 0, x, how);
  }

  /** The next output, or the one before, row by row. */
  step(by) {
    const { o } = this.columns;
    const [where, y, x] = this.at;
    const all = this.rows.o * o;
    const next = ((where === "out" ? y * o + x : 0) + by + all) % all;
    if (all) this.pick("out", Math.floor(next / o), next % o, "step");
  }

  draw() {
    const { n, k, s, d, p, padding, axes: dims, kernel, readers, predict } = this.state;
    const rule = padding === "p" ? p : padding;
    const two = dims === "2";
    const x = convInput(two ? n : 1, n);
    const weights = convKernel(two ? k : 1, k, kernel);
    const { rows, columns } = axes(x.length, n, k, s, d, rule, +dims);
    Object.assign(this, { rows, columns });
    const { o, before, after } = columns;
    const y = conv2d(x, weights, s, d, rule, +dims);
    const fits = o > 0;
    const hidden = fits && predict && this.answer !== o;
    const open = fits && !hidden;

    const { at, out, here, ...all } = pointed(this.at ?? ["out", 1, 1], rows, columns);
    this.at = at;
    const [, i, j] = at;
    const [taps, by] = open ? [all.taps, all.by] : [[], []];
    const parts = products(x, weights, taps);
    const [read, reads] = [taps, by].map((places) => new Set(places.map(String)));
    const count = (row, column) => rows.readers[row].length * columns.readers[column].length;
    const named = (row, column) => (two ? `(${row}, ${column})` : column);
    const size = (m) => `<b>${two ? `${m} × ${m}` : m}</b>`;

    const cell = (row, column) => {
      const inside = pixel(x, [row, column]) !== undefined;
      const counted = inside && readers && open;
      const text = counted ? count(row, column) : (pixel(x, [row, column]) ?? 0);
      const is = {
        padding: !inside,
        unread: inside && open && !count(row, column),
        read: read.has(`${row},${column}`),
        here: !out && `${here}` === `${row},${column}`,
      };
      const name = inside ? `pixel ${named(row, column)}` : "padding";
      const told = `${name}: ${counted ? `read ${times(text)}` : text}${is.read ? ", read now" : ""}`;
      return { text, told, kind: kinds(is) };
    };
    const result = (row, column) => ({
      text: y[row][column],
      kind: kinds({ here: taps.length && row === i && column === j, also: reads.has(`${row},${column}`) }),
      told: `output ${named(row, column)}: ${written(y[row][column])}`,
    });
    const shown = `${readers && open ? "how often each pixel is read" : "input"} ${size(n)}`;

    this.zeros.hidden = padding !== "p";
    this.ask.hidden = !(predict && fits);
    this.input.node.hidden = this.middle.hidden = !two;
    this.output.node.hidden = !(two && open);
    this.ladder.node.hidden = two;
    this.parts.node.hidden = !taps.length;
    const width = before + n + after;
    if (two) {
      const square = (grid, name, numbers, note = "") =>
        grid.draw(k, k, `${name} ${note}`, (r, c) => ({ text: numbers[r * k + c] }), `${name}: ${numbers.join(" ")}`);
      this.input.draw(width, width, shown + (width > n ? `, padded ${size(width)}` : ""), (r, c) => cell(r - before, c - before));
      square(this.weights, "kernel", weights.flat(), size(k));
      if (taps.length) square(this.parts, "products", parts, `with sum <b>${written(y[i][j])}</b>`);
      if (open) this.output.draw(o, o, `output ${size(o)}`, result);
    } else {
      const title = `${shown}; below it one window a line${open ? `, and its sum: output ${size(o)}` : ""}`;
      this.ladder.draw(open ? 1 + o : 1, width + 2, title, (line, column) => {
        if (line && column > width) return result(0, line - 1);
        if (!line && column < width) return cell(0, column - before);
        const tap = line ? columns.taps[line - 1].indexOf(column - before) : -1;
        if (tap < 0) return { kind: "empty", told: line ? `output ${line - 1}: not read` : "nothing" };
        const is = { read: taps.length && j === line - 1, also: reads.has(`0,${line - 1}`) && here[1] === column - before };
        return { text: weights[0][tap], kind: kinds(is), told: `output ${line - 1}: weight ${weights[0][tap]}` };
      });
    }

    this.problem.hidden = fits;
    this.said.hidden = this.lines.hidden = !fits;
    this.formula.hidden = !open;
    this.problem.textContent = `The kernel spans ${span(k, d)} pixels, but the ${before ? "padded " : ""}input has ${width}: it fits nowhere, so there is no output. Take a smaller kernel or dilation, a larger input, or padding.`;
    const zeros = rule > 0;
    this.formula.innerHTML = rule === "same"
      ? `${maths(`o = ⌈ n / s ⌉ = ⌈ ${n} / ${s} ⌉ = ${o}`)} <span class="soft">with zeros, ${before} before and ${after} after</span>`
      : maths(`o = ⌊ ( n ${zeros ? "+ 2 p " : ""} − span ) / s ⌋ + 1 = ⌊ ( ${n} ${zeros ? `+ ${2 * rule}` : ""} − ${span(k, d)} ) / ${s} ⌋ + 1 = ${o}`) +
        ` <span class="soft">where</span> ${maths("span = d ( k − 1 ) + 1")}`;
    this.code(convCode({ ...this.state, padding: rule }, [before, after]));

    if (!fits) return;
    if (hidden) {
      const facts = { ...this.state, ...columns, padding: rule };
      this.say(this.answer ? `Not ${this.answer}. ${convDoubt(this.answer, facts)}` : "Count how often the window fits, then check.");
      return;
    }
    const total = n * x.length;
    const never = total - x.flatMap((line, r) => line.filter((_, c) => count(r, c))).length;
    const end = never ? ` Struck through: ${never} of ${total} pixels, which no output reads.` : "";
    const right = predict ? `Right: o = ${o}. ` : "";
    if (!out) {
      const who = by.length ? `is read ${times(by.length)}, by output ${listed(by.map((place) => named(...place)))}.` : "is read by no output.";
      this.say(`${right}Pixel ${named(...here)} ${who}${end}`);
      return;
    }
    const outside = taps.filter((place) => pixel(x, place) === undefined).length;
    const pads = outside ? ` Of its ${taps.length} taps ${outside} ${outside === 1 ? "stands" : "stand"} on padding.` : "";
    const terms = taps.map((place, t) => `${written(weights.flat()[t])}·${pixel(x, place) ?? 0}`);
    const from = `${two ? `rows ${listed(rows.taps[i])} and columns` : "pixels"} ${listed(columns.taps[j])}`;
    this.say(
      `${right}Output ${named(i, j)} reads ${from}: each pixel times its weight, all added up.${pads}${end}`,
      `${(terms.length > 12 ? [...terms.slice(0, 11), "…"] : terms).join(" + ")} = ${written(y[i][j])}`,
    );
  }
}

define("conv-explorer", ConvExplorer);
