// <einops-explorer>: type a pattern, see where each number goes.

import { Explorer, Grid, define, h, written } from "./element.js";
import { follow, unravel } from "./patterns.js";

const HELD = 96; // numbers that can still be looked at
const START = [
  ["h w c -> (h w) c", "2, 3, 2"],
  ["h w c -> (w h) c", "2, 3, 2"],
  ["h w c -> (h w c)", "2, 3, 2"],
  ["h w c -> c h w", "2, 3, 2"],
  ["(h a) (w b) -> (h w) a b", "4, 6", "a=2, b=2"],
  ["(h a) (w b) -> h w", "4, 6", "a=2, b=2", "reduce"],
  ["h w c -> c", "2, 3, 2", "", "reduce"],
  ["h w -> (h a) (w b)", "2, 3", "a=2, b=2", "repeat"],
];
const CALLED = [["apple", "pear", "plum", "fig", "kiwi", "lime"], ["row", "column", "colour", "part", "piece", "more"], [..."hwcabr"]];
const REDUCED = {
  max: (x) => Math.max(...x),
  mean: (x) => x.reduce((a, b) => a + b) / x.length,
  sum: (x) => x.reduce((a, b) => a + b),
  min: (x) => Math.min(...x),
};
const tuple = (sizes) => `(${sizes.join(", ")}${sizes.length === 1 ? "," : ""})`;
const bare = (sizes) => (sizes.length ? sizes.join(", ") : "()");
const volume = (sizes) => sizes.reduce((a, b) => a * b, 1);

/** Read "2, 3" and "a=2, b=3"; what cannot be read is a problem. */
export function einopsInput({ shape, sizes }) {
  const numbers = shape.match(/\d+/g)?.map(Number) ?? [];
  if (/[^\d\s,()]/.test(shape) || numbers.length > 6 || !numbers.every(Boolean))
    return { problem: "A shape is up to six whole numbers above 0, as 2, 3, 2." };
  if (volume(numbers) > HELD) return { problem: `${volume(numbers)} numbers are too many to look at; take ${HELD} at most.` };
  const pairs = sizes.split(/[\s,]+(?=\p{L})/u).filter((s) => s.trim()).map((s) => s.match(/^\s*([\p{L}\p{N}_]+)\s*=\s*(\d+)[\s,]*$/u));
  if (!pairs.every((pair) => pair && +pair[2])) return { problem: "Sizes are written as a=2, b=3." };
  return { numbers, given: Object.fromEntries(pairs.map(([, name, size]) => [name, +size])) };
}

/** The lines of Python that do the same; x is the array. */
export function einopsCode({ pattern, sizes, op, by }, { left, right, lengths, stages, result }) {
  const from = left.flat(), to = right.flat();
  const kept = to.filter((n) => from.includes(n)), order = [...kept, ...from.filter((n) => !to.includes(n))];
  const size = (names) => names.map((n) => lengths[n]);
  let numpy = "x";
  if (left.some((group) => group.length !== 1)) numpy += `.reshape(${bare(size(from))})`;
  if (order.some((n, i) => n !== from[i])) numpy += `.transpose(${order.map((n) => from.indexOf(n)).join(", ")})`;
  if (order.length > kept.length) numpy += `.${by}(axis=${tuple(order.slice(kept.length).map((_, i) => kept.length + i))})`;
  if (to.length > kept.length) {
    const axes = to.map((n) => (from.includes(n) ? ":" : "None")).join(", ");
    numpy = `np.broadcast_to(${numpy}[${axes}], ${tuple(size(to))})`;
  }
  if (right.some((group) => group.length !== 1)) numpy += `.reshape(${bare(result)})`;
  const more = [op === "reduce" && `"${by}"`, ...sizes.split(/[\s,]+(?=\p{L})/u)].filter(Boolean);
  return { einops: `${op}(${[`x, "${pattern.trim()}"`, ...more].join(", ")})`, NumPy: numpy };
}

/** Number the colours: by the first axes on the right, so that what lies together is alike. */
function tints({ left, right, lengths }) {
  const from = left.flat(), groups = right.map((g) => g.filter((n) => from.includes(n))).filter((g) => volume(g.map((n) => lengths[n])) > 1);
  let [names = []] = groups;
  if (groups.length < 2 || volume(names.map((n) => lengths[n])) > 6) names = names.filter((n) => lengths[n] > 1).slice(0, 1);
  const sizes = from.map((n) => lengths[n]);
  const tint = (place) => {
    const at = unravel(place, sizes);
    return names.reduce((sum, n) => sum * lengths[n] + at[from.indexOf(n)], 0) % 6;
  };
  return { names, tint };
}

class EinopsExplorer extends Explorer {
  static fields = {
    pattern: { text: true, init: START[0][0], label: "Pattern" },
    shape: { text: true, init: START[0][1], label: "Shape of x" },
    sizes: { text: true, init: "", label: "Sizes, as a=2" },
    op: { among: ["rearrange", "reduce", "repeat"], init: "rearrange", label: "Operation" },
    by: { among: Object.keys(REDUCED), init: "max", label: "By" },
    stage: { among: ["split", "transpose", "reduce", "repeat", "merge"], init: "merge", label: "Step" },
  };

  static css = `
.fields { display: grid; gap: .6rem 1rem; grid-template-columns: minmax(0, 1fr) 8rem 9rem; }
.fields label, .pick { color: var(--ink-soft); display: grid; font-size: .95rem; gap: .2rem; }
.pick { align-items: center; margin: -5px; overflow: hidden; padding: 5px; grid-template-columns: auto minmax(0, 1fr); gap: .6rem; }
.fields input, select { color: var(--ink); font: .95rem/1.4 var(--code, ui-monospace, monospace); min-width: 0; width: 100%; }
.fields [aria-invalid=true] { border: 2px solid var(--note); }
select { background: var(--paper); border: 1px solid var(--ink-soft); border-radius: .45rem; min-height: 2rem; padding: .2rem .4rem; }
.wrong code { font: .95rem/1.6 var(--code, ui-monospace, monospace); white-space: pre-wrap; }
.wrong mark { background: var(--note-soft); box-shadow: inset 0 -2px var(--note); color: var(--note); font-weight: 650; padding: 0 .15em; }
.steps { gap: .4rem; }
.steps button { min-height: 2.4rem; padding: .4rem .55rem; font-variant-numeric: tabular-nums; }
.steps small { color: inherit; display: block; font-size: .8rem; margin-top: .25rem; }
.steps [aria-pressed=true] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.grid { max-width: 100%; }
${["blue", "orange", "green", "pink", "red", "line"].map((c, i) => `.cell.t${i}:not(.here) { background: color-mix(in srgb, var(--fig-${c}, ${["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#777"][i]}) 30%, var(--paper)); }`).join("\n")}
@container (max-width: 36rem) { .fields { grid-template-columns: 1fr 1fr; } .fields :first-child { grid-column: 1 / -1; } }
`;

  build() {
    const text = (name) => {
      const input = h("input", { type: "text", spellcheck: "false", autocapitalize: "off", autocomplete: "off", oninput: () => this.set({ [name]: input.value }) });
      this.controls.push(() => input.value === this.state[name] || (input.value = this.state[name]));
      this[`${name}Input`] = input;
      return h("label", {}, this.fields[name].label, input);
    };
    const grid = (name, where) => new Grid(name, { pick: (y, x, how) => this.pick(where, y, x, how) });
    this.before = grid("x", "left");
    this.after = grid("result", "right");
    this.wrong = h("p", { class: "wrong problem" });
    this.steps = h("div", { class: "line steps", role: "group", "aria-label": "Steps" });
    this.start = h("select", { onchange: () => this.begin(START[this.start.value]) },
      h("option", { value: "" }, "one of your own"),
      START.map(([pattern, , , op = "rearrange"], i) => h("option", { value: i }, `${op}: ${pattern}`)));
    this.controls.push(() => {
      const { pattern, shape, sizes, op } = this.state;
      this.start.value = START.findIndex(([p, s, z = "", o = "rearrange"]) => p === pattern && s === shape && z === sizes && o === op);
      if (this.start.selectedIndex < 0) this.start.value = "";
    });
    this.bys = this.choice("by");
    return [
      h("label", { class: "pick" }, "Begin with", this.start),
      h("div", { class: "line" }, this.choice("op"), this.bys),
      h("div", { class: "fields" }, text("pattern"), text("shape"), text("sizes")),
      this.wrong, this.steps,
      h("div", { class: "stage" }, this.before.node, this.after.node),
      this.said,
      h("div", { class: "line" }, this.button("Rename the axes", () => this.rename()), this.back = this.button("Reverse", () => this.reverse())),
      this.lines,
    ];
  }

  begin([pattern, shape, sizes = "", op = "rearrange"] = []) {
    if (pattern) this.set({ pattern, shape, sizes, op, stage: "merge" });
  }

  /** Give every axis another name, which changes nothing else. */
  rename() {
    this.set_ = ((this.set_ ?? -1) + 1) % CALLED.length;
    const { pattern, sizes } = this.state, names = [...new Set(pattern.match(/\p{L}[\p{L}\p{N}_]*/gu))];
    const called = (text) => text.replace(/\p{L}[\p{L}\p{N}_]*/gu, (n) => CALLED[this.set_][names.indexOf(n)] ?? n);
    this.set({ pattern: called(pattern), sizes: called(sizes) });
  }

  /** Swap the sides; a bracket that is now on the left needs sizes. */
  reverse() {
    const { right, lengths, result } = this.plan;
    const sizes = right.flatMap((group) => group.slice(1)).filter((n) => !n.startsWith("..."));
    this.set({
      pattern: this.state.pattern.split("->").map((side) => side.trim()).reverse().join(" -> "),
      shape: result.join(", "), sizes: sizes.map((n) => `${n}=${lengths[n]}`).join(", "), stage: "merge",
    });
  }

  draw() {
    const { state } = this, input = einopsInput(state);
    const plan = input.problem ? input : follow(state.pattern, input.numbers, state.op, input.given);
    const good = !plan.problem && volume(plan.result) <= HELD;
    this.bys.hidden = state.op !== "reduce";
    this.patternInput.setAttribute("aria-invalid", !good && !input.problem);
    this.wrong.hidden = good;
    for (const node of [this.steps, this.after.node, this.lines]) node.hidden = !good;
    this.back.disabled = !good || state.op !== "rearrange";
    if (input.numbers) this.show(this.before, "x", input.numbers, ({ place }) => ({ text: place }));
    if (!good) return this.explain(plan);

    this.plan = plan;
    this.at ??= ["right", 1, 0];
    const stage = plan.stages.find(({ name }) => name === state.stage) ?? plan.stages.at(-1);
    const { names, tint } = tints(plan);
    const [where, y, x] = this.at;
    const size = where === "left" ? input.numbers : stage.shape;
    const columns = volume(size.slice(size.length >> 1));
    const picked = Math.min(y * columns + x, volume(size) - 1);
    const value = (reads) => (reads.length > 1 ? REDUCED[state.by](reads) : reads[0]);
    const on = where === "left" ? picked : null;
    const read = on === null ? stage.reads[picked] : [on];
    const kind = (here, also, t) => `t${t} ${here ? "here" : also ? "also" : ""}`;
    this.show(this.before, "x", input.numbers, ({ place }) => ({ text: place, kind: kind(place === on, on === null && read.includes(place), tint(place)) }), plan.left);
    this.show(this.after, stage === plan.stages.at(-1) ? "result" : `after “${stage.name}”`, stage.shape, ({ place }) => ({
      text: value(stage.reads[place]),
      kind: kind(on === null && place === picked, on !== null && stage.reads[place].includes(on), tint(stage.reads[place][0])),
    }), stage.names);
    this.showSteps(plan, stage);
    this.code(einopsCode(state, plan));
    this.tell({ plan, stage, picked, on, read, names, value, numbers: input.numbers });
  }

  /** Draw an array: its first axes downwards, its last ones sideways, a gap around blocks. */
  show(grid, name, shape, cell, names) {
    const cut = shape.length >> 1, down = shape.slice(0, cut), across = shape.slice(cut);
    const [rows, columns] = [volume(down), volume(across)];
    grid.draw(rows, columns, `${name} <b>${tuple(shape)}</b>${names ? ` <span>${names.map((g) => (g.length === 1 ? g[0] : `(${g.join(" ")})`)).join(" ")}</span>` : ""}`,
      (y, x) => cell({ place: y * columns + x }));
    const inner = (sizes) => (sizes.length > 1 ? sizes.at(-1) : 0);
    const gaps = (i, block) => (block ? Math.floor(i / block) : 0);
    const [v, u] = [inner(down), inner(across)];
    grid.cells.style.gridTemplateColumns = Array.from({ length: columns }, (_, i) => `${i && u && i % u === 0 ? ".45rem " : ""}minmax(1.5rem, 1fr)`).join(" ");
    grid.cells.style.width = `calc(${columns} * 2.1rem + ${gaps(columns - 1, u) * 0.45}rem + 2px)`;
    grid.all.forEach((node, i) => {
      const y = Math.floor(i / columns), x = i % columns;
      node.style.gridColumn = x + 1 + gaps(x, u);
      node.style.marginTop = v && y && y % v === 0 ? ".45rem" : "";
    });
  }

  showSteps({ stages }, now) {
    const texts = stages.map((s) => `${s.name} ${tuple(s.shape)}`);
    if (String(texts) !== this.stepTexts) {
      this.stepTexts = String(texts);
      this.steps.replaceChildren(...stages.map((s, i) =>
        this.button(`${i + 1} ${s.name}`, () => this.set({ stage: s.name }))));
      stages.forEach((s, i) => this.steps.children[i].append(h("small", {}, tuple(s.shape))));
    }
    stages.forEach((s, i) => this.steps.children[i].setAttribute("aria-pressed", s === now));
  }

  /** Say what is wrong, under its token. */
  explain({ problem, at, result }) {
    const { pattern } = this.state, [from, to] = at ?? [0, 0];
    const mark = h("mark", {}, pattern.slice(from, to) || "?");
    this.wrong.replaceChildren(...(at ? [h("code", {}, pattern.slice(0, from), mark, pattern.slice(to))] : []));
    this.wrong.hidden = !at;
    this.say(problem ?? `The result has the shape ${tuple(result)}, too many numbers to look at.`);
  }

  tell({ plan, stage, picked, on, read, names, value, numbers }) {
    const axes = plan.left.flat(), sizes = axes.map((n) => plan.lengths[n]);
    const at = (place, shape) => `[${unravel(place, shape).join(",\u00a0")}]`;
    const named = unravel(read[0], sizes).map((i, j) => `${axes[j].split(" at ")[0]} = ${i}`).join(", ");
    const there = stage.reads.flatMap((reads, place) => (reads.includes(read[0]) ? [place] : []));
    const colours = names.length ? ` Colours follow ${names.join(" and ")}.` : "";
    if (read.length > 1)
      return this.say(`The number at ${at(picked, stage.shape)} is the ${this.state.by} of ${read.length} numbers of x, those framed.${colours}`,
        `${this.state.by}(${read.slice(0, 12).join(", ")}${read.length > 12 ? ", …" : ""}) = ${written(value(read))}`);
    const goes = there.length > 1
      ? `it stands ${there.length} times in the result, first at ${at(there[0], stage.shape)}`
      : `it ${stage.reads[there[0]].length > 1 ? "goes into the number at" : "comes to stand at"} ${at(there[0], stage.shape)}`;
    this.say(`Number ${read[0]} is ${named ? `${named}: at ${at(read[0], numbers)} of x` : "all of x"}, and ${goes}.${colours}`);
  }
}

define("einops-explorer", EinopsExplorer);
