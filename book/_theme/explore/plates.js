// The cover's rings, as lab.pictures makes them.

/** Rings that grow finer outwards: lab.pictures.zone_plate. */
export function zonePlate(n, finest) {
  const at = (i) => (i - (n - 1) / 2) ** 2;
  return Float32Array.from({ length: n * n }, (_, i) =>
    Math.cos(2 * Math.PI * finest / n * (at(Math.floor(i / n)) + at(i % n))));
}

/** Thin an n x n picture: the pixel in the middle of each s x s block, or its mean. */
export function thinned(levels, n, s, mean) {
  const o = Math.floor(n / s), middle = Math.floor(s / 2);
  return Float32Array.from({ length: o * o }, (_, i) => {
    const top = s * Math.floor(i / o), left = s * (i % o);
    if (!mean) return levels[(top + middle) * n + left + middle];
    let sum = 0;
    for (let y = top; y < top + s; y++) {
      for (let x = left; x < left + s; x++) sum += levels[y * n + x];
    }
    return sum / s ** 2;
  });
}

// Seventeen colours of Matplotlib's map "magma"; those between are mixed.
const MAGMA = ("0000030a07221c1046350f6a50127b691c808225819c2e7fb63679d0416fe65162f56a5bfb8861fea671fec488fde1a3fbfcbf").match(/.{6}/g)
  .map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));

/** Colour of a level from -1 to 1, as the cover has it. */
export function magma(level) {
  const at = Math.min(Math.max((level + 1) / 2, 0), 1) * (MAGMA.length - 1);
  const low = Math.min(Math.floor(at), MAGMA.length - 2);
  return MAGMA[low].map((c, i) => c + (at - low) * (MAGMA[low + 1][i] - c));
}
