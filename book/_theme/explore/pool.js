// <pool-explorer>: what a window keeps, where its gradient goes, what a shift changes; on
// numbers to edit, and on the circle of the chapter on max pooling, to drag.

import { axes, chain, circle, clamp, moved, pixel, pointed, pool2d, range, rolled, routed, same } from "./arithmetic.js";
import { convInput, kinds } from "./conv.js";
import { Explorer, Grid, define, h, paint, written } from "./element.js";

const STILL = circle();

/** The lines that pool alike, by library. */
export function poolCode({ n, k, s, padding, mode }) {
  if (mode === "global")
    return { Keras: "layers.GlobalAveragePooling2D()", einops: 'reduce(x, "b h w c -> b c", "mean")', PyTorch: "nn.AdaptiveAvgPool2d(1)" };
  const [layer, torch, name] = mode === "max" ? ["Max", "Max", "max"] : ["Average", "Avg", "mean"];
  const rule = padding === "same" ? ', padding="same"' : "";
  const lines = { Keras: `layers.${layer}Pooling2D(${k}${s === k ? "" : `, strides=${s}`}${rule})` };
  if (k === s && n % k === 0) lines.einops = `reduce(x, "b (h i) (w j) c -> b h w c", "${name}", i=${k}, j=${k})`;
  if (!rule) lines.PyTorch = `nn.${torch}Pool2d(${k}${s === k ? "" : `, ${s}`})`;
  return lines;
}

class PoolExplorer extends Explorer {
  static fields = {
    n: { label: "input", min: 2, max: 12, init: 6 },
    k: { label: "window", min: 1, max: 4, init: 2 },
    s: { label: "stride", min: 1, max: 4, init: 2 },
    right: { label: "right", min: -8, max: 8, init: 0 },
    down: { label: "down", min: -8, max: 8, init: 0 },
    padding: { label: "Padding", among: ["valid", "same"], init: "valid" },
    mode: { label: "Keep", among: ["max", "avg", "global"], init: "max" },
    view: { label: "On", among: ["numbers", "circle"], init: "numbers" },
    ties: { label: "Of equal maxima", among: ["first", "share"], init: "first" },
    gradient: { label: "Send a gradient back" },
  };

  static css = `
canvas { background: #000; border: 1px solid var(--line); display: block; image-rendering: pixelated; width: 100%; }
.drag { cursor: grab; touch-action: none; }
.big { width: 15rem; }
.side { display: grid; gap: 1.25rem; }
.side .slider { width: 10.5rem; }
.small { display: grid; flex: 1; gap: 1rem 1.25rem; grid-template-columns: repeat(2, minmax(6.5rem, 8.5rem)); }
.lamp { font-size: .9rem; margin: .3rem 0 0; color: var(--note); }
.lamp.on { color: var(--good); font-weight: 650; }
.cell.changed::after { background: var(--note); border-radius: 50%; content: ""; height: .35rem; position: absolute; right: .15rem; top: .15rem; width: .35rem; }
.cell.here.changed::after { background: currentColor; }
`;

  set(changes) {
    // The stride is the window's size until it is chosen.
    const { k, s } = this.state;
    const chosen = !this.shadowRoot && this.hasAttribute("s");
    super.set("k" in changes && !("s" in changes) && k === s && !chosen ? { ...changes, s: changes.k } : changes);
  }

  build() {
    this.base = convInput(12, 12);
    this.input = new Grid("input; type a digit to change a pixel", {
      pick: (y, x, how) => this.pick("in", y, x, how),
      type: (y, x, key) => (/^\d$/.test(key) ? this.put(+key) : key === "-" && this.put(-this.shown[y][x])),
    });
    this.output = new Grid("output", { pick: (y, x, how) => this.pick("out", y, x, how) });
    this.problem = h("p", { class: "problem" });
    this.value = h("input", { type: "range", min: -9, max: 9, oninput: () => this.put(+this.value.value) });
    this.named = h("span");
    this.number = h("output");
    this.edit = h("label", { class: "slider" }, h("i"), this.named, this.number, this.value);
    const global = () => this.state.mode === "global";
    this.sizes = ["n", "k", "s"].map((field) => this.slider(field, { off: () => field !== "n" && global() }));
    this.choices = [this.choice("padding"), this.toggle("gradient"), this.choice("ties")];
    this.pictures = range(5).map((i) => {
      const canvas = h("canvas", { role: "img", class: i ? "" : "drag" });
      const lamp = h("p", { class: "lamp" });
      const size = `${64 >> i} × ${64 >> i}`;
      return { canvas, lamp, size, node: h("figure", { class: `box ${i ? "" : "big"}` }, h("figcaption", { class: "title" }, h("b", {}, size), i ? "" : ", drag it"), canvas, lamp) };
    });
    this.drag(this.pictures[0].canvas);
    this.numbers = h("div", { class: "stage" }, this.input.node, h("div", { class: "side" }, this.output.node, this.edit));
    const [big, ...small] = this.pictures.map((picture) => picture.node);
    this.circle = h("div", { class: "stage" }, big, h("div", { class: "small" }, small));
    return [
      h("div", { class: "line" }, this.choice("view"), this.choice("mode")),
      h("div", { class: "controls" }, this.sizes, this.slider("right", { letter: "→" }), this.slider("down", { letter: "↓" })),
      (this.line = h("div", { class: "line" }, this.choices)),
      this.numbers, this.circle, this.problem, this.said, this.lines,
    ];
  }

  /** Change the pixel that is pointed at. */
  put(value) {
    const [where, y, x] = this.at;
    if (where !== "in") return false;
    const { n, down, right } = this.state;
    const at = (i) => ((i % n) + n) % n;
    this.base[at(y - down)][at(x - right)] = clamp(value, -9, 9);
    this.refresh();
    return true;
  }

  drag(canvas) {
    let from;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      from = [event.clientX, event.clientY, this.state.right, this.state.down];
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!from) return;
      const scale = 64 / canvas.clientWidth;
      this.set({ right: from[2] + (event.clientX - from[0]) * scale, down: from[3] + (event.clientY - from[1]) * scale });
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (from = undefined));
  }

  draw() {
    const round = this.state.view === "circle";
    this.circle.hidden = !round;
    this.numbers.hidden = this.line.hidden = round;
    for (const node of this.sizes) node.hidden = round;
    this.problem.hidden = true;
    this.said.hidden = this.lines.hidden = false;
    if (round) this.drawCircle();
    else this.drawNumbers();
  }

  drawCircle() {
    const { right, down, mode } = this.state;
    const pool = mode === "max" ? "max" : "avg";
    const before = chain(STILL, pool);
    const after = chain(moved(STILL, down, right), pool);
    this.verdicts = after.map((x, i) => same(x, before[i]));
    this.pictures.forEach(({ canvas, lamp, size }, i) => {
      const [then, now] = [before[i].flat(), after[i].flat()];
      paint(canvas, 64 >> i, 64 >> i, (at) => 255 * now[at]);
      const other = now.filter((x, at) => x !== then[at]).length;
      lamp.textContent = other ? `○ ${other} changed` : "✓ identical";
      lamp.classList.toggle("on", !other);
      canvas.setAttribute("aria-label", `the circle in ${size} pixels, ${lamp.textContent.slice(2)}`);
    });
    const kept = this.pictures.filter((_, i) => this.verdicts[i]).map(({ size }) => size);
    const how = pool === "max" ? "max" : "average";
    this.say(
      right || down
        ? `Moved ${right} to the right and ${down} down. ` + (kept.length ? `After ${how} pooling the circle looks as if it had not moved at ${kept.join(" and ")}; the other pictures are changed.` : "Every picture is changed, from 64 × 64 to 4 × 4.")
        : "The circle is where it began, so every picture is identical. Move it by a few pixels.",
    );
    this.code({ Keras: `Sequential([layers.${pool === "max" ? "Max" : "Average"}Pooling2D(2) for _ in range(4)])` });
  }

  drawNumbers() {
    const { n, padding, mode, gradient, ties, right, down } = this.state;
    const global = mode === "global";
    const [k, s] = global ? [n, n] : [this.state.k, this.state.s];
    const pool = mode === "max" ? "max" : "avg";
    const rule = global ? "valid" : padding;
    const base = this.base.slice(0, n).map((line) => line.slice(0, n));
    const x = (this.shown = rolled(base, down, right));
    const { rows, columns } = axes(n, n, k, s, 1, rule);
    const { o, before, after } = columns;
    this.choices[0].disabled = global;
    this.choices[2].hidden = !(gradient && mode === "max");
    this.output.node.hidden = this.lines.hidden = this.said.hidden = !o;
    this.problem.hidden = !!o;
    this.problem.textContent = o ? "" : `A window of ${k} does not fit into ${n} pixels: there is no output. Take a smaller window, or “same”.`;
    const y = pool2d(x, k, s, rule, pool);
    const back = routed(x, k, s, rule, pool, ties);
    const still = pool2d(base, k, s, rule, pool);

    const { at, out, here, taps, by } = pointed(this.at ?? ["out", 0, 0], rows, columns);
    this.at = at;
    const [, i, j] = at;
    const window = taps.filter((place) => pixel(x, place) !== undefined);
    const winners = window.filter((place) => pool === "max" && pixel(x, place) === y[i][j]);
    const [read, wins, reads] = [window, winners, by].map((places) => new Set(places.map(String)));

    const size = (m) => `<b>${m} × ${m}</b>`;
    this.input.draw(before + n + after, before + n + after, `${gradient ? "gradient sent back" : "input"} ${size(n)}`, (row, column) => {
      const [r, c] = [row - before, column - before];
      const key = `${r},${c}`;
      if (x[r]?.[c] === undefined) return { kind: "padding", told: "padding" };
      const is = {
        unread: o && !(rows.readers[r].length && columns.readers[c].length),
        read: read.has(key),
        here: wins.has(key) || (!out && `${here}` === key),
      };
      const text = gradient ? back[r][c] : x[r][c];
      const told = `pixel (${r}, ${c}): ${written(text)}${wins.has(key) ? ", the largest" : is.read ? ", in the window" : ""}`;
      return { text, told, kind: kinds(is) };
    });
    if (o)
      this.output.draw(o, o, `output ${size(o)}`, (r, c) => {
        const changed = y[r][c] !== still[r][c];
        const kind = kinds({ here: out && r === i && c === j, also: reads.has(`${r},${c}`), changed });
        return { text: y[r][c], kind, told: `output (${r}, ${c}): ${written(y[r][c])}${changed ? ", changed by the shift" : ""}` };
      });

    this.value.disabled = out;
    this.named.textContent = out ? "point at a pixel" : `pixel (${here})`;
    this.number.value = out ? "" : written(x[here[0]][here[1]]);
    this.value.value = out ? 0 : x[here[0]][here[1]];
    this.code(poolCode({ ...this.state }));
    if (!o) return;
    const count = (m, one, many) => `${m} ${m === 1 ? one : many}`;
    const place = `(${i}, ${j})`;
    const told = out
      ? pool === "max"
        ? `Output ${place} keeps the largest of ${count(window.length, "pixel", "pixels")}, ${written(y[i][j])}.` +
          (winners.length > 1 ? ` It stands there ${winners.length} times${gradient ? (ties === "share" ? ": TensorFlow's reduce_max shares the gradient" : ": Keras' layer sends the gradient to the first") : ""}.` : "")
        : `Output ${place} is the mean of ${count(window.length, "pixel", "pixels")}, ${written(y[i][j])}.`
      : `Pixel (${here.join(", ")}) is read by ${count(by.length, "output", "outputs")}${gradient ? `, and gets back a gradient of ${written(back[here[0]][here[1]])}` : ""}.`;
    const other = y.flat().filter((value, at) => value !== still.flat()[at]).length;
    const along = n % s === 0 && right % s === 0 && down % s === 0 && same(y, rolled(still, down / s, right / s));
    const shift = right || down
      ? ` Moved ${right} to the right and ${down} down, around the edge, ${other ? `${other} of ${o * o} outputs are others, dotted` : "and no output shows it"}${along && other ? ": the old ones, moved along" : ""}.`
      : "";
    this.say(told + shift, out && pool === "avg" && window.length <= 16 ? `(${window.map(([r, c]) => written(x[r][c])).join(" + ")}) / ${window.length}` : "");
  }
}

define("pool-explorer", PoolExplorer);
