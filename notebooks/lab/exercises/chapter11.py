"""The exercises of chapter 11, Max pooling and invariance."""

from itertools import product

import numpy as np
from einops import rearrange

from lab.exercises import reading
from lab.exercises.engine import Exercise, Unreadable
from lab.exercises.kinds import Collection, Function, Number, Parts, Shape, Thought

# 1, 2 and 3: what the questions say

MAP = {"h": 75, "w": 50, "k": 2, "pools": 3}
STRIDE = {"k": 4, "s": 4, "up to": 12}
CIRCLE = {"n": 64, "r_shrink": 4, "pools": 4}

# 4. Find the bug: signals that wrap around

# fmt: off


def _bug(x):
    pairs, out = [], []
    for i in range(0, len(x), 2):
        pairs.append(max(x[i], x[i + 1]))
    n = len(pairs)
    for i in range(n):
        out.append((pairs[i - 1] + 2 * pairs[i] + pairs[(i + 1) % n]) / 4)
    return out

# fmt: on


def max_of_pairs(x):
    """Return the larger of each number and the next, around the circle."""
    return np.maximum(x, np.roll(x, -1))


def blurred(x):
    """Blur with the weights 1 2 1, around the circle."""
    return (np.roll(x, 1) + 2 * np.asarray(x) + np.roll(x, -1)) / 4


def max_blur(x):
    """Return every second number of the blurred maxima."""
    return blurred(max_of_pairs(x))[::2]


def rings():
    """Return lists of even length, from short to long."""
    rng = np.random.default_rng(11)
    return [
        ((4 * rng.integers(0, 9, n)).tolist(),) for n in (4, 6, 8, 10) for _ in range(9)
    ]


# 5. Judge a shift


def pooled(x, s):
    """Return the largest of each s numbers."""
    return np.reshape(x, (-1, s)).max(axis=1)


def judge(x, s, d):
    """Return 0 where a shift is hidden, 1 where passed on, 2 where distorted."""
    old, new = pooled(x, s), pooled(np.roll(x, d), s)
    if np.array_equal(old, new):
        return 0
    return (
        1 if any(np.array_equal(np.roll(old, m), new) for m in range(len(old))) else 2
    )


def _judge(x, s, d):
    """Judge by the stride alone."""
    return 1 if d % s == 0 else 2


def shifts():
    """Return signals, strides and shifts, from small to large."""
    rng = np.random.default_rng(11)
    cases = [
        (rng.integers(0, high, blocks * s).tolist(), s, d)
        for blocks, s, d, high in product((2, 3, 4), (2, 3), range(1, 5), (2, 9))
    ]
    return sorted(cases, key=lambda case: (len(case[0]), case[1:]))


# 6. Choose the phase


def phases(x):
    """Return the four pictures that a stride of 2 can keep."""
    return rearrange(x, "(h i) (w j) -> (i j) h w", i=2, j=2)


def adaptive(x):
    """Keep the phase with the largest sum of squares."""
    return kept(x, lambda four: (four**2).sum(axis=(1, 2)).argmax())


def kept(x, choose):
    """Keep the phase that a rule chooses."""
    return phases(x)[choose(phases(x))]


def pictures():
    """Return pictures whose phases have different norms, from small to large."""
    rng = np.random.default_rng(11)
    found = []
    while len(found) < 40:
        x = rng.integers(-9, 10, (2 * rng.integers(1, 4), 2 * rng.integers(1, 4)))
        norms = (phases(x) ** 2).sum(axis=(1, 2))
        if len(set(norms)) == 4:
            found.append((x,))
    return sorted(found, key=lambda case: case[0].size)


def read_picture(value, how):
    """Read what `adaptive` returns."""
    found = reading.array(value, how)
    if found.ndim != 2:
        raise Unreadable(f"{how} has {found.ndim} axes; a picture (h w) is asked for.")
    return found


EXERCISES = [
    Exercise(
        number="11.1",
        title="Predict",
        kind=Parts(
            {
                "valid": Shape(
                    (9, 6),
                    {
                        (10, 7): 'that is "same", which rounds up at each step.',
                        (9, 7): "the width goes 50, 25, 12, 6: 12.5 is rounded down.",
                        (10, 6): "the height goes 75, 37, 18, 9, each rounded down.",
                        (18, 12): "that is after two poolings.",
                        (25, 16): "three poolings of 2 divide by 8, not by 3.",
                    },
                ),
                "same": Shape(
                    (10, 7),
                    {
                        (9, 6): 'that is "valid", which rounds down at each step.',
                        (9, 7): "the height goes 75, 38, 19, 10, each rounded up.",
                        (10, 6): "the width goes 50, 25, 13, 7: 12.5 is rounded up.",
                        (19, 13): "those are the sizes after two poolings.",
                        (75, 50): '"same" keeps the size with a stride of 1 only.',
                    },
                ),
            },
            [
                (
                    {"valid": (10, 7), "same": (9, 6)},
                    'You exchanged them: "valid" drops what does not fill a window.',
                )
            ],
        ),
        why='Each step divides by two, and rounds down for "valid", up for "same".',
        hints=(
            "Divide by two, three times, and round after each step.",
            "Which of the two rules drops a last row that stands alone, and which "
            "keeps it?",
        ),
        answer="Down for the one rule, up for the other:\n\n"
        "```python\n"
        "valid, same = (75, 50), (75, 50)\n"
        "for _ in range(3):\n"
        "    valid = tuple(n // 2 for n in valid)\n"
        "    same = tuple(-(-n // 2) for n in same)\n"
        'q.check({"valid": valid, "same": same})\n'
        "```\n",
        supply=MAP,
    ),
    Exercise(
        number="11.2",
        title="Choose",
        kind=Collection(
            [4, 8, 12],
            [
                (
                    list(range(1, 13)),
                    "A shift by 1 may take a number out of its window.",
                ),
                ([2, 4, 6, 8, 10, 12], "That would be a stride of 2."),
                (
                    [1, 2, 3],
                    "Those may happen to leave the output alone; no shift "
                    "that the stride does not divide is sure to.",
                ),
                ([4], "Those by several strides are respected, too."),
                (
                    [1, 2, 3, 4],
                    "Shifts within a window are not safe: some number "
                    "crosses its border.",
                ),
                ([3, 6, 9, 12], "That would be a stride of 3."),
            ],
        ),
        why="A pooling respects the shifts that its stride divides: the windows then "
        "hold the same numbers as before, one or more windows further.",
        hints=(
            "By how many pixels must all numbers move, so that those of one window "
            "come to stand in one window again?",
            "Windows begin at every multiple of the stride, so the shift has to lead "
            "from one beginning to another.",
        ),
        answer="The multiples of the stride:\n\n"
        "```python\n"
        "q.check([d for d in range(1, 13) if d % 4 == 0])\n"
        "```\n",
        supply=STRIDE,
    ),
    Exercise(
        number="11.3",
        title="Find the edge",
        kind=Parts(
            {
                "right": Number(
                    5,
                    {
                        3: "along one axis it can go further than along the diagonal.",
                        4: "one more is possible.",
                        6: "at that shift the picture of 4 × 4 has changed.",
                        8: "at that shift it changed long ago.",
                        0: "it may be moved a little: look at the chapter's circle.",
                    },
                ),
                "down and right": Number(
                    3,
                    {
                        5: "so far it can go along one axis; both at once bring the "
                        "corner sooner.",
                        4: "the corner's window has gone dark by then.",
                        2: "one pixel more is possible, on both axes.",
                        1: "it can go twice as far, and further.",
                        16: "that is the size of a window.",
                    },
                ),
            },
            [
                (
                    {"right": 3, "down and right": 5},
                    "You exchanged them: along the diagonal the corner comes sooner.",
                )
            ],
        ),
        why="Along the diagonal the corner decides, so 3 is the largest jitter that "
        "hides every shift: the one that the source chose.",
        hints=(
            "`shifted(circle, 8)` holds all shifts by up to 8 pixels. Which of its "
            "pictures are the same after four poolings?",
            "Walk through `identical(...)` from its middle, along a row and along the "
            "diagonal, until it is false for the first time.",
        ),
        answer="Pool the moved circle and compare:\n\n"
        "```python\n"
        "def ends_alike(down, right):\n"
        "    moved = np.roll(circle, (down, right), (0, 1))\n"
        '    pooled = reduce(moved, "(h i) (w j) -> h w", "max", i=16, j=16)\n'
        '    old = reduce(circle, "(h i) (w j) -> h w", "max", i=16, j=16)\n'
        "    return np.array_equal(pooled, old)\n"
        "\n"
        "\n"
        "from lab import pictures\n"
        "\n"
        "circle = pictures.circle(64, 4)\n"
        "right = max(d for d in range(9) if ends_alike(0, d))\n"
        "both = max(d for d in range(9) if ends_alike(d, d))\n"
        'q.check({"right": right, "down and right": both})\n'
        "```\n",
        supply=CIRCLE,
    ),
    Exercise(
        number="11.4",
        title="Find the bug",
        kind=Function(
            max_blur,
            [
                (
                    lambda x: blurred(x)[::2],
                    "That is a blur and a stride; the maximum is missing.",
                ),
                (
                    lambda x: max_of_pairs(blurred(x))[::2],
                    "The maximum comes first: here it undoes a part of the blur.",
                ),
                (
                    lambda x: max_of_pairs(x)[::2],
                    "The blur is missing.",
                ),
                (
                    lambda x: blurred(max_of_pairs(x)),
                    "The stride is missing: keep every second number.",
                ),
                (
                    lambda x: blurred(max_of_pairs(x))[1::2],
                    "The right numbers, and the wrong half of them: begin with the "
                    "first.",
                ),
                (
                    lambda x: 4 * blurred(max_of_pairs(x))[::2],
                    "The weights 1 2 1 have to sum to one, or the signal grows.",
                ),
            ],
            rings(),
            start=_bug,
        ),
        why="The maximum runs with stride 1, then comes the blur, and the stride last. "
        "A blur after the stride smooths what is already aliased.",
        hints=(
            "In which order do the three steps of blur-pool come, and which of them "
            "is the stride?",
            "How many pairs of neighbours has a ring of `n` numbers? Take all of them, "
            "blur, and then keep every second one.",
        ),
        answer="All pairs, then the blur, then the stride:\n\n"
        "```python\n"
        "def max_blur(x):\n"
        "    n = len(x)\n"
        "    pairs = [max(x[i], x[(i + 1) % n]) for i in range(n)]\n"
        "    around = np.array([pairs[-1], *pairs, pairs[0]])\n"
        "    return ((around[:-2] + 2 * around[1:-1] + around[2:]) / 4)[::2]\n"
        "\n"
        "\n"
        "q.check(max_blur)\n"
        "```\n",
    ),
    Exercise(
        number="11.5",
        title="Judge a shift",
        kind=Function(
            judge,
            [
                (
                    _judge,
                    "The stride alone does not decide: on some signals other shifts "
                    "are hidden, or passed on, by luck.",
                ),
                (
                    lambda x, s, d: min(judge(x, s, d), 1),
                    "A picture that is no shift of the old one is distorted.",
                ),
                (
                    lambda x, s, d: max(judge(x, s, d), 1),
                    "Where nothing changes, the shift is hidden.",
                ),
                (
                    lambda x, s, d: (
                        2 if judge(x, s, d) == 1 else 1 if judge(x, s, d) == 2 else 0
                    ),
                    "You exchanged passed on and distorted.",
                ),
                (
                    lambda x, s, d: judge(x, 1, d),
                    "Without a stride every shift is passed on; pool first.",
                ),
                (
                    lambda x, s, d: judge(np.maximum(x, 1), s, d),
                    "Small numbers got lost on the way.",
                ),
            ],
            shifts(),
        ),
        why="Hidden, passed on or distorted: for any signal and any shift you can tell "
        "which. That is this chapter.",
        hints=(
            "Pool the signal and the shifted signal, with `np.roll(x, d)`. When are "
            "they the same, and when is the one a shift of the other?",
            "`np.reshape(x, (-1, s)).max(axis=1)` pools. Try all `np.roll(old, m)`.",
        ),
        answer="Pool both, and compare:\n\n"
        "```python\n"
        "def judge(x, s, d):\n"
        "    old = np.reshape(x, (-1, s)).max(axis=1)\n"
        "    new = np.reshape(np.roll(x, d), (-1, s)).max(axis=1)\n"
        "    if np.array_equal(old, new):\n"
        "        return 0\n"
        "    turns = [np.roll(old, m) for m in range(len(old))]\n"
        "    return 1 if any(np.array_equal(new, turn) for turn in turns) else 2\n"
        "\n"
        "\n"
        "q.check(judge)\n"
        "```\n",
    ),
    Exercise(
        number="11.6",
        title="Explain",
        kind=Thought(
            "A smaller change only says that the outputs look more alike, which any "
            "smoothing brings about; it does not say that the output follows the shift."
        ),
        why="Ours: the change mixes honest motion with error, and whatever smooths "
        "makes it smaller. Windows that overlap smooth, so the change falls although "
        "the output follows the shift no better. Only with the shift undone does one "
        "measure what the statement of the chapter promises.",
        hints=(
            "Which of the two measures would a network fool that answers everything "
            "with an even grey?",
            "The statement promises a moved output. Which of the two measures compares "
            "with a moved output?",
        ),
        answer="There is no single right text; the cell passes with any sentence. "
        "Ours:\n\n"
        "```python\n"
        "answer = (\n"
        '    "The change mixes motion and error, and smoothing makes it smaller, "\n'
        '    "so it can fall although the output follows the shift no better."\n'
        ")\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="11.7",
        title="Choose the phase",
        kind=Function(
            adaptive,
            [
                (
                    lambda x: phases(x)[0],
                    "That is the fixed phase, which a shift by one pixel exchanges for "
                    "a different one.",
                ),
                (
                    lambda x: kept(x, lambda four: (four**2).sum(axis=(1, 2)).argmin()),
                    "That is the phase with the smallest norm.",
                ),
                (
                    lambda x: kept(x, lambda four: four.sum(axis=(1, 2)).argmax()),
                    "The sum lets positive and negative numbers cancel; square them "
                    "first.",
                ),
                (
                    lambda x: kept(x, lambda four: four.max(axis=(1, 2)).argmax()),
                    "The largest single number is not the largest sum of squares.",
                ),
                (
                    lambda x: phases(x).max(axis=0),
                    "That is max pooling: it mixes the four phases.",
                ),
                (
                    lambda x: adaptive(x).T,
                    "Rows and columns of what you keep are exchanged.",
                ),
            ],
            pictures(),
            read_result=read_picture,
        ),
        why="A shift deals the four phases out in another order, each moved. The "
        "largest stays the largest, so the choice moves along with the picture.",
        hints=(
            'The pattern `"(h i) (w j) -> (i j) h w"` makes the four phases. Compare '
            "a number of each that does not depend on where the picture stands.",
            "The norm of a picture is the root of its sum of squares. `np.argmax` "
            "tells which of the four is largest.",
        ),
        answer="The phase with the largest sum of squares:\n\n"
        "```python\n"
        "def adaptive(x):\n"
        '    phases = rearrange(x, "(h i) (w j) -> (i j) h w", i=2, j=2)\n'
        "    return phases[np.argmax(np.sum(phases**2, axis=(1, 2)))]\n"
        "\n"
        "\n"
        "q.check(adaptive)\n"
        "```\n\n"
        "The folded cell counts which of 49 shifts of a texture are respected: all "
        "of them, and with a fixed phase only those whose two parts are even.",
    ),
]
