// <deconv-explorer>: a transposed convolution as stamps, as a convolution, as a matrix.

import { clamp, range } from "./arithmetic.js";
import { Explorer, Grid, define, h, paint, written } from "./element.js";
import { reaching, spread, stamped, transposedMatrix, transposedSize } from "./transposed.js";

const INPUT = [2, 1, 3, 1, 2, 4, 1, 3];

/** The lines that do the same elsewhere, to the pixel; size is that of transposedSize. */
export function deconvCode({ k, s, padding, a }, { o, before, after, a: extra }) {
  const keras = [1, k], torch = [1, 1, k];
  if (s > 1) keras.push(`strides=${s}`), torch.push(`stride=${s}`);
  if (padding === "same") keras.push('padding="same"');
  if (typeof padding === "number" ? extra : a !== null) keras.push(`output_padding=${extra}`);
  // Where the kernel is shorter than the stride, Keras' own "valid" goes on behind it.
  const long = o + before + after + (extra || Math.max(s - k, 0));
  const cut = typeof padding === "number" && (before || long > o) ? `[:, ${before || ""}:${before + o}]` : "";
  if (before) torch.push(`padding=${before}`);
  // What PyTorch would crop behind as in front, and does not: it is added, or cut off.
  if (before > after) torch.push(`output_padding=${before - after}`);
  const rest = after > before ? `[..., :${o}]` : "";
  return {
    Keras: `layers.Conv1DTranspose(${keras.join(", ")})(x)${cut}`,
    PyTorch: `nn.ConvTranspose1d(${torch.join(", ")})(x)${rest}`,
  };
}

const many = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

class DeconvExplorer extends Explorer {
  static fields = {
    n: { label: "input", min: 1, max: 8, init: 4 },
    k: { label: "kernel", min: 1, max: 6, init: 3 },
    s: { label: "stride", min: 1, max: 4, init: 2 },
    padding: { label: "Padding", among: ["valid", "same", "p"], init: "valid" },
    p: { label: "cropped on each side", min: 0, max: 5, init: 1 },
    a: { label: "output_padding", among: ["default", "0", "1", "2", "3"], init: "default" },
    view: { label: "See it as", among: ["stamps", "spread", "matrix"], init: "stamps" },
  };

  static css = `
.grid { max-width: 100%; }
.view { align-items: flex-end; gap: .9rem; }
.cell.gone { color: var(--ink-soft); text-decoration: line-through; background: repeating-linear-gradient(135deg, var(--line) 0 1px, var(--paper-soft) 1px 6px); }
.cell.total { font-weight: 650; }
.cell.total:not(.here, .also) { background: var(--paper-soft); }
.cell.zero { color: var(--ink-soft); }
.overlap { align-items: center; display: grid; gap: .5rem 1.25rem; grid-template-columns: minmax(0, 1fr) auto; }
canvas { border: 1px solid var(--line); height: 7.5rem; image-rendering: pixelated; width: 7.5rem; }
.overlap p { margin: 0; }
@container (max-width: 30rem) { .overlap { grid-template-columns: minmax(0, 1fr); } }
`;

  set(changes) {
    // padding="2" is padding="p" with p="2".
    const { padding } = changes;
    if (/^\s*\d+\s*$/.test(padding)) changes = { ...changes, padding: "p", p: padding };
    super.set(changes);
  }

  build() {
    const grid = (name, place) => new Grid(name, { pick: (y, x, how) => this.found && this.pick(...place(y, x), how) });
    const input = (i) => ["in", 0, clamp(i, 0, this.found.x.length - 1)];
    const output = (t) => ["out", 0, clamp(t, 0, this.found.o - 1)];
    this.kernel = new Grid("kernel");
    this.stamps = grid("stamps, and their sum", (y, x) => (y < this.state.n ? input(y) : output(x - 2 - this.found.before)));
    this.window = grid("the spread input, the turned kernel, the output", (y, x) =>
      y < 2 && this.found.row[x]?.i >= 0 ? input(this.found.row[x].i) : output(x));
    this.matrix = grid("the matrix, between the input above and the output", (y, x) => (y ? output(y - 1) : input(x)));
    this.profile = grid("stamps on each output", (y, x) => output(x));
    this.board = h("canvas", { role: "img" });
    this.even = h("p");
    this.formula = h("p", { class: "formula" });
    this.problem = h("p", { class: "problem" });
    this.compared = h("p", { class: "soft", style: "margin: 0" });
    this.views = h("div", { class: "stage view" }, this.stamps.node, this.window.node, this.matrix.node);
    this.overlap = h("div", { class: "overlap" }, h("div", { class: "ui" }, this.profile.node, this.even), this.board);
    const names = { valid: "valid (Keras)", same: "same (Keras)", p: "p (PyTorch)" };
    this.crop = this.slider("p");
    return [
      h("div", { class: "controls" }, this.slider("n"), this.slider("k"), this.slider("s"), this.crop),
      h("div", { class: "line" }, this.choice("padding", names), this.choice("a", { default: "not given" })),
      h("div", { class: "line" }, this.choice("view", { spread: "spread and pad" }),
        this.button("Back", () => this.step(-1)), this.button("Next", () => this.step(1))),
      this.kernel.node, this.views, this.problem, this.said, this.formula, this.overlap, this.compared, this.lines,
    ];
  }

  /** The next stamp; in the other views, the next output. */
  step(by) {
    if (!this.found) return;
    const where = this.state.view === "stamps" ? "in" : "out";
    const count = where === "in" ? this.state.n : this.found.o;
    const now = this.at[0] === where ? this.at[2] : by > 0 ? -1 : 0;
    this.at = [where, 0, (now + by + count) % count];
    this.pinned = String(this.at);
    this.draw();
  }

  draw() {
    const { n, k, s, view } = this.state;
    const padding = this.state.padding === "p" ? this.state.p : this.state.padding;
    const a = this.state.a === "default" ? null : +this.state.a;
    const size = transposedSize({ n, k, s, padding, a });
    this.crop.hidden = this.state.padding !== "p";
    this.found = size.problem ? null : size;
    this.problem.hidden = !size.problem;
    this.problem.textContent = size.problem ?? "";
    for (const node of [this.views, this.kernel.node, this.said, this.formula, this.overlap, this.compared, this.lines]) node.hidden = !!size.problem;
    if (size.problem) return;

    const x = INPUT.slice(0, n), kernel = range(k).map((j) => j + 1), { o, before, after } = size;
    const y = stamped(x, kernel, s, size), row = spread(x, k, s, size);
    Object.assign(size, { x, kernel, y, row, reach: reaching(n, k, s, size) });
    this.at ??= ["out", 0, 2 + before];
    this.at[2] = clamp(this.at[2], 0, (this.at[0] === "in" ? n : o) - 1);
    const [where, , at] = this.at;
    const pairs = where === "out" ? size.reach[at] : range(k).map((j) => [at, j]);
    const used = (i, j) => pairs.some(([u, v]) => u === i && (j === undefined || v === j));
    const inKind = (i) => (where === "in" && i === at ? "here" : where === "out" && used(i) ? "read" : "");
    const outKind = (t) => (where === "out" ? (t === at ? "here" : "") : size.reach[t].some(([i]) => i === at) ? "also" : "");

    this.kernel.draw(1, k, `kernel <b>${k}</b>`, (_, j) => ({ text: kernel[j], kind: used(where === "in" ? at : pairs.find(([, v]) => v === j)?.[0], j) ? "read" : "" }), `kernel: ${kernel.join(", ")}`);
    this.stamps.node.hidden = view !== "stamps";
    this.window.node.hidden = view !== "spread";
    this.matrix.node.hidden = view !== "matrix";
    if (view === "stamps") this.drawStamps({ ...size, inKind, outKind, used, size });
    if (view === "spread") this.drawWindow({ ...size, inKind, outKind, size, t: where === "out" ? at : clamp(s * at - before, 0, o - 1) });
    if (view === "matrix") {
      const entries = transposedMatrix(n, kernel, s, size);
      this.matrix.draw(o + 1, n + 1, `each row of the matrix, times the input above, is an output: <b>${o} × ${n}</b>`, (r, c) =>
        !r ? (c < n ? { text: x[c], kind: inKind(c), told: `input ${c}: ${x[c]}` } : { kind: "empty" })
        : c === n ? { text: y[r - 1], kind: `total ${outKind(r - 1)}`, told: `output ${r - 1}: ${y[r - 1]}` }
        : { text: entries[r - 1][c], kind: entries[r - 1][c] ? (used(c, entries[r - 1][c] - 1) && (where === "in" || r - 1 === at) ? "read" : "") : "zero" });
    }
    this.sentence(size, where, at, pairs);
    this.drawOverlap(size, outKind);
    const p = padding === "same" ? Math.floor(k / 2) : padding === "valid" ? 0 : padding;
    this.formula.innerHTML = `<i>o</i> = <i>s</i> (<i>n</i> − 1) + <i>k</i> − 2<i>p</i> + <i>a</i> = ${s}·${n - 1} + ${k} − 2·${p} + ${size.a} = <b>${o}</b>
      <span class="soft">cropped: ${before} in front, ${after < 0 ? `none behind, ${many(-after, "pixel")} added` : `${after} behind`}</span>`;
    this.compared.textContent = this.comparison(size, p);
    this.code(deconvCode({ k, s, padding, a }, size));
  }

  drawStamps({ x, kernel, y, o, before, after, inKind, outKind, used }) {
    const { n, k, s } = this.state, whole = s * (n - 1) + k;
    this.stamps.draw(n + 1, Math.max(whole, before + o) + 2, `each of the <b>${n}</b> inputs on the left times the kernel, ${many(s, "pixel")} further on each time; below, their sum <b>${o}</b>`, (i, column) => {
      const c = column - 2;
      if (c === -2 && i < n) return { text: x[i], kind: inKind(i), told: `input ${i}: ${x[i]}` };
      if (c < 0) return { text: i < n ? "→" : c < -1 ? "" : "Σ", kind: "empty", told: i < n ? "lays down" : "sum" };
      const t = c - before, out = t >= 0 && t < o;
      if (i === n) return out ? { text: y[t], kind: `total ${outKind(t)}`, told: `output ${t}: ${y[t]}` } : { kind: "gone", told: "cropped" };
      const j = c - s * i;
      if (j < 0 || j >= k) return { kind: "empty", told: "nothing" };
      return { text: x[i] * kernel[j], kind: !out ? "gone" : used(i, j) ? "read" : "" };
    });
  }

  drawWindow({ row, kernel, y, o, inKind, outKind, t }) {
    const { k } = this.state;
    this.window.draw(3, o + k - 1, `the input, spread by zeros and padded; the kernel, <b>turned</b>; the output <b>${o}</b>`, (r, c) => {
      const under = c >= t && c < t + k;
      if (!r) return { text: row[c].number, kind: row[c].i >= 0 ? (under ? "read" : inKind(row[c].i)) : `padding ${under ? "read" : ""}`, told: row[c].i >= 0 ? `input ${row[c].i}: ${row[c].number}` : "a zero" };
      if (r === 1) return under ? { text: `·${kernel[k - 1 - c + t]}`, kind: "read" } : { kind: "empty", told: "nothing" };
      return c < o ? { text: y[c], kind: `total ${outKind(c)}`, told: `output ${c}: ${y[c]}` } : { kind: "empty", told: "nothing" };
    });
  }

  sentence({ x, kernel, y, before, o }, where, at, pairs) {
    const { s } = this.state, from = s * at - before;
    if (where === "in")
      return this.say(`Input ${at} lays down its stamp, the kernel times ${x[at]}, from output ${from} on${from < 0 ? ": what falls before output 0 is cropped" : ""}. The next stamp begins ${many(s, "pixel")} further on.`,
        `${x[at]} · (${kernel.join(", ")}) = (${kernel.map((w) => w * x[at]).join(", ")})`);
    this.say(pairs.length
      ? `Output ${at} is reached by ${many(pairs.length, "stamp")}: ${pairs.map(([i, j]) => `input ${i} through weight ${j}`).join(", ")}.`
      : `No stamp reaches output ${at}: it stays 0.`,
    pairs.length ? `${pairs.map(([i, j]) => `${x[i]}·${kernel[j]}`).join(" + ")} = ${written(y[at])}` : "");
  }

  drawOverlap({ o, reach, before }, outKind) {
    const { n, k, s } = this.state, counts = reach.map((pairs) => pairs.length), most = Math.max(...counts, 1);
    this.profile.draw(1, o, "how many stamps reach each output", (_, t) => ({ text: counts[t], kind: outKind(t), told: `output ${t}: ${many(counts[t], "stamp")}` }));
    this.profile.all.forEach((cell, t) => (cell.style.borderBottom = `${(counts[t] / most) * 0.5}rem solid var(--x-note)`));
    const inside = [...new Set(counts.slice(Math.max(k - 1 - before, 0), Math.max(s * (n - 1) + 1 - before, 0)))].sort();
    this.even.innerHTML = k % s
      ? `<b>${k} is not divisible by ${s}</b>: ${inside.length > 1 ? `inside, ${inside.join(" and ")} stamps take turns. In two dimensions that is a checkerboard.` : "with more inputs, the counts take turns."}`
      : `<b>${k} is divisible by ${s}</b>: inside, every output is reached by ${many(k / s, "stamp")}.`;
    this.board.setAttribute("aria-label", `Stamps on each pixel of ${o} by ${o}, light where there are more`);
    paint(this.board, o, o, (i) => 30 + (225 * counts[Math.floor(i / o)] * counts[i % o]) / most ** 2);
  }

  /** What the other library makes of the same size. */
  comparison({ o, before, a }, p) {
    const { padding, n, k, s } = this.state, keras = transposedSize({ n, k, s, padding: "same" });
    const moved = (by) => (by ? `${many(Math.abs(by), "pixel")} ${by > 0 ? "later" : "earlier"}` : "at the same places");
    if (padding === "same")
      return a < s && a >= 0 ? `PyTorch’s padding=${p}, output_padding=${a} makes ${o} pixels, too; its numbers land ${moved(before - p)}.` : `PyTorch has no “same” here; what it takes is below.`;
    if (padding === "valid") return "PyTorch’s padding=0 lays the stamps at the same places.";
    return keras.o === o ? `Keras’ “same” makes ${o} pixels, too; its numbers land ${moved(p - keras.before)}.` : "Keras counts no pixels: take “valid” and crop.";
  }
}

define("deconv-explorer", DeconvExplorer);
