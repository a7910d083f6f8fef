// <kernel-bench>: nine numbers, and what they make of a photograph.

import { clamp, range } from "./arithmetic.js";
import { Explorer, Grid, define, h, paint, written } from "./element.js";
import { KERNELS, filteredPicture, weightOf, windowAt } from "./filters.js";
import { zonePlate } from "./plates.js";

const apart = (text) => text.trim().split(/[\s,;]+(?!\s*\/)/);

/** How an answer is shown, and in what words. */
export function kernelShown(levels, total) {
  const low = levels.reduce((a, b) => Math.min(a, b)), high = levels.reduce((a, b) => Math.max(a, b));
  const between = `The answers run from ${written(Math.round(low))} to ${written(Math.round(high))}`;
  if (total <= 1e-9) {
    const most = Math.max(high, -low) || 1;
    return { level: (v) => 127.5 + (127.5 * v) / most, words: `${between}: 0 is drawn middle grey, what is negative darker, what is positive lighter.` };
  }
  const clipped = levels.reduce((n, v) => n + (v < -0.5 || v > 255.5), 0) / levels.length;
  return { level: (v) => v, words: `${between}${clipped ? `; beyond 0 and 255 lie ${Math.max(Math.round(100 * clipped), 1)} %, drawn black and white.` : ", drawn as they are."}` };
}

/** What the sum of the weights tells. */
function sumTells(total) {
  if (Math.abs(total) < 1e-9) return "an even area answers 0, and edges remain";
  if (Math.abs(total - 1) < 1e-9) return "an even area keeps its grey";
  return total < 0 ? "an even area turns negative" : `an even area comes out ${written(total)} times as bright`;
}

class KernelBench extends Explorer {
  static fields = {
    src: { text: true, init: "" },
    kernel: { label: "Kernel", among: [...Object.keys(KERNELS), "own"], init: "Sobel" },
    weights: { text: true, init: "" },
    padding: { label: "Padding", among: ["same", "valid"], init: "same" },
    flip: { label: "Turn the kernel first (convolution)" },
    y: { min: 0, max: 999, init: 20 },
    x: { min: 0, max: 999, init: 40 },
  };

  static css = `
.pictures { align-items: end; display: grid; gap: 1rem; grid-template-columns: repeat(2, minmax(0, 18rem)); }
.photo { cursor: crosshair; display: block; position: relative; touch-action: pan-y; }
.photo canvas { display: block; image-rendering: pixelated; width: 100%; }
.photo i { border: 2px solid #fff; outline: 2px solid #000; pointer-events: none; position: absolute; }
.nine { display: grid; gap: .25rem; grid-template-columns: repeat(3, 4.2rem); }
.nine input { text-align: center; font-variant-numeric: tabular-nums; min-width: 0; width: 100%; }
.nine [aria-invalid=true] { border: 2px solid var(--note); }
.products { min-width: 0; }
.tall .cell { flex-direction: column; font-size: .78rem; line-height: 1.25; text-align: center; white-space: pre; }
`;

  set(changes) {
    if (changes.weights != null && !changes.kernel) changes = { ...changes, kernel: "own" };
    const source = this.state.src;
    super.set(changes);
    if (this.shadowRoot && this.state.src !== source) this.load();
  }

  build() {
    this.picture = { h: 96, w: 96, levels: zonePlate(96, 0.25).map((v) => 127.5 + 127.5 * v) };
    this.load();
    const photo = (name) => {
      const made = { canvas: h("canvas"), mark: h("i"), title: h("figcaption", { class: "title" }) };
      const point = (event) => {
        const box = made.canvas.getBoundingClientRect(), { h: rows, w } = this.picture;
        const cut = made.cut ?? 0;
        const at = (part, whole, size) => cut + Math.floor((part / whole) * (size - 2 * cut));
        this.point(at(event.clientY - box.top, box.height, rows), at(event.clientX - box.left, box.width, w), event.type === "click");
      };
      const keys = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      made.frame = h("div", { class: "photo", role: "application", "aria-roledescription": "picture to move in", "aria-label": `${name}; arrow keys move the window`, tabindex: 0,
        onclick: point,
        onpointermove: (event) => event.pointerType !== "touch" && !this.held && point(event),
        onkeydown: (event) => {
          const [dy, dx] = keys[event.key] ?? [];
          if (dy === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
          event.preventDefault();
          const far = event.shiftKey ? 8 : 1;
          this.point(this.state.y + far * dy, this.state.x + far * dx);
        } }, made.canvas, made.mark);
      made.node = h("figure", { class: "box" }, made.title, made.frame);
      return made;
    };
    this.before = photo("photograph");
    this.after = photo("answer");
    this.boxes = range(9).map((i) => h("input", { type: "text", inputmode: "text", autocomplete: "off", "aria-label": `weight in row ${Math.floor(i / 3)}, column ${i % 3}`,
      oninput: () => this.set({ weights: this.boxes.map((box) => box.value || "0").join(" ") }) }));
    this.controls.push(() => {
      const texts = this.texts;
      this.boxes.forEach((box, i) => {
        if (this.shadowRoot.activeElement !== box) box.value = texts[i] ?? "";
        box.setAttribute("aria-invalid", weightOf(texts[i] ?? "") === null);
      });
    });
    this.sum = h("p", { class: "formula" });
    this.shown = h("p", { class: "soft", style: "margin: 0" });
    this.parts = new Grid("products", { size: "3.4rem" });
    this.parts.node.classList.add("tall");
    return [
      h("div", { class: "line" }, this.choice("kernel")),
      h("div", { class: "line" }, this.choice("padding"), this.toggle("flip")),
      h("div", { class: "pictures" }, this.before.node, this.after.node),
      this.shown,
      h("div", { class: "stage" },
        h("div", { class: "box" }, h("div", { class: "title" }, "the nine weights: change them"), h("div", { class: "nine" }, this.boxes)),
        this.parts.node),
      this.sum, this.said, this.lines,
    ];
  }

  get texts() {
    const { kernel, weights } = this.state;
    return (kernel === "own" ? apart(weights || "0 0 0 0 1 0 0 0 0") : KERNELS[kernel]).map(String);
  }

  /** Take the picture out of its address; levels are those of its red. */
  async load() {
    const image = new Image();
    image.src = this.state.src;
    try {
      await image.decode();
      const canvas = h("canvas", { width: image.width, height: image.height }), context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      this.picture = { h: image.height, w: image.width, levels: data.filter((_, i) => i % 4 === 0) };
      this.refresh();
    } catch {
      // Rings stay, which need no picture.
    }
  }

  /** A press holds the window where it is; the next one lets it go. */
  point(y, x, press = false) {
    if (press) this.held = !(this.held && y === this.state.y && x === this.state.x);
    if (y !== this.state.y || x !== this.state.x || press) this.set({ y, x });
  }

  draw() {
    const { padding, flip } = this.state, { picture } = this, cut = padding === "valid" ? 1 : 0;
    const read = this.texts.map(weightOf), bad = read.findIndex((w) => w === null);
    const short = read.length !== 9;
    // The weights that count, and how they are written.
    if (bad < 0 && !short) [this.good, this.written] = [read, this.texts];
    const weights = this.good ?? KERNELS.identity, total = weights.reduce((a, b) => a + b);
    this.state.y = clamp(this.state.y, cut, picture.h - 1 - cut);
    this.state.x = clamp(this.state.x, cut, picture.w - 1 - cut);
    const { y, x } = this.state;
    const key = [weights, padding, flip, picture.w].join();
    if (key !== this.key || picture !== this.painted) {
      this.key = key;
      if (picture !== this.painted) paint(this.before.canvas, picture.h, picture.w, (i) => picture.levels[i]);
      this.painted = picture;
      this.answer = filteredPicture(picture, weights, padding, flip);
      this.how = kernelShown(this.answer.levels, total);
      paint(this.after.canvas, this.answer.h, this.answer.w, (i) => this.how.level(this.answer.levels[i]));
      this.after.cut = cut;
    }
    this.before.title.innerHTML = `photograph <b>${picture.h} × ${picture.w}</b>`;
    this.after.title.innerHTML = `${flip ? "convolution" : "correlation"}, ${padding} <b>${this.answer.h} × ${this.answer.w}</b>`;
    const frame = ({ mark }, top, left, side, rows, columns) =>
      (mark.style.cssText = `top:${(100 * top) / rows}%;left:${(100 * left) / columns}%;width:${(100 * side) / columns}%;height:${(100 * side) / rows}%`);
    frame(this.before, y - 1, x - 1, 3, picture.h, picture.w);
    frame(this.after, y - cut, x - cut, 1, this.answer.h, this.answer.w);
    const nine = windowAt(picture, weights, y, x, flip);
    this.parts.draw(3, 3, `grey × weight, around row ${y}, column ${x}`, (i, j) => {
      const { level, weight, outside } = nine[3 * i + j];
      return { text: `${level} ×\n${written(weight)}`, kind: outside ? "padding" : "" };
    });
    const plus = weights.filter((w) => w > 0).length, minus = weights.filter((w) => w < 0).length;
    this.sum.innerHTML = `The ${plus} positive and ${minus} negative weights add up to <b>${written(total)}</b>: ${sumTells(total)}.`;
    this.shown.textContent = this.how.words;
    const terms = nine.filter(({ weight }) => weight).map(({ level, weight }) => `${level}·${written(weight)}`);
    const value = this.answer.levels[(y - cut) * this.answer.w + x - cut];
    const zeros = nine.filter(({ outside }) => outside).length;
    if (short) this.say(`A kernel has nine weights, but here are ${read.length}. Until then the last nine count.`);
    else if (bad >= 0) this.say(`“${this.texts[bad]}” is no number; write 2, −0.5 or 1/9. Until then the last nine count.`);
    else this.say(`Row ${y}, column ${x}: nine products, added up.${zeros ? ` ${zeros} of them are with zeros around the picture.` : ""}`, `${terms.join(" + ") || "0"} = ${written(value)}`);
    const rows = range(3).map((i) => `[${(this.written ?? weights).slice(3 * i, 3 * i + 3).join(", ")}]`).join(", ");
    const turned = flip ? "k[::-1, ::-1]" : "k";
    this.code({
      NumPy: `k = np.array([${rows}])`,
      Keras: `layers.Conv2D(1, 3, padding="${padding}", use_bias=False, kernel_initializer=initializers.Constant(${turned}[..., None, None]))`,
      SciPy: `signal.${flip ? "convolve2d" : "correlate2d"}(x, k, "${padding}")`,
    });
  }
}

define("kernel-bench", KernelBench);
