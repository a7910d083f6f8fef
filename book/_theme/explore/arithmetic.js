// What the explorables compute, apart from how they show it. The letters are the book's:
// n input, k kernel, p padding, s stride, d dilation, o output, all in pixels of one axis.
// tests/site/test_explorables.py holds every function to Keras, NumPy and lab.

/** Input pixels from a kernel's first tap to its last. */
export const span = (k, d = 1) => d * (k - 1) + 1;

const sum = (numbers) => numbers.reduce((total, x) => total + x, 0);
export const range = (n) => Array.from({ length: n }, (_, i) => i);
export const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

/** Make a picture of h rows and w columns from a function of (y, x). */
export const picture = (h, w, value) => range(h).map((y) => range(w).map((x) => value(y, x)));

/** Zeros before and after one axis, as Keras places them; padding: "valid", "same" or p. */
export function pads(n, k, s = 1, d = 1, padding = "valid") {
  if (padding === "valid") return [0, 0];
  if (padding !== "same") return [padding, padding];
  const total = Math.max((Math.ceil(n / s) - 1) * s + span(k, d) - n, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** All there is to know of one axis; o is 0 where the kernel fits nowhere. */
export function axis(n, k, s = 1, d = 1, padding = "valid") {
  const [before, after] = pads(n, k, s, d, padding);
  const o = Math.max(Math.floor((n + before + after - span(k, d)) / s) + 1, 0);
  const taps = range(o).map((i) => range(k).map((t) => s * i + d * t - before));
  const readers = range(n).map((at) => range(o).filter((i) => taps[i].includes(at)));
  return { n, k, o, before, after, taps, readers };
}

/** The two axes of a picture; with dims = 1 it is a single row, whose kernel is a row, too. */
export function axes(h, w, k, s, d, padding, dims = 2) {
  const rows = dims === 1 ? axis(1, 1) : axis(h, k, s, d, padding);
  return { rows, columns: axis(w, k, s, d, padding) };
}

const cross = (ys, xs) => ys.flatMap((y) => xs.map((x) => [y, x]));

/** Call a function for each output with its taps, as [[y, x], …]. */
const windows = ({ rows, columns }, value) =>
  picture(rows.o, columns.o, (y, x) => value(cross(rows.taps[y], columns.taps[x])));

/** What is pointed at, an output or a pixel with its padding, moved to the nearest there is. */
export function pointed([where, y, x], rows, columns) {
  const out = where === "out";
  const kept = (at, { o, before, n }) =>
    out ? clamp(at, 0, Math.max(o - 1, 0)) : clamp(at, before, before + n - 1);
  const [i, j] = [kept(y, rows), kept(x, columns)];
  const here = [i - rows.before, j - columns.before];
  return {
    at: [where, i, j],
    out,
    here, // where in the picture, if it is a pixel
    taps: out && rows.o && columns.o ? cross(rows.taps[i], columns.taps[j]) : [],
    by: out ? [] : cross(rows.readers[here[0]], columns.readers[here[1]]),
  };
}

/** A pixel; nothing in the padding. */
export const pixel = (x, [row, column]) => x[row]?.[column];

/** What each tap of a window reads times its weight. */
export const products = (x, kernel, taps) =>
  taps.map((at, t) => (pixel(x, at) ?? 0) * kernel.flat()[t]);

/** Convolve a picture (h w) with a square kernel, or with dims = 1 a row with a row. */
export const conv2d = (x, kernel, s = 1, d = 1, padding = "valid", dims = 2) =>
  windows(axes(x.length, x[0].length, kernel[0].length, s, d, padding, dims), (taps) =>
    sum(products(x, kernel, taps)),
  );

/** The taps of each window that lie in the picture: padding never wins and never counts. */
const real = (x, k, s, padding) =>
  windows(axes(x.length, x[0].length, k, s, 1, padding), (taps) =>
    taps.filter((at) => pixel(x, at) !== undefined),
  );

/** Pool a picture; mode: "max" or "avg". */
export const pool2d = (x, k, s = k, padding = "valid", mode = "max") =>
  real(x, k, s, padding).map((line) =>
    line.map((taps) => {
      const seen = taps.map((at) => pixel(x, at));
      return mode === "max" ? Math.max(...seen) : sum(seen) / seen.length;
    }),
  );

/**
 * Send a gradient of 1 from each output back to the pixels that it read.
 * Of equal maxima TensorFlow's pooling layer takes the first, its reduce_max shares.
 */
export function routed(x, k, s = k, padding = "valid", mode = "max", ties = "first") {
  const back = x.map((line) => line.map(() => 0));
  for (const taps of real(x, k, s, padding).flat()) {
    const largest = Math.max(...taps.map((at) => pixel(x, at)));
    let to = mode === "max" ? taps.filter((at) => pixel(x, at) === largest) : taps;
    if (mode === "max" && ties === "first") to = to.slice(0, 1);
    for (const [row, column] of to) back[row][column] += 1 / to.length;
  }
  return back;
}

/** Move a picture; what leaves on one side comes in on the other. */
export function rolled(x, dy, dx) {
  const [h, w] = [x.length, x[0].length];
  const at = (i, n) => ((i % n) + n) % n;
  return picture(h, w, (row, column) => x[at(row - dy, h)][at(column - dx, w)]);
}

/** Move a picture; its edge is repeated where nothing comes in. */
export function moved(x, dy, dx) {
  const [h, w] = [x.length, x[0].length];
  return picture(h, w, (row, column) => x[clamp(row - dy, 0, h - 1)][clamp(column - dx, 0, w - 1)]);
}

/** lab.pictures.circle: Bresenham's circle, drawn around a middle that is then left out. */
export function circle(n = 64, shrink = 4) {
  const half = n / 2;
  const x = picture(n, n, () => 0);
  const dot = (row, column) => {
    if (row && column) x[row + half - (row > 0)][column + half - (column > 0)] = 1;
  };
  let r = half - shrink;
  for (let c = 0, d = 3 - 2 * r; r >= c; c++) {
    for (const [row, column] of [[r, c], [c, r]])
      for (const up of [1, -1]) for (const left of [1, -1]) dot(up * row, left * column);
    if (d < 0) d += 4 * c + 6;
    else d += 4 * (c - r--) + 10;
  }
  return x;
}

/** A picture and what four poolings of 2 leave of it. */
export const chain = (x, mode = "max") =>
  range(4).reduce((made, i) => [...made, pool2d(made[i], 2, 2, "valid", mode)], [x]);

export const same = (x, y) => String(x) === String(y);
