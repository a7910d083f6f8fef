// Kernels of 3 x 3 on one grey picture, for the kernel bench.

/** The names, in order, and nine numbers, as chapter 4 has them; a name may divide. */
export const KERNELS = {
  identity: [0, 0, 0, 0, 1, 0, 0, 0, 0],
  box: Array(9).fill("1/9"),
  Gaussian: ["1/16", "2/16", "1/16", "2/16", "4/16", "2/16", "1/16", "2/16", "1/16"],
  above: [0, 1, 0, 0, -1, 0, 0, 0, 0],
  Sobel: [1, 2, 1, 0, 0, 0, -1, -2, -1],
  Laplace: [0, 1, 0, 1, -4, 1, 0, 1, 0],
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  emboss: [-2, -1, 0, -1, 1, 1, 0, 1, 2],
};

/** Read what a reader wrote as a number: 2, -0.5, 1/9; null if it is none. */
export function weightOf(text) {
  const [, top, bottom = 1] = String(text).trim().replace("−", "-")
    .match(/^([+-]?(?:\d+\.?\d*|\.\d+))(?:\s*\/\s*(\d+\.?\d*))?$/) ?? [];
  const number = top / bottom;
  return Number.isFinite(number) && Math.abs(number) <= 1000 ? number : null;
}

/**
 * The nine products at one pixel of the output.
 *
 * @param {{h: number, w: number, levels: ArrayLike<number>}} picture
 * @param {number[]} weights nine, in the order of reading
 * @param {number} y row and
 * @param {number} x column of the window's middle in the picture
 * @param {boolean} flip turn the kernel first: convolution, not correlation
 * @returns {{level: number, weight: number, outside: boolean}[]} in the window's order
 */
export function windowAt({ h, w, levels }, weights, y, x, flip) {
  return weights.map((_, at) => {
    const row = y + Math.floor(at / 3) - 1, column = x + (at % 3) - 1;
    const outside = row < 0 || column < 0 || row >= h || column >= w;
    return {
      level: outside ? 0 : levels[row * w + column],
      weight: weights[flip ? 8 - at : at],
      outside,
    };
  });
}

/** Filter a picture under "same" (zeros around it) or "valid". */
export function filteredPicture(picture, weights, padding, flip) {
  const cut = padding === "valid" ? 1 : 0;
  const h = picture.h - 2 * cut, w = picture.w - 2 * cut;
  const levels = Float64Array.from({ length: h * w }, (_, at) =>
    windowAt(picture, weights, Math.floor(at / w) + cut, (at % w) + cut, flip)
      .reduce((sum, { level, weight }) => sum + level * weight, 0));
  return { h, w, levels };
}
