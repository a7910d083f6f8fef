// <rings-explorer>: the cover's rings, with fewer and fewer pixels.

import { Explorer, define, h, paint } from "./element.js";
import { magma, thinned, zonePlate } from "./plates.js";

const SIZE = 384, FINEST = 0.125; // as lab.pictures.cover has them
const plate = () => (plate.made ??= zonePlate(SIZE, FINEST));

/** What the pictures of a stride are called, and what they show. */
export function ringsTold(s) {
  const ordinal = { 2: "second ", 3: "third ", 4: "fourth ", 5: "fifth ", 6: "sixth ", 7: "seventh ", 8: "eighth ", 9: "ninth ", 10: "tenth " }[s] ?? (s > 1 ? `${s}${s % 10 < 4 && s > 20 ? ["th", "st", "nd", "rd"][s % 10] : "th"} ` : "");
  const finest = 1 / FINEST;
  const told = s === 1 ? "All pixels are kept: nothing is lost, and nothing invented."
    : 2 * s <= finest ? `The finest rings are ${finest} pixels from light to light. They still get ${finest / s === 2 ? "two" : "more than two"} pixels each, and no ring is false.`
    : `The finest rings are ${finest} pixels from light to light, but only every ${ordinal}pixel is kept: half-rings appear that are not in the picture. Averaging first lets them fade.`;
  return [`Every ${ordinal}pixel`, `Means of ${s} × ${s} pixels`, told];
}

class RingsExplorer extends Explorer {
  static fields = { s: { label: "stride", min: 1, max: 24, init: 8 } };

  static css = `
.three { display: grid; gap: .7rem 1rem; grid-template-columns: repeat(3, minmax(0, 1fr)); }
canvas { border-radius: .6rem; display: block; image-rendering: pixelated; width: 100%; }
figcaption { color: var(--ink-soft); font-size: .95rem; margin-top: .4rem; }
:host([over]) { border: 0; display: flex; flex-direction: column-reverse; margin: 0; padding: 0; }
:host([over]) slot { display: block; }
:host([over]) .ui { margin-top: 1rem; }
.slide { align-items: center; display: grid; gap: .5rem 1.5rem; grid-template-columns: 12rem minmax(0, 1fr); }
.said { min-height: 2.8em; }
@container (max-width: 36rem) { .slide { grid-template-columns: minmax(0, 1fr); } .said { min-height: 7em; } }
`;

  build() {
    // Over the cover's own pictures nothing is drawn until the slider moves.
    this.pictures = [...this.querySelectorAll("img")].slice(-2);
    this.over = this.pictures.length === 2;
    this.toggleAttribute("over", this.over);
    const figure = () => {
      const canvas = h("canvas", { role: "img" }), caption = h("figcaption");
      return { canvas, caption, node: h("figure", { class: "box" }, canvas, caption) };
    };
    this.panels = this.over ? [] : [figure(), figure(), figure()];
    const three = h("div", { class: "three" }, this.panels.map(({ node }) => node));
    three.hidden = this.over;
    return [three, h("div", { class: "slide" }, this.slider("s"), this.said)];
  }

  draw() {
    const { s } = this.state, [kept, means, told] = ringsTold(s);
    this.say(told);
    const o = Math.floor(SIZE / s);
    const show = (canvas, levels, size) => paint(canvas, size, size, (i) => magma(levels[i]));
    if (this.over && !this.panels.length) {
      if (s === 8) return;
      this.panels = this.pictures.map((picture) => {
        const canvas = h("canvas", { role: "img", class: "pixels" }), caption = picture.parentNode.querySelector("p");
        picture.replaceWith(canvas);
        return { canvas, caption };
      });
    }
    const [every, averaged] = this.panels.slice(-2);
    if (!this.over && !this.drawn) {
      this.drawn = true;
      this.panels[0].caption.textContent = "The picture: rings that grow finer outwards";
      this.panels[0].canvas.setAttribute("aria-label", "Rings that grow finer from the centre outwards");
      show(this.panels[0].canvas, plate(), SIZE);
    }
    show(every.canvas, thinned(plate(), SIZE, s, false), o);
    show(averaged.canvas, thinned(plate(), SIZE, s, true), o);
    [[every, kept], [averaged, means]].forEach(([{ canvas, caption }, words]) => {
      canvas.setAttribute("aria-label", `${words} of the rings, ${o} by ${o}`);
      caption.replaceChildren(h("strong", {}, words), ` ${o} × ${o} pixels are left.`);
    });
  }
}

define("rings-explorer", RingsExplorer);
