// Transposed convolution along one axis, three times over, with the book's letters.

/**
 * Size of the output, and how much of the stamped row is cropped before it.
 *
 * Under "valid" and "same" as Keras has it; with a number p as PyTorch has it, which
 * crops p on either side. What is cropped at the end, `after`, is negative where the
 * row goes on behind the stamps.
 *
 * @param {{n: number, k: number, s: number, padding: (string|number),
 *   a: ?number}} letters input, kernel, stride, padding, output_padding (null: the default)
 * @returns {Object} {o, before, after, a}, or {problem}: a sentence
 */
export function transposedSize({ n, k, s, padding, a = null }) {
  const p = padding === "valid" ? 0 : padding === "same" ? Math.floor(k / 2) : padding;
  const usual = { valid: Math.max(s - k, 0), same: s - (k % 2) }[padding] ?? 0;
  const extra = a ?? usual, whole = s * (n - 1) + k, o = whole - 2 * p + extra;
  const problem = a !== null && a >= s
    ? `output_padding=${a} is not below the stride of ${s}: ${s} more pixels are those `
      + "of an input of one more."
    : o < 1 ? `Nothing is left: of ${whole} pixels ${p} are cropped on either side.`
    : padding === "same" && Math.ceil(o / s) !== n
    ? `No convolution under "same" leads from ${o} pixels to ${n}: with an even kernel `
      + "output_padding is 1 or more."
    : null;
  if (problem) return { problem };
  const before = padding === "same" ? Math.max(Math.floor((whole - o) / 2), 0) : p;
  return { o, before, after: whole - o - before, a: extra };
}

/** Stamps: each input number lays down the kernel, s further on; what overlaps adds. */
export function stamped(x, kernel, s, { o, before }) {
  const y = Array(o).fill(0);
  x.forEach((number, i) => kernel.forEach((weight, j) => {
    const t = s * i + j - before;
    if (t >= 0 && t < o) y[t] += number * weight;
  }));
  return y;
}

/** The input spread by s - 1 zeros, padded (cut, where k - 1 < before). */
export function spread(x, k, s, { o, before }) {
  const first = k - 1 - before;
  return Array.from({ length: o + k - 1 }, (_, t) => {
    const i = (t - first) / s;
    return Number.isInteger(i) && i >= 0 && i < x.length ? { i, number: x[i] }
      : { number: 0, between: i > 0 && i < x.length - 1 };
  });
}

/** Slide the flipped kernel over the spread row, as a convolution does. */
export function slid(x, kernel, s, size) {
  const row = spread(x, kernel.length, s, size), turned = [...kernel].reverse();
  return Array.from({ length: size.o }, (_, t) =>
    turned.reduce((sum, weight, j) => sum + weight * row[t + j].number, 0));
}

/** The matrix (o rows, n columns): the transpose of the convolution's. */
export function transposedMatrix(n, kernel, s, { o, before }) {
  return Array.from({ length: o }, (_, t) =>
    Array.from({ length: n }, (_, i) => kernel[t + before - s * i] ?? 0));
}

/** Which stamps reach each output: [input, weight] places, in order. */
export function reaching(n, k, s, { o, before }) {
  return Array.from({ length: o }, (_, t) => {
    const at = Array.from({ length: n }, (_, i) => [i, t + before - s * i]);
    return at.filter(([, j]) => j >= 0 && j < k);
  });
}
