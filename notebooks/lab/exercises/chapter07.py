"""The exercises of chapter 7, Transposed convolution."""

from itertools import product

import numpy as np

from lab.exercises import reading
from lab.exercises.engine import Exercise, Unreadable
from lab.exercises.kinds import Array, Found, Function, Number, Parts

# 1 to 4: what the questions say

INPUT = np.array([[2, 0], [1, 3]])
TAPS = np.array([[1, 2], [3, 4]])
LAYER = {"n": 7, "k": 5, "s": 3}
ENCODER = {"k": 3, "s": 2, "sizes": [25, 13, 7, 4, 2]}


def _stamped(taps, s=1, together=np.add):
    """Return INPUT, stamped with these taps."""
    side = s + len(taps)
    full = np.zeros((side, side), int)
    for i, j in product((0, 1), (0, 1)):
        place = full[s * i : s * i + len(taps), s * j : s * j + len(taps)]
        place[...] = together(place, INPUT[i, j] * taps)
    return full


# 5. Find the bug

# fmt: off


def _bug(n, k, s, p, a):
    full = s * (n - 1) + k
    return p, full - p

# fmt: on


def window(n, k, s, p, a):
    """Return which pixels of the full stamp picture PyTorch's layer keeps."""
    return p, s * (n - 1) + k - p + a


def torch_layers():
    """Return layers as PyTorch counts them, from small to large."""
    cases = [
        (n, k, s, p, a)
        for n, k, s, p, a in product((1, 2, 3, 5), (1, 2, 3, 4, 5), (1, 2, 3), *BOTH)
        if a <= p and a < s <= k and s * (n - 1) + k - 2 * p + a > 0
    ]
    return sorted(cases, key=lambda case: (sum(case), case))


BOTH = (0, 1, 2), (0, 1, 2)


# 6. Transpose a row


def transposed(row, taps, s, q, o):
    """Return the o pixels of a row's full stamp picture that begin at pixel q."""
    return _cut(_full(row, taps, s), q, o)


def _full(row, taps, s, add=True):
    full = [0] * (s * (len(row) - 1) + len(taps))
    for i, number in enumerate(row):
        for t, tap in enumerate(taps):
            full[s * i + t] = add * full[s * i + t] + number * tap
    return full


def _cut(full, q, o):
    return (list(full) + [0] * (q + o))[q : q + o]


def rows_of_stamps():
    """Return rows, taps, strides and windows, from small to large."""
    rng = np.random.default_rng(7)
    found = []
    for n, k, s in product((1, 2, 3, 4), (2, 3, 4), (1, 2, 3)):
        row = rng.permutation(np.arange(1, 10))[:n].tolist()
        taps = rng.permutation(np.arange(1, 10))[:k].tolist()
        found.append((row, taps, s, (n + k) % 2, s * n))
    return sorted(found, key=lambda case: (len(case[0]) + len(case[1]), case[2]))


# 7. Even out


def _five(answer):
    answer = Parts({"taps": Array(0, [])}).read(answer)
    taps = reading.array(answer["taps"], "The row of taps")
    if taps.shape != (5,):
        raise Unreadable(f"Five taps are asked for; yours have the shape {taps.shape}.")
    return taps


def _even(taps):
    sums = [float(taps[r::2].sum()) for r in (0, 1)]
    if not taps.all():
        return f"Tap {int(np.argmin(taps != 0))} is 0; all five shall take part."
    if np.allclose(sums, 4, atol=1e-3):
        return None
    a, b = (reading.shown(round(value, 6)) for value in sums)
    if np.isclose(*sums):
        return f"It is even, but the picture of ones comes out as {a}, not as 4."
    return f"The outputs alternate between {a} and {b}."


# 8. Interleave


def phases(taps, s):
    """Return the taps of the s ordinary convolutions."""
    return [list(taps[r::s])[::-1] for r in range(s)]


def rows_of_taps():
    """Return taps and strides, from small to large."""
    rng = np.random.default_rng(8)
    cases = [(k, s) for k in range(2, 10) for s in range(1, min(k, 5))]
    cases += [(k, 2) for k in range(10, 20)]
    return [(rng.permutation(np.arange(1, 21))[:k].tolist(), s) for k, s in cases]


EXERCISES = [
    Exercise(
        number="7.1",
        title="Stamp",
        kind=Parts(
            {
                "s = 1": Array(
                    _stamped(TAPS),
                    [
                        (
                            _stamped(TAPS[::-1, ::-1]),
                            "you turned the kernel. A stamp is laid down as it is; "
                            "only who reads from an output meets it backwards.",
                        ),
                        (
                            _stamped(TAPS, together=lambda old, new: new),
                            "a later stamp does not replace an earlier one; where "
                            "they overlap they are added.",
                        ),
                        (
                            _stamped(TAPS, together=np.maximum),
                            "where stamps overlap they are added, and you kept the "
                            "largest.",
                        ),
                        (
                            _stamped(TAPS.T),
                            "you exchanged the kernel's rows and columns.",
                        ),
                        (
                            [[(INPUT * TAPS).sum()]],
                            "that is the ordinary convolution, which makes the "
                            "picture smaller.",
                        ),
                    ],
                    axes="h w",
                ),
                "s = 2": Array(
                    _stamped(TAPS, 2),
                    [
                        (
                            _stamped(TAPS[::-1, ::-1], 2),
                            "you turned the kernel, and a stamp is laid down as it is.",
                        ),
                        (
                            np.kron(TAPS, INPUT),
                            "each input stamps a kernel; here each tap stamps the "
                            "input.",
                        ),
                        (
                            _stamped(TAPS, 3),
                            "the stamps are 3 pixels apart, and a stride of 2 leaves "
                            "no gap between kernels of 2 taps.",
                        ),
                    ],
                    axes="h w",
                ),
            },
            [
                (
                    {"s = 1": _stamped(TAPS, 2), "s = 2": _stamped(TAPS)},
                    "You exchanged the two strides: the larger one puts the stamps "
                    "farther apart.",
                )
            ],
        ),
        why="In the first case two rows and two columns of the stamps overlap in the "
        "middle; in the second none do.",
        hints=(
            "Write the kernel four times, each time multiplied by one input. Where "
            "does the stamp of the last input begin?",
            "With s = 1 the picture has three rows and three columns, and all four "
            "stamps touch the pixel in its middle.",
        ),
        answer="Four stamps, added:\n\n"
        "```python\n"
        "answer = {}\n"
        "for s in (1, 2):\n"
        "    full = np.zeros((s + 2, s + 2), int)\n"
        "    for i, j in np.ndindex(2, 2):\n"
        '        stamp = q.given["input"][i, j] * q.given["kernel"]\n'
        "        full[s * i : s * i + 2, s * j : s * j + 2] += stamp\n"
        '    answer[f"s = {s}"] = full\n'
        "q.check(answer)\n"
        "```\n",
        supply={"input": INPUT, "kernel": TAPS},
    ),
    Exercise(
        number="7.2",
        title="Predict",
        kind=Parts(
            {
                "valid": Number(
                    23,
                    {
                        21: 'that is s n, the size under "same".',
                        18: "there the last stamp begins, and it has a length.",
                        26: "between 7 stamps there are 6 steps, not 7.",
                        11: "the stride is 3: the stamps are 3 pixels apart.",
                        1: "so many a convolution would leave; its transpose enlarges.",
                    },
                ),
                "same": Number(
                    21,
                    {
                        23: 'that is the full stamp picture, and "same" crops it.',
                        19: "so many are left with an output_padding of 0.",
                        7: '"same" keeps the size at stride 1 only.',
                        3: "that is the size of a convolution, which shrinks.",
                    },
                ),
                "most stamps": Number(
                    2,
                    {
                        3: "3 stamps of 5 pixels would need steps of 2 at most.",
                        1: "5 pixels do not fit into steps of 3 without overlap.",
                        5: "so many overlap at stride 1.",
                        4: "that is the count in two dimensions; a row is asked for.",
                    },
                ),
            }
        ),
        why="The counts inside are 2 2 1, again and again: 3 does not divide 5, so "
        "the overlap is not uniform.",
        hints=(
            "Where does the last of seven stamps begin, and how long is it?",
            'Under "same" Keras makes the size a product of two of the three numbers. '
            "For the overlap draw three stamps of five cells, each three cells after "
            "the one before.",
        ),
        answer="The last stamp begins at s (n - 1):\n\n"
        "```python\n"
        "full = shapes.transposed_size(7, 5, 3)\n"
        'same = shapes.transposed_size(7, 5, 3, "same")\n'
        "ones = np.ones((1, 1, 7, 1)), np.ones((1, 5, 1, 1))\n"
        "most = byhand.conv2d_transpose(*ones, 3).max()\n"
        'q.check({"valid": full, "same": same, "most stamps": most})\n'
        "```\n",
        supply=LAYER,
    ),
    Exercise(
        number="7.3",
        title="Restore",
        kind=Array(
            [1, 0, 0, 0],
            [
                (
                    [0, 0, 0, 1],
                    "The right numbers in the encoder's order; the decoder begins "
                    "with 2 pixels.",
                ),
                (
                    [1, 1, 1, 1],
                    "That is what Keras chooses by itself, and it leads to 32.",
                ),
                (
                    [0, 0, 0, 0],
                    "The first step would lead from 2 to 3, and so on to 17.",
                ),
                (
                    [0, 1, 1, 1],
                    "Just the other way round: with an odd kernel 0 leads to odd "
                    "sizes, and 1 to even ones.",
                ),
                (
                    [4, 7, 13, 25],
                    "Those are the sizes; asked for is the output_padding of each "
                    "layer.",
                ),
                (
                    [0, 1, 0, 0],
                    "From 2 to 4 is the step to an even size, and it is the first.",
                ),
            ],
        ),
        why="Only the step from 2 to 4 leads to an even size. Without the argument the "
        "decoder would go through 4, 8, 16 and 32.",
        hints=(
            'With an odd kernel under "same" an output_padding of 0 makes the size '
            "s (n - 1) + 1.",
            "Which of the four sizes that the decoder has to reach are even?",
        ),
        answer="Try both for each step:\n\n"
        "```python\n"
        "sizes = [2, 4, 7, 13, 25]\n"
        "answer = [\n"
        "    a\n"
        "    for n, o in zip(sizes, sizes[1:])\n"
        "    for a in (0, 1)\n"
        '    if shapes.transposed_size(n, 3, 2, "same", a) == o\n'
        "]\n"
        "q.check(answer)\n"
        "```\n",
        supply=ENCODER,
    ),
    Exercise(
        number="7.4",
        title="Enlarge",
        kind=Parts(
            {
                "kernel": Array(
                    np.ones((2, 2), int),
                    [
                        (
                            np.ones((2, 2)) / 4,
                            "the shape is right, but each pixel would come out as a "
                            "quarter of itself.",
                        ),
                        (
                            [[1, 0], [0, 0]],
                            "that writes each pixel once, and leaves the other three "
                            "places 0.",
                        ),
                        (
                            [[1, 0], [0, 1]],
                            "two of the four places stay 0.",
                        ),
                        (
                            np.ones((3, 3)),
                            "with stride 2 such stamps overlap, and their pixels are "
                            "added.",
                        ),
                        (
                            [[1]],
                            "one tap leaves gaps between the pixels.",
                        ),
                    ],
                    axes="h w",
                ),
                "stride": Number(
                    2,
                    {
                        1: "then the stamps overlap, and the picture hardly grows.",
                        4: "four places are written by a pixel, two along each axis.",
                        3: "then rows and columns of zeros stand between the stamps.",
                        0.5: "so the output moves, seen from the input; the argument "
                        "of the layer is the other way round.",
                    },
                ),
            }
        ),
        why="The convolution that this transposes adds up squares of 2 × 2: it is "
        "average pooling, times 4. So the way back through average pooling is an "
        "enlargement by repeated pixels, divided by 4.",
        hints=(
            "Each input pixel has to be written to a square of the output, unchanged.",
            "No two stamps may touch the same pixel, and no pixel may be left out.",
        ),
        answer="Squares of ones, side by side:\n\n"
        "```python\n"
        "ones = np.ones((2, 2), int)\n"
        "x = np.arange(6).reshape(1, 2, 3, 1)\n"
        "twice = byhand.conv2d_transpose(x, ones[:, :, None, None], 2)\n"
        "assert np.array_equal(twice, x.repeat(2, axis=1).repeat(2, axis=2))\n"
        'q.check({"kernel": ones, "stride": 2})\n'
        "```\n",
    ),
    Exercise(
        number="7.5",
        title="Find the bug",
        kind=Function(
            window,
            [
                (
                    lambda n, k, s, p, a: (p - a, s * (n - 1) + k - p),
                    "The size is right; the pixels that output_padding adds are those "
                    "at the end.",
                ),
                (
                    lambda n, k, s, p, a: (p, s * (n - 1) + k - p - a),
                    "output_padding makes the output longer, not shorter.",
                ),
                (
                    lambda n, k, s, p, a: (0, s * (n - 1) + k - 2 * p + a),
                    "The size is right; in front p pixels are cropped.",
                ),
                (
                    lambda n, k, s, p, a: (p, s * (n - 1) + k - 2 * p + a),
                    "The stop is counted from the beginning of the full picture, not "
                    "of the window.",
                ),
                (
                    lambda n, k, s, p, a: (p, s * n + k - p + a),
                    "Between n stamps there are n - 1 steps.",
                ),
                (
                    lambda n, k, s, p, a: (
                        (2 * p - a) // 2,
                        s * (n - 1) + k - 2 * p + a + (2 * p - a) // 2,
                    ),
                    'The size is right, but shared between both ends, as "same" does '
                    "it; in PyTorch the front loses p.",
                ),
            ],
            torch_layers(),
            start=_bug,
            read_result=reading.row,
        ),
        why="p pixels go in front, and p - a at the end, so that the window is "
        "longer by a.",
        hints=(
            "It was tried with layers without output_padding. Which letter does it "
            "never use?",
            "How many pixels are cropped at the end, if a of them come back?",
        ),
        answer="The output padding was forgotten:\n\n"
        "```python\n"
        "def window(n, k, s, p, a):\n"
        "    full = s * (n - 1) + k\n"
        "    return p, full - p + a\n"
        "\n"
        "\n"
        "q.check(window)\n"
        "```\n",
    ),
    Exercise(
        number="7.6",
        title="Transpose by hand",
        kind=Function(
            transposed,
            [
                (
                    lambda row, taps, s, q, o: _cut(_full(row, taps, s), 0, o),
                    "The window begins at pixel q of the full stamp picture, not at "
                    "its beginning.",
                ),
                (
                    lambda row, taps, s, q, o: _full(row, taps, s),
                    "That is the full stamp picture; of it the o pixels from q on are "
                    "asked for.",
                ),
                (
                    lambda row, taps, s, q, o: transposed(row, taps[::-1], s, q, o),
                    "A stamp is laid down as it is; you turned the taps.",
                ),
                (
                    lambda row, taps, s, q, o: transposed(row, taps, 1, q, o),
                    "The stamps are s pixels apart.",
                ),
                (
                    lambda row, taps, s, q, o: _cut(_full(row, taps, s, False), q, o),
                    "A later stamp does not replace an earlier one; where they "
                    "overlap they are added.",
                ),
                (
                    lambda row, taps, s, q, o: _full(row, taps, s)[q : q + o],
                    "Where the window reaches beyond the full picture it holds zeros.",
                ),
                (
                    lambda row, taps, s, q, o: [0] * q + transposed(row, taps, s, 0, o),
                    "The q pixels in front are cropped; you put zeros there.",
                ),
            ],
            rows_of_stamps(),
            read_result=reading.row,
        ),
        why="You can compute a transposed convolution by hand, with its size and its "
        "place. In two dimensions it is the same along each axis.",
        hints=(
            "Begin with zeros, as many as the full stamp picture has pixels, and add "
            "one stamp for each input. Where does stamp i begin?",
            "Put o zeros behind the full picture before you cut, and the window can "
            "never be too short. (q is small enough.)",
        ),
        answer="Stamp, then cut:\n\n"
        "```python\n"
        "def transposed(row, taps, s, q, o):\n"
        "    full = [0] * (s * (len(row) - 1) + len(taps) + q + o)\n"
        "    for i in range(len(row)):\n"
        "        for t in range(len(taps)):\n"
        "            full[s * i + t] += row[i] * taps[t]\n"
        "    return full[q : q + o]\n"
        "\n"
        "\n"
        "q.check(transposed)\n"
        "```\n",
    ),
    Exercise(
        number="7.7",
        title="Even out",
        kind=Found(
            {"taps": [1, 2, 2, 2, 1]},
            [
                {"taps": [1, 1, 1, 1, 1]},
                {"taps": [4, 4, 4, 4, 4]},
                {"taps": [0, 2, 4, 2, 0]},
                {"taps": [1, 4, 2, 4, 1]},
                {"taps": [2, 4, 4, 4, 2]},
                {"taps": [1, 2, 1]},
            ],
            _five,
            _even,
        ),
        why="The even taps sum to 4, and the odd ones, too. So a kernel of five taps "
        "need not draw a checkerboard at stride 2: the counts alternate, the sums do "
        "not.",
        hints=(
            "Which taps can write to an output in an even place, and which to one in "
            "an odd place?",
            "With s = 2 an output meets either the taps 0, 2 and 4 or the taps 1 and "
            "3. What must each of these sums be?",
        ),
        answer="One of many: both phases sum to 4.\n\n"
        "```python\n"
        "taps = [1, 2, 2, 2, 1]\n"
        "kernel = np.reshape(taps, (1, 5, 1, 1))\n"
        "flat = byhand.conv2d_transpose(np.ones((1, 1, 9, 1)), kernel, 2)\n"
        "assert (flat[0, 0, 4:-4] == 4).all()\n"
        'q.check({"taps": taps})\n'
        "```\n",
    ),
    Exercise(
        number="7.8",
        title="Interleave",
        kind=Function(
            phases,
            [
                (
                    lambda taps, s: [list(taps[r::s]) for r in range(s)],
                    "The right taps; an ordinary convolution that does not flip has "
                    "to meet them backwards.",
                ),
                (
                    lambda taps, s: phases(taps, s)[::-1],
                    "The right rows, in the wrong order: phase 0 writes pixel 0.",
                ),
                (
                    lambda taps, s: [
                        list(part)[::-1] for part in np.array_split(taps, s)
                    ],
                    "Those are s pieces of neighbours; a phase meets every s-th tap.",
                ),
                (
                    lambda taps, s: phases(taps[::-1], s),
                    "You turned the kernel before you dealt it out, so that the taps "
                    "came to the wrong phases.",
                ),
                (
                    lambda taps, s: [list(taps)[::-1]] * s,
                    "Each phase meets some of the taps only; that is what saves the "
                    "multiplications.",
                ),
                (
                    lambda taps, s: [
                        [tap * (i % s == r) for i, tap in enumerate(taps)][::-1]
                        for r in range(s)
                    ],
                    "The right taps, but the zeros between them are to be left out.",
                ),
            ],
            rows_of_taps(),
            read_result=reading.rows,
        ),
        why="Every tap stands in just one of the s rows, so that nothing is multiplied "
        "in vain. Libraries compute it in this way, too.",
        hints=(
            "Which taps can reach the outputs 0, s, 2 s …? Which the outputs 1, s + 1, "
            "2 s + 1 …?",
            "The outputs of one phase lie s apart, and so do the taps that they meet. "
            "NumPy and lists have a slice for that; then think of the direction.",
        ),
        answer="Deal out the taps, then turn each row:\n\n"
        "```python\n"
        "def phases(taps, s):\n"
        "    return [list(taps[r::s])[::-1] for r in range(s)]\n"
        "\n"
        "\n"
        "q.check(phases)\n"
        "```\n\n"
        "Pad the row with one zero less on each side than a phase has taps, convolve, "
        "interleave, and compare with `byhand.conv2d_transpose`. Where s does not "
        "divide k, the phases differ in length; zeros behind the kernel mend that.",
    ),
]
