// einops' patterns: what they say, what is wrong with them, where each number goes.

const REST = "...";
const quoted = (names) => names.map((name) => `"${name}"`).join(" and ");
const product = (sizes) => sizes.reduce((a, b) => a * b, 1);

/** Stop with a sentence about the characters [from, to) of the pattern. */
function fault(problem, from = 0, to = from) {
  throw { problem, at: [from, to] };
}

/** Read one side, which begins at `start`, into groups of axes {name, size?, at}. */
function readSide(text, start) {
  const groups = [], seen = new Map();
  let group = null, opened = 0;
  for (const { 0: token, index } of text.matchAll(/\.{3}|[\p{L}\p{N}_]+|[^ ]/gu)) {
    const at = [start + index, start + index + token.length];
    if (token === "(") {
      if (group) fault("A bracket inside a bracket: groups have one level.", ...at);
      group = Object.assign([], { bracketed: true });
      opened = at;
    } else if (token === ")") {
      if (!group) fault("This bracket closes nothing.", ...at);
      group.at = [opened[0], at[1]];
      groups.push(group);
      group = null;
    } else {
      const number = /^\d+$/.test(token) && +token;
      if (token === ".") {
        fault("Dots come in threes: ... stands for all other axes.", ...at);
      } else if (!/^[.\p{L}\p{N}_]/u.test(token)) {
        fault(`"${token}" means nothing in a pattern, which is made of names, `
          + "numbers, brackets and ...", ...at);
      } else if (number === 0) {
        fault("No axis has the length 0.", ...at);
      } else if (number === false && token !== REST
          && !/^\p{ID_Start}(\p{ID_Continue}*[\p{L}\p{N}])?$/u.test(token)) {
        fault(`"${token}" is no name: a name begins with a letter and ends with a `
          + "letter or a digit.", ...at);
      }
      const touches = text[index + token.length] ?? " ";
      const before = text[index - 1] ?? " ";
      if (token === REST ? /[^ ()]/.test(before + touches) : touches === ".") {
        fault("... stands alone, between spaces.", ...at);
      }
      if (number === false) {
        if (seen.has(token)) {
          fault(token === REST ? "A side has one ... at most."
            : `"${token}" stands twice on this side; it can name one axis.`, ...at);
        }
        seen.set(token, at);
      }
      // A 1 is an empty group; inside a bracket it changes nothing.
      const axes = number === 1 ? [] : [{
        name: number ? `${token} at ${at[0]}` : token, at, size: number || undefined,
      }];
      if (group) group.push(...axes);
      else groups.push(Object.assign(axes, { at }));
    }
  }
  if (group) fault("This bracket is never closed.", ...opened);
  return groups;
}

/** Say which axes stand on one side though the operation wants them on both. */
function compareSides(left, right, operation) {
  const names = (axes) => new Set(axes.map(({ name }) => name));
  const onLeft = names(left), onRight = names(right);
  for (const axis of operation === "rearrange" ? [...left, ...right] : []) {
    if (axis.size) {
      fault("rearrange takes no number but 1. Give the axis a name.", ...axis.at);
    }
  }
  const gone = left.find(({ name }) => !onRight.has(name));
  if (gone && operation !== "reduce") {
    const called = gone.size ?? gone.name;
    fault(`"${called}" is missing on the right; ${operation} drops no axis. `
      + "To drop one is reduce.", ...gone.at);
  }
  const isNew = right.filter(({ name }) => !onLeft.has(name));
  const rest = isNew.find(({ name }) => name === REST);
  if (rest) fault("... on the right needs ... on the left.", ...rest.at);
  const [added] = isNew;
  if (added && operation !== "repeat") {
    const called = added.size ?? added.name;
    fault(`"${called}" is missing on the left; ${operation} makes no axis. `
      + "To make one is repeat.", ...added.at);
  }
}

/** Put an axis of its own for each that ... stands for. */
function spellOut(groups, count) {
  const axes = (at) => Array.from({ length: count }, (_, i) => ({ name: `...${i}`, at }));
  return groups.flatMap((group) => {
    if (group[0]?.name === REST && !group.bracketed) {
      return axes(group.at).map((axis) => Object.assign([axis], { at: group.at }));
    }
    const spelled = group.flatMap((a) => (a.name === REST ? axes(a.at) : [a]));
    return [Object.assign(spelled, { at: group.at })];
  });
}

/** Find the length of each axis of the left side, in `lengths`. */
function measure(groups, shape, lengths) {
  groups.forEach((group, i) => {
    const open = group.filter(({ name }) => !(name in lengths));
    const known = product(group.map(({ name }) => lengths[name] ?? 1));
    if (open.length > 1) {
      fault(`Of ${quoted(open.map(({ name }) => name))} all but one need a size.`,
        ...group.at);
    } else if (open.length ? shape[i] % known : shape[i] !== known) {
      fault(open.length
        ? `An axis of ${shape[i]} cannot be cut into parts of ${known}.`
        : `The pattern says ${known}, but this axis has ${shape[i]}.`, ...group.at);
    }
    if (open.length) lengths[open[0].name] = shape[i] / known;
  });
}

/** Return the coordinates of a position, given the sizes of the axes. */
export function unravel(position, sizes) {
  const at = [];
  for (let i = sizes.length; i--; position = Math.floor(position / sizes[i])) {
    at[i] = position % sizes[i];
  }
  return at;
}

/** Return for each place of the axes `to` the flat places of `from` that it reads. */
function trace(from, to, lengths) {
  const kept = new Set(to), gone = from.filter((name) => !kept.has(name));
  const sizes = (names) => names.map((name) => lengths[name]);
  const steps = {};
  from.reduceRight((step, name) => ((steps[name] = step), step * lengths[name]), 1);
  const places = (names) => Array.from({ length: product(sizes(names)) }, (_, i) =>
    unravel(i, sizes(names)).reduce((sum, at, j) => sum + at * (steps[names[j]] ?? 0), 0));
  const rest = places(gone);
  return places(to).map((start) => rest.map((more) => start + more));
}

/**
 * Read a pattern of einops and follow every number through it.
 *
 * @param {string} pattern such as "h w c -> (h w) c"
 * @param {number[]} shape of the array
 * @param {string} operation "rearrange", "reduce" or "repeat"
 * @param {Object<string, number>} sizes of axes that the shape does not tell
 * @returns {Object} {problem, at}: a sentence, and the characters it is about, from and
 *   to; or {left, right, lengths, result, stages}: names by group on both sides, the
 *   length of each name, the shape of the result, and what it takes to get there. A
 *   stage has a name, names (of its axes, by group), shape and reads: for each of its
 *   numbers the places in the flattened array that it comes from.
 */
export function follow(pattern, shape, operation = "rearrange", sizes = {}) {
  try {
    return followed(pattern, shape, operation, sizes);
  } catch (stopped) {
    if (!stopped.problem) throw stopped;
    return stopped;
  }
}

function followed(pattern, shape, operation, sizes) {
  const [first, second, third] = pattern.split("->");
  if (second === undefined) {
    fault("A pattern has an arrow ->, from the axes there are to those you want.",
      pattern.length);
  }
  if (third !== undefined) {
    const at = first.length + second.length + 2;
    fault("This is a second arrow; a pattern has one.", at, at + 2);
  }
  let left = readSide(first, 0), right = readSide(second, first.length + 2);
  compareSides(left.flat(), right.flat(), operation);

  const rest = left.flat().find(({ name }) => name === REST);
  if (left.some((group) => group.bracketed && group.includes(rest))) {
    fault("On the left ... stands outside brackets.", ...rest.at);
  }
  const count = shape.length - left.length + (rest ? 1 : 0);
  if (count < 0 || (count && !rest)) {
    const said = left.length - (rest ? 1 : 0);
    fault(`The pattern names ${said} ${said === 1 ? "axis" : "axes"}, but the array has `
      + `${shape.length}: its shape is (${shape.join(", ")}).`, 0, first.trimEnd().length);
  }
  left = spellOut(left, count);
  right = spellOut(right, count);

  const lengths = {};
  const all = [...left.flat(), ...right.flat()];
  for (const { name, size } of all) if (size) lengths[name] = size;
  for (const [name, size] of Object.entries(sizes)) {
    if (!all.some((axis) => axis.name === name)) {
      fault(`${name}=${size} is given, but no axis is called so.`, 0, pattern.length);
    }
    lengths[name] = size;
  }
  const known = new Set(left.flat().map(({ name }) => name));
  for (const { name, at } of right.flat()) {
    if (!known.has(name) && !(name in lengths)) {
      fault(`How long is the new axis "${name}"? It needs a size.`, ...at);
    }
  }
  measure(left, shape, lengths);
  return { lengths, ...staged(named(left), named(right), lengths) };
}

const named = (groups) => groups.map((group) => group.map(({ name }) => name));

/** List what is done one after the other: split, reorder, reduce or repeat, merge. */
function staged(left, right, lengths) {
  const from = left.flat(), to = right.flat();
  const kept = to.filter((name) => from.includes(name));
  const gone = from.filter((name) => !to.includes(name));
  const singly = (names) => names.map((name) => [name]);
  const stage = (name, names) => ({
    name, names,
    shape: names.map((group) => product(group.map((axis) => lengths[axis]))),
    reads: trace(from, names.flat(), lengths),
  });
  const stages = [
    stage("split", singly(from)),
    stage("transpose", singly([...kept, ...gone])),
    gone.length && stage("reduce", singly(kept)),
    to.length > kept.length && stage("repeat", singly(to)),
    stage("merge", right),
  ].filter(Boolean);
  return { left, right, stages, result: stages.at(-1).shape };
}
