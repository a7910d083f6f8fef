// What all explorables share: fields that clamp, controls, grids of numbers that a finger,
// a mouse or the arrow keys walk through, a sentence that is read out, lines of code.
//
// An explorable is a subclass of Explorer:
//   static fields   what its attributes and controls may be, by name
//   build()         returns the nodes to show, once
//   draw()          brings them up to date with this.state, after every change
// Its element's own content is what shows without JavaScript and on paper.

import { clamp, range } from "./arithmetic.js";

const COLOURS = {
  ink: "#1c2126, #e4e6e8",
  "ink-soft": "#56606a, #a3adb6",
  paper: "#fff, #14181d",
  "paper-soft": "#f6f7f8, #1b2027",
  line: "#d9dee2, #363f49",
  accent: "#0a5f73, #7fd0e0",
  "accent-soft": "#eaf4f6, #14292f",
  "on-accent": "#fff, #0c1a1e",
  note: "#a34100, #f0a860",
  "note-soft": "#fdf4ec, #2a2119",
  good: "#19703f, #7fcf9f",
};
// The book's colours; where there is no book around, as in Colab, what follows the comma.
const OWN = Object.entries(COLOURS).map(([c, v]) => `--x-${c}: var(--${c}, light-dark(${v}));`);
const colours = (css) => css.replace(/var\(--([a-z-]+)/g, (all, c) => (c in COLOURS ? `var(--x-${c}` : all));

const CSS = `
:host { ${OWN.join("")} background: var(--x-paper); border: 1px solid var(--x-line);
  border-radius: .6rem; color: var(--x-ink); container-type: inline-size; display: block;
  font: 1rem/1.45 var(--text, system-ui, sans-serif); margin: 1.4rem 0; padding: 1rem; text-align: left; }
:host([hidden]), [hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
slot { display: none; }
` + colours(`
.ui { display: grid; gap: 1rem; }
.ui > * { min-width: 0; }
.controls { align-items: end; display: grid; gap: .6rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
.line { align-items: center; display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; }
.stage { align-items: flex-start; display: flex; flex-wrap: wrap; gap: 1.25rem 1.75rem; }
.slider { display: grid; grid-template-columns: auto 1fr auto; column-gap: .45rem; font-size: .95rem; }
.slider > span, legend, .title, .soft { color: var(--ink-soft); }
.slider > i { font-family: var(--face-text, serif), var(--face-maths, math); }
math { font-family: var(--face-maths, math); font-size: 1.04em; }
.slider > output { font-weight: 650; font-variant-numeric: tabular-nums; }
input[type=range] { accent-color: var(--accent); cursor: pointer; grid-column: 1 / -1; height: 1.5rem; margin: 0; width: 100%; }
fieldset { border: 0; display: flex; flex-wrap: wrap; gap: .25rem .6rem; margin: 0; padding: 0; align-items: center; min-width: 0; }
legend { float: left; font-size: .95rem; padding: 0; }
.segments { border: 1px solid var(--line); border-radius: .45rem; display: flex; flex-wrap: wrap; }
.segments label { position: relative; cursor: pointer; font-size: .95rem; line-height: 1; padding: .5rem .75rem; border-radius: .4rem; }
.segments input { appearance: none; height: 100%; left: 0; margin: 0; position: absolute; top: 0; width: 100%; }
.segments label:has(:checked) { background: var(--accent); color: var(--on-accent); font-weight: 600; }
.segments label:has(:focus-visible), :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.toggle { align-items: center; cursor: pointer; display: inline-flex; gap: .45rem; font-size: .95rem; min-height: 1.75rem; }
.toggle input { accent-color: var(--accent); height: 1.1rem; margin: 0; width: 1.1rem; }
button { background: var(--paper); border: 1px solid var(--line); border-radius: .45rem; color: var(--ink); cursor: pointer; font: inherit; font-size: .95rem; line-height: 1; min-height: 2rem; padding: .4rem .75rem; }
button:hover { border-color: var(--accent); }
button:disabled { color: var(--ink-soft); cursor: default; border-style: dashed; }
input:is([type=number], [type=text]) { background: var(--paper); border: 1px solid var(--ink-soft); border-radius: .45rem; color: inherit; font: inherit; min-height: 2rem; padding: .2rem .5rem; }
input[type=number] { width: 4.5rem; }
.box { margin: 0; max-width: 100%; min-width: 0; }
.title { font-size: .875rem; line-height: 1.3; margin-bottom: .35rem; }
.title b { color: var(--ink); font-weight: 650; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
.grid { display: grid; grid-template-columns: repeat(var(--columns), minmax(1.5rem, 1fr)); font-size: .85rem; font-variant-numeric: tabular-nums; line-height: 1; width: calc(var(--columns) * var(--size, 2.1rem) + 2px); padding: 1px; }
.row { display: contents; }
.cell { align-items: center; aspect-ratio: 1; background: var(--paper); border: 1px solid var(--line); color: var(--ink); display: flex; justify-content: center; margin: 0 -1px -1px 0; min-width: 0; position: relative; user-select: none; }
[role=gridcell] { cursor: pointer; }
.cell:focus-visible { outline-offset: -3px; border-radius: 0; z-index: 3; }
.cell.here:focus-visible { outline-color: var(--on-accent); }
.cell.long { font-size: .68rem; letter-spacing: -.03em; }
.cell.padding { background: repeating-linear-gradient(135deg, var(--line) 0 1px, var(--paper-soft) 1px 6px); color: var(--ink-soft); }
.cell.unread { background: var(--paper-soft); color: var(--ink-soft); text-decoration: line-through; }
.cell.read { background-color: var(--note-soft); box-shadow: inset 0 0 0 2px var(--note); font-weight: 650; color: var(--ink); z-index: 1; }
.cell.here { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 650; z-index: 2; }
.cell.also { background: var(--accent-soft); box-shadow: inset 0 0 0 2px var(--accent); font-weight: 650; z-index: 1; }
.cell.empty { background: none; border-color: transparent; }
.said { background: var(--paper-soft); border-radius: .45rem; margin: 0; min-height: 4.1em; padding: .6rem .8rem; }
.said span { display: block; font: .85rem/1.5 var(--code, ui-monospace, monospace); overflow-wrap: anywhere; }
.held::before { color: var(--accent); content: "Held. "; font-weight: 650; }
.formula { margin: 0; font-size: 1.05rem; }
.problem { color: var(--note); font-weight: 600; margin: 0; }
.code { display: grid; gap: .35rem; margin: 0; }
.code > div { align-items: center; display: grid; gap: 0 .75rem; grid-template-columns: 4rem minmax(0, 1fr) auto; }
.code span { color: var(--ink-soft); font-size: .875rem; }
.code code { font: .84rem/1.5 var(--code, ui-monospace, monospace); overflow-wrap: anywhere; }
.code button { color: var(--ink-soft); font-size: .8rem; min-height: 1.75rem; padding: .3rem .55rem; }
.unseen { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; white-space: nowrap; width: 1px; }
@container (max-width: 30rem) {
  .controls { grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); column-gap: 1rem; }
  .code > div { grid-template-columns: minmax(0, 1fr) auto; }
  .code span { grid-column: 1 / -1; }
}
@media (prefers-reduced-motion: no-preference) { .cell { transition: background-color .12s; } }
@media print { .ui { display: none; } slot { display: block; } }
`);

/** Make an element; a property whose name begins with "on" is a listener. */
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat());
  return node;
}

/** A number as the page writes it: at most two decimals, a true minus. */
export const written = (x) => String(Math.round(x * 100) / 100).replace("-", "−");

/** Paint h x w pixels; colour gives a grey level, or red, green and blue, of each in turn. */
export function paint(canvas, h, w, colour) {
  Object.assign(canvas, { height: h, width: w });
  const context = canvas.getContext("2d"), image = context.createImageData(w, h);
  for (let i = 0; i < h * w; i++) {
    const levels = colour(i);
    image.data.set(levels.length ? [...levels, 255] : [levels, levels, levels, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

/** A formula as MathML, which may break before "=": words and letters, numbers, signs. */
export const maths = (text) =>
  text.split(/ (?==)/).map((part) => `<math>${part.replace(/([a-z]+)|(\d+)|\S/gi, (sign, name, number) =>
    name ? `<mi>${sign}</mi>` : number ? `<mn>${sign}</mn>` : `<mo stretchy="false"${sign === "=" ? ' form="infix"' : ""}>${sign}</mo>`,
  )}</math>`).join("<wbr>");

/** The value of a field that is nearest to what was asked for. */
export function settled(field, value) {
  if (field.among) return field.among.includes(String(value)) ? String(value) : field.init;
  if (field.text) return value == null ? field.init : String(value);
  if (field.min === undefined) return value != null && String(value) !== "false";
  const asked = value === null || String(value).trim() === "" ? NaN : Math.round(+value);
  return Number.isNaN(asked) ? field.init : clamp(asked, field.min, field.max);
}

/**
 * Numbers in rows and columns.
 *
 * @param name what a screen reader calls it
 * @param pick called with (y, x, how); how is "hover", "focus" or "press". Without it the
 *   grid is a picture, whose description is `told`.
 * @param type called with (y, x, key) when another key is pressed on a cell
 */
export class Grid {
  constructor(name, { pick, type, size } = {}) {
    this.title = h("figcaption", { class: "title" });
    this.cells = h("div", { class: "grid", role: pick ? "grid" : "img", "aria-label": name });
    if (size) this.cells.style.setProperty("--size", size);
    this.node = h("figure", { class: "box" }, this.title, h("div", { class: "scroll" }, this.cells));
    if (!pick) return;
    const place = (event) => {
      const cell = event.target.closest(".cell");
      return cell && [Math.floor([...this.all].indexOf(cell) / this.w), [...this.all].indexOf(cell) % this.w];
    };
    for (const [kind, how] of [["pointerover", "hover"], ["focusin", "focus"], ["click", "press"]])
      this.cells.addEventListener(kind, (event) => {
        if (place(event) && event.pointerType !== "touch" | how === "press") pick(...place(event), how);
      });
    this.cells.addEventListener("keydown", (event) => {
      const [y, x] = place(event) ?? [];
      const to = { ArrowUp: [y - 1, x], ArrowDown: [y + 1, x], ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1],
        Home: [y, 0], End: [y, this.w - 1] }[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (to) this.focus(clamp(to[0], 0, this.h - 1), clamp(to[1], 0, this.w - 1));
      else if (event.key === "Enter" || event.key === " ") pick(y, x, "press");
      else if (!type?.(y, x, event.key)) return;
      event.preventDefault();
    });
  }

  get all() {
    return this.cells.querySelectorAll(".cell");
  }

  focus(y, x) {
    this.all.forEach((cell, i) => (cell.tabIndex = i === y * this.w + x ? 0 : -1));
    this.all[y * this.w + x].focus();
  }

  /**
   * @param title HTML above the grid
   * @param cell function of (y, x): { text, kind: classes, told: what is read out }
   */
  draw(rows, columns, title, cell, told) {
    this.title.innerHTML = title;
    const picked = this.cells.getAttribute("role") === "grid";
    if (told) this.cells.setAttribute("aria-label", told);
    if (rows !== this.h || columns !== this.w) {
      [this.h, this.w] = [rows, columns];
      this.cells.style.setProperty("--columns", columns);
      const one = () => h("div", picked ? { class: "cell", role: "gridcell", tabindex: -1 } : { class: "cell" });
      this.cells.replaceChildren(
        ...range(rows).map(() => h("div", { class: "row", role: picked && "row" }, range(columns).map(one))),
      );
      if (picked && this.all.length) this.all[0].tabIndex = 0;
    }
    this.all.forEach((node, i) => {
      const { text = "", kind = "", told: label } = cell(Math.floor(i / columns), i % columns);
      const short = typeof text === "number" ? written(text) : text;
      if (node.textContent !== short) node.textContent = short;
      node.className = `cell ${kind}${short.length > 3 ? " long" : ""}`;
      if (!picked) return;
      node.setAttribute("aria-label", label ?? short);
      node.setAttribute("aria-selected", /\bhere\b/.test(kind));
    });
  }
}

export class Explorer extends HTMLElement {
  static fields = {};

  static get observedAttributes() {
    return Object.keys(this.fields);
  }

  constructor() {
    super();
    this.fields = this.constructor.fields;
    this.state = {};
    for (const name in this.fields) this.state[name] = settled(this.fields[name], this.fields[name].init);
    this.controls = [];
  }

  attributeChangedCallback(name, before, value) {
    if (before !== value) this.set({ [name]: value });
  }

  connectedCallback() {
    // JupyterLab would take the arrow keys for itself.
    this.setAttribute("data-lm-suppress-shortcuts", "true");
    if (document.querySelector('[data-jp-theme-light="false"], .vscode-dark, html[theme="dark"]'))
      this.style.colorScheme = "dark";
    if (!this.shadowRoot) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS + colours(this.constructor.css ?? ""));
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
      this.said = h("p", { class: "said", role: "status" });
      this.lines = h("div", { class: "code" });
      this.shadowRoot.append(h("div", { class: "ui" }, this.build()), h("slot"));
    }
    this.refresh();
  }

  /** Change fields, whatever the values; draw, and say so in an event. */
  set(changes) {
    for (const name in changes)
      if (name in this.fields) this.state[name] = settled(this.fields[name], changes[name]);
    if (!this.shadowRoot) return;
    this.refresh();
    this.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: { ...this.state } }));
  }

  refresh() {
    this.controls.forEach((update) => update());
    this.draw();
  }

  /** What was pointed at: hovering changes it unless it is pinned, by a press or Enter. */
  pick(where, y, x, how) {
    const place = [where, y, x];
    if (how === "hover" && (this.pinned || String(this.at) === String(place))) return;
    if (how === "press") this.pinned = this.pinned === String(place) ? "" : String(place);
    this.said.classList.toggle("held", !!this.pinned);
    this.at = place;
    this.draw();
  }

  /** The sentence that is shown and read out; `sum`, if any, stands below in code's type. */
  say(text, sum = "") {
    const nodes = [text, ...(sum ? [h("span", {}, sum)] : [])];
    if (this.said.textContent !== text + sum) this.said.replaceChildren(...nodes);
  }

  /** Lines of code, by the name of the library, each with a button that copies it. */
  code(lines) {
    if (JSON.stringify(lines) === this.told) return;
    this.told = JSON.stringify(lines);
    this.lines.replaceChildren(
      ...Object.entries(lines).map(([library, text]) => {
        const line = h("code", {}, text);
        const copied = async (event) => {
          const button = event.currentTarget;
          try {
            await navigator.clipboard.writeText(text);
            button.textContent = "Copied";
          } catch {
            getSelection().selectAllChildren(line);
            button.textContent = "Selected: press Ctrl+C";
          }
          setTimeout(() => (button.textContent = "Copy"), 2000);
        };
        const button = h("button", { type: "button", onclick: copied, "aria-label": `Copy the line for ${library}` }, "Copy");
        return h("div", {}, h("span", {}, library), line, button);
      }),
    );
  }

  slider(name, { letter = name, off = () => false } = {}) {
    const { label, min, max } = this.fields[name];
    const input = h("input", { type: "range", min, max, oninput: () => this.set({ [name]: input.value }) });
    const number = h("output");
    this.controls.push(() => {
      input.value = this.state[name];
      number.value = written(this.state[name]);
      input.disabled = off();
    });
    return h("label", { class: "slider" }, h("i", {}, letter), h("span", {}, label), number, input);
  }

  /** One of a few, beside each other; names: how they are written, by value. */
  choice(name, names = {}) {
    const { label, among } = this.fields[name];
    const group = `${name}-${Math.random()}`;
    const made = among.map((value) => {
      const input = h("input", { type: "radio", name: group, onchange: () => this.set({ [name]: value }) });
      this.controls.push(() => (input.checked = this.state[name] === value));
      return h("label", {}, input, names[value] ?? value);
    });
    return h("fieldset", {}, h("legend", {}, label), h("div", { class: "segments" }, made));
  }

  toggle(name) {
    const input = h("input", { type: "checkbox", onchange: () => this.set({ [name]: input.checked }) });
    this.controls.push(() => (input.checked = this.state[name]));
    return h("label", { class: "toggle" }, input, this.fields[name].label);
  }

  button(text, onclick, properties = {}) {
    return h("button", { type: "button", onclick, ...properties }, text);
  }
}

/** Make an explorable known to the page, once. */
export const define = (name, explorer) => customElements.get(name) || customElements.define(name, explorer);
