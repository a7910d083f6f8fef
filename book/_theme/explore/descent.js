// <descent-explorer>: steps of gradient descent on the loss of one weight.

import { clamp } from "./arithmetic.js";
import { Explorer, define, h, written } from "./element.js";

// Chapter 8's five examples: the answer is 3 times x, and x squared is 2 on average.
const SECRET = 3, SQUARE = 2;

/** The loss of a weight, and its gradient. */
export const weightLoss = (w) => SQUARE * (w - SECRET) ** 2;
export const weightGradient = (w) => 2 * SQUARE * (w - SECRET);

/** The weights of a training, the start among them. */
export function descentPath(start, rate, steps) {
  const path = [start];
  for (let t = 0; t < steps; t++) path.push(path[t] - rate * weightGradient(path[t]));
  return path;
}

/** A number as it is read: a large one without decimals, a small one with three digits. */
const briefly = (x) => Math.abs(x) >= 1e6 ? (x < 0 ? "below minus " : "above ") + "a million"
  : Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en").replace("-", "−")
  : x !== 0 && Math.abs(x) < 0.01 ? "less than 0.01" : written(x);

/** What a training is called, in a sentence or two. */
export function descentTold(start, rate, steps) {
  const factor = written(1 - 2 * SQUARE * rate), path = descentPath(start, rate, steps);
  const end = weightLoss(path.at(-1)), loss = (end !== 0 && end < 0.01 ? "is " : "") + briefly(end);
  const turn = Math.abs(1 - 2 * SQUARE * rate);
  if (start === SECRET) return "The weight stands at 3, where the gradient is 0. No step moves it, at any rate.";
  const does = turn < 1e-9 ? "At a rate of 0.25 the first step arrives: the distance to 3 is multiplied by 0."
    : Math.abs(turn - 1) < 1e-9 ? `At a rate of 0.5 each step multiplies the distance to 3 by −1: the weight jumps between ${written(start)} and ${written(6 - start)}.`
    : `Each step multiplies the distance to 3 by ${factor}: the weight ${turn > 1 ? "jumps across, and farther each time" : rate > 0.25 ? "jumps across, and comes nearer" : "comes nearer from one side"}.`;
  const count = steps === 1 ? "1 step" : `${steps} steps`;
  return `${does} After ${count} the weight is ${briefly(path.at(-1))}, and the loss ${loss}.`;
}

/** A number between two others as a place between two others. */
const scaled = (from, to, a, b) => (x) => a + (x - from) / (to - from) * (b - a);

function drawn(tag, properties, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(properties)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const WIDE = 360, HIGH = 230, LEFT = 46, BELOW = 36, MOST = 80;
const atWeight = scaled(-4, 10, LEFT, WIDE - 8), atLoss = scaled(0, MOST, HIGH - BELOW, 10);
const atStep = scaled(0, 20, LEFT, WIDE - 8), atPower = scaled(-4, 4, HIGH - BELOW, 10);
const line = (points) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");

class DescentExplorer extends Explorer {
  static fields = {
    rate: { label: "rate", min: 1, max: 60, init: 10 }, // in hundredths
    start: { label: "start", min: -3, max: 9, init: 0 },
    steps: { label: "steps", min: 0, max: 20, init: 8 },
  };

  static css = `
.two { display: grid; gap: .7rem 1.2rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
svg { display: block; height: auto; overflow: hidden; touch-action: pan-y; width: 100%; }
svg.drag { cursor: ew-resize; }
text { fill: var(--ink-soft); font-size: 13px; }
.axis { stroke: var(--line); fill: none; }
.valley { stroke: var(--ink-soft); stroke-width: 1.5; fill: none; }
.path { stroke: var(--accent); stroke-width: 1.5; fill: none; }
circle { fill: var(--accent); }
circle.first { fill: var(--paper); stroke: var(--note); stroke-width: 3; }
@container (max-width: 36rem) { .two { grid-template-columns: minmax(0, 1fr); } .said { min-height: 7em; } }
`;

  build() {
    const figure = (title, properties) => {
      const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", ...properties });
      return { svg, node: h("figure", { class: "box" }, h("figcaption", { class: "title" }, title), svg) };
    };
    this.left = figure("The loss of a weight, and the steps", { class: "drag" });
    this.right = figure("The loss curve, by powers of 10", {});
    const move = (event) => {
      if (event.type !== "pointerdown" && !event.buttons) return;
      const { left, width } = this.left.svg.getBoundingClientRect();
      const x = (event.clientX - left) / width * WIDE;
      this.set({ start: clamp(Math.round(-4 + (x - LEFT) / (WIDE - 8 - LEFT) * 14), -3, 9) });
    };
    for (const kind of ["pointerdown", "pointermove"]) this.left.svg.addEventListener(kind, move);
    const rate = this.slider("rate", { letter: "" }), number = rate.querySelector("output");
    this.controls.push(() => {
      number.value = (this.state.rate / 100).toFixed(2);
      rate.querySelector("input").setAttribute("aria-valuetext", number.value);
    });
    const sliders = [rate, this.slider("start", { letter: "" }), this.slider("steps", { letter: "" })];
    return [h("div", { class: "controls" }, sliders), h("div", { class: "two" }, this.left.node, this.right.node), this.said];
  }

  draw() {
    const { start, steps } = this.state, rate = this.state.rate / 100;
    const path = descentPath(start, rate, steps), told = descentTold(start, rate, steps);
    this.say(told);
    const frame = `M${LEFT} 10V${HIGH - BELOW}H${WIDE - 8}`;
    const words = (x, y, text, anchor = "middle") => drawn("text", { x, y, "text-anchor": anchor }, text);
    // Beyond the frame a step is drawn at its border.
    const seen = (w) => [atWeight(clamp(w, -9, 15)), atLoss(Math.min(weightLoss(w), MOST * 1.2))];
    const valley = Array.from({ length: 71 }, (_, i) => -4 + i / 5).map((w) => [atWeight(w), atLoss(weightLoss(w))]);
    const dots = (points) => points.map(([cx, cy], i) =>
      drawn("circle", { cx, cy, r: i ? 4 : 5.5, ...(i ? {} : { class: "first" }) })).reverse();
    this.left.svg.setAttribute("aria-label", `A parabola with its lowest point at weight 3. ${told}`);
    this.left.svg.replaceChildren(
      drawn("path", { class: "axis", d: frame }),
      ...[-3, 0, 3, 6, 9].map((w) => words(atWeight(w), HIGH - BELOW + 16, String(w).replace("-", "−"))),
      ...[0, 40, 80].map((loss) => words(LEFT - 6, atLoss(loss) + 4, loss, "end")),
      words((LEFT + WIDE) / 2, HIGH - 3, "weight"),
      drawn("polyline", { class: "valley", points: line(valley) }),
      drawn("polyline", { class: "path", points: line(path.map(seen)) }),
      ...dots(path.map(seen)),
    );
    const losses = path.map((w, t) => [atStep(t), atPower(clamp(Math.log10(Math.max(weightLoss(w), 1e-9)), -4.4, 4.4))]);
    this.right.svg.setAttribute("aria-label", `The loss after each of ${steps} steps, from ${briefly(weightLoss(start))} to ${briefly(weightLoss(path.at(-1)))}.`);
    this.right.svg.replaceChildren(
      drawn("path", { class: "axis", d: frame }),
      ...[0, 5, 10, 15, 20].map((t) => words(atStep(t), HIGH - BELOW + 16, t)),
      ...[-4, -2, 0, 2, 4].map((power) => words(LEFT - 4, atPower(power) + 4, +(10 ** power).toFixed(4), "end")),
      words((LEFT + WIDE) / 2, HIGH - 3, "steps"),
      drawn("polyline", { class: "path", points: line(losses) }),
      ...dots(losses),
    );
  }
}

define("descent-explorer", DescentExplorer);
