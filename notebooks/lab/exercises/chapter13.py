"""The exercises of chapter 13, Carry weights across."""

from itertools import product

import numpy as np
from einops import rearrange

from lab.byhand import conv2d_transpose
from lab.exercises import reading
from lab.exercises.engine import Exercise
from lab.exercises.kinds import Choice, Function, Number, Parts, Pattern, Thought

# 1. Recognise: outputs of [1, 2, 3, 4, 5, 6] and [1, 0, -2] with stride 2

SIGNAL = {"x": [1, 2, 3, 4, 5, 6], "kernel": [1, 0, -2], "s": 2}
RULES = {
    "A": (
        "-5, -7, 5",
        'Keras\' "same" begins at the first number, and its last window '
        "has a zero at the end",
    ),
    "B": ("-4, -6, -8", "PyTorch with a padding of 1 begins with a zero"),
    "C": ("2, 0, -2", "SciPy's `convolve` turns the kernel and begins with a zero"),
    "D": (
        "1, -1, -10",
        'a turned kernel under Keras\' "same" begins at the first number',
    ),
    "E": ("-2, -5, -7, 5", "PyTorch with a padding of 2 begins with two zeros"),
}


def one_rule(right):
    """Return a choice among the rules."""
    asked = RULES[right][0]
    return Choice(
        right,
        {
            letter: f"{why}; it gives {numbers}, not {asked}."
            for letter, (numbers, why) in RULES.items()
            if letter != right
        },
    )


# 4. Pool like ResNet

POOL = {"k": 3, "s": 2, "p": 1, "sizes": (112, 113)}

# 5. Find the bug

# fmt: off


def _bug(x, k, s, p):
    around = [0] * p + list(x) + [0] * p
    out = []
    for i in range(0, len(around) - k + 1, s):
        out.append(max(around[i : i + k]))
    return out

# fmt: on


def pooled(x, k, s, front, end, value=-np.inf, keep=max):
    """Pool a list with a value around it."""
    around = [value] * front + list(x) + [value] * end
    return [keep(around[i : i + k]) for i in range(0, len(around) - k + 1, s)]


def max_pool(x, k, s, p):
    """Pool a list as PyTorch does."""
    return pooled(x, k, s, p, p)


def signals():
    """Return lists, windows, strides and paddings, from small to large."""
    rng = np.random.default_rng(13)
    cases = [
        (rng.integers(-9, 3, n).tolist(), k, s, p)
        for n, k, s, p in product(range(2, 8), range(2, 5), range(1, 4), range(3))
        if 2 * p <= k <= n
    ]
    return sorted(cases, key=lambda case: (len(case[0]), case[1:]))


# 6 and 7. Move a layer, and a grouped one


def last(x):
    """Turn b c h w into b h w c."""
    return rearrange(x, "b c h w -> b h w c")


def move(x, weight, bias, s, p, a, groups=1):
    """Compute what PyTorch's ConvTranspose2d does, from its own arrays."""
    return _move(x, weight, bias, s, p, a, groups)


def _move(x, weight, bias, s, p, a, groups=1, turn=None, outputs="b (g c) h w"):
    turn = turn or "i o kh kw -> kh kw o i"
    parts = rearrange(x, "b (g c) h w -> g b h w c", g=groups)
    kernels = rearrange(weight, "(g i) o kh kw -> g i o kh kw", g=groups)
    found = [
        conv2d_transpose(part, rearrange(kernel, turn), s, output_padding=a)
        for part, kernel in zip(parts, kernels)
    ]
    whole = rearrange(np.stack(found), f"g b h w c -> {outputs}")
    whole = whole + np.reshape(bias, (-1, 1, 1))
    h, w = whole.shape[2:]
    return whole[:, :, p : h - p, p : w - p]


def arrays(groups):
    """Return the arguments of `move` for some layers, from small to large."""
    rng = np.random.default_rng(13)
    cases = []
    for g, (h, w), (k, s, p, a) in product(
        groups,
        [(2, 3), (3, 2), (3, 4), (4, 3), (4, 5)],
        [
            (3, 2, 0, 0),
            (2, 2, 0, 1),
            (3, 2, 1, 1),
            (4, 3, 1, 2),
            (4, 2, 1, 0),
            (5, 2, 2, 1),
        ],
    ):
        x = rng.integers(-4, 5, (2, 2 * g, h, w))
        weight = rng.integers(-4, 5, (2 * g, 3, k, k))
        bias = rng.integers(1, 9, 3 * g)
        cases.append((x, weight, bias, s, p, a, *([g] if groups != (1,) else [])))
    return sorted(cases, key=lambda case: (case[0].size, case[1].size))


def move_one(x, weight, bias, s, p, a):
    """Compute what a ConvTranspose2d without groups does."""
    return _move(x, weight, bias, s, p, a)


EXERCISES = [
    Exercise(
        number="13.1",
        title="Recognise",
        kind=Parts(
            {
                "-5, -7, 5": one_rule("A"),
                "-4, -6, -8": one_rule("B"),
                "2, 0, -2": one_rule("C"),
            },
            [
                (
                    {"-5, -7, 5": "B", "-4, -6, -8": "A", "2, 0, -2": "C"},
                    "You exchanged the first two: with a zero in front the first "
                    "output is 0 - 2 * 2.",
                ),
                (
                    {"-5, -7, 5": "A", "-4, -6, -8": "C", "2, 0, -2": "B"},
                    "You exchanged the last two: a turned kernel takes twice the "
                    "first number of its window away.",
                ),
            ],
        ),
        why="The first output alone decides: 1 - 2 * 3, 0 - 2 * 2 and -2 * 0 + 2.",
        hints=(
            "Compute the first output of each rule. Which three numbers does its "
            "window hold?",
            "Keras needs one zero here, and puts it at the end. PyTorch and SciPy "
            "begin with a zero; one of the two turns the kernel to -2, 0, 1.",
        ),
        answer="Ask NumPy for the first outputs:\n\n"
        "```python\n"
        "x, kernel = np.array([0, 1, 2, 3, 4, 5, 6, 0]), np.array([1, 0, -2])\n"
        "assert x[1:4] @ kernel == -5\n"
        "assert x[0:3] @ kernel == -4\n"
        "assert x[0:3] @ kernel[::-1] == 2\n"
        'answer = {"-5, -7, 5": "A", "-4, -6, -8": "B", "2, 0, -2": "C"}\n'
        "q.check(answer)\n"
        "```\n",
        supply=SIGNAL,
    ),
    Exercise(
        number="13.2",
        title="Translate",
        kind=Pattern(
            "kh kw i o -> o i kh kw",
            {
                "kh kw i o -> i o kh kw": "That is the layout of a transposed "
                "convolution; `Conv2d` has its outputs first.",
                "kh kw i o -> o i kw kh": "Rows and columns of the window are "
                "exchanged.",
                "kh kw i o -> o kh kw i": "That is a layout with the channels last; "
                "PyTorch has the inputs on the second axis.",
                "kh kw i o -> kh kw o i": "That is the layout of Keras' own "
                "`Conv2DTranspose`.",
                "kh kw i o -> i o kw kh": "All axes are turned round: inputs and "
                "outputs are exchanged, and so are rows and columns.",
                "kh kw i o -> o (i kh kw)": "The values are in the right order, but a "
                "kernel has four axes.",
            },
            shape=(3, 2, 4, 5),
            axes="out in kh kw",
        ),
        why="It undoes conv_kernel: left and right of the arrow are exchanged.",
        hints=(
            "Which axes has a kernel of Keras, and in which order?",
            "`conv_kernel` leads from PyTorch to Keras. What is its pattern, read "
            "from right to left?",
        ),
        answer="The pattern of `conv_kernel`, backwards:\n\n"
        "```python\n"
        'pattern = "kh kw i o -> o i kh kw"\n'
        "kernel = np.arange(120).reshape(3, 2, 4, 5)\n"
        'there = rearrange(rearrange(kernel, pattern), "o i h w -> h w i o")\n'
        "assert np.array_equal(there, kernel)\n"
        "q.check(pattern)\n"
        "```\n",
    ),
    Exercise(
        number="13.3",
        title="Flatten a signal",
        kind=Pattern(
            "o c t -> (t c) o",
            {
                "o c t -> (c t) o": "The inputs are still in PyTorch's order, channel "
                "by channel.",
                "o c t -> o (t c)": "The inputs are in the right order; Keras has "
                "them on the first axis, and the outputs on the second.",
                "o c t -> t c o": "The right order, but a dense layer's weights have "
                "two axes: join t and c.",
                "o c t -> c t o": "Three axes, and the inputs in PyTorch's order.",
                "o c t -> o (c t)": "That is the weight as PyTorch had it.",
                "o c t -> (o t) c": "The outputs are no inputs: they keep an axis of "
                "their own.",
            },
            shape=(3, 4, 5),
            axes="in out",
        ),
        why="Keras flattens time on the outside and channels inside, and so the "
        "weights are joined: (t c).",
        hints=(
            "How does PyTorch flatten `b c t`, and how does Keras flatten `b t c`?",
            "Which of the two letters runs fastest in a row of Keras? It stands last "
            "in the bracket.",
        ),
        answer="Join as Keras does, the channel fastest:\n\n"
        "```python\n"
        'pattern = "o c t -> (t c) o"\n'
        "rng = np.random.default_rng(0)\n"
        "x, weight = rng.normal(size=(2, 4, 5)), rng.normal(size=(3, 20))\n"
        'ours = rearrange(x, "b c t -> b (t c)")\n'
        "kernel = rearrange(weight.reshape(3, 4, 5), pattern)\n"
        "assert np.allclose(ours @ kernel, x.reshape(2, 20) @ weight.T)\n"
        "q.check(pattern)\n"
        "```\n",
    ),
    Exercise(
        number="13.4",
        title="Count",
        kind=Parts(
            {
                "before": Number(
                    1,
                    {
                        0: "PyTorch begins one pixel before the picture.",
                        2: "one on each side, not both in front.",
                        3: "that is the window.",
                    },
                ),
                "after, 112": Number(
                    0,
                    {
                        1: "the last window of 112 pixels ends on the last pixel: "
                        "what stands behind it is never read.",
                        2: "one pixel stands behind it at most, and here none is read.",
                    },
                ),
                "after, 113": Number(
                    1,
                    {
                        0: "with 113 pixels the last window begins on the last pixel "
                        "but one, and reads one pixel beyond.",
                        2: "the last window begins at 111 and ends at 113.",
                    },
                ),
            },
            [
                (
                    {"before": 1, "after, 112": 1, "after, 113": 0},
                    "You exchanged the two sizes: windows begin at odd places, the "
                    "last of 112 at 109.",
                )
            ],
        ),
        why="Windows begin at -1, 1, 3 and so on. Of 112 pixels the last window ends "
        "with the picture, of 113 one pixel behind it.",
        hints=(
            "Where do the windows begin, with that padding in front and that stride? "
            "Write the last few of them down, for each size.",
            "A window that begins at i reads up to i + 2. The last pixel of the "
            "picture is number 111, or number 112.",
        ),
        answer="Where the windows begin, and where the last one ends:\n\n"
        "```python\n"
        "ends = {}\n"
        "for n in (112, 113):\n"
        "    starts = [i for i in range(-1, n, 2) if i + 3 <= n + 1]\n"
        "    ends[n] = starts[-1] + 3 - n\n"
        'q.check({"before": 1, "after, 112": ends[112], "after, 113": ends[113]})\n'
        "```\n\n"
        '"same" would put (0, 1) around 112 pixels: every window one pixel later.',
        supply=POOL,
    ),
    Exercise(
        number="13.5",
        title="Find the bug",
        kind=Function(
            max_pool,
            [
                (
                    lambda x, k, s, p: pooled(x, k, s, p, p, -1),
                    "-1 still wins where all numbers of a window are smaller.",
                ),
                (
                    lambda x, k, s, p: pooled(x, k, s, p, 0),
                    "The padding behind the list is missing.",
                ),
                (
                    lambda x, k, s, p: pooled(x, k, s, 0, p),
                    "The padding in front of the list is missing.",
                ),
                (
                    lambda x, k, s, p: pooled(x, k, s, 0, 0),
                    "Without padding there are fewer windows, and others.",
                ),
                (
                    lambda x, k, s, p: pooled(x, k, s, p, p, max(x)),
                    "The largest number of the list wins in every window that holds "
                    "padding.",
                ),
                (
                    lambda x, k, s, p: pooled(x, k, s, p, p, np.inf, min),
                    "The padding would be right for the smallest number of a window.",
                ),
            ],
            signals(),
            start=_bug,
            read_result=reading.row,
        ),
        why="What is padded must never win, so it is smaller than any number: minus "
        "infinity. After a ReLU nobody would have noticed.",
        hints=(
            "Try it on numbers that are all negative.",
            "Which number is smaller than all others, so that it never is the "
            "largest of a window?",
        ),
        answer="Minus infinity in place of zero:\n\n"
        "```python\n"
        "def max_pool(x, k, s, p):\n"
        "    edge = [-np.inf] * p\n"
        "    around = edge + list(x) + edge\n"
        "    starts = range(0, len(around) - k + 1, s)\n"
        "    return [max(around[i : i + k]) for i in starts]\n"
        "\n"
        "\n"
        "q.check(max_pool)\n"
        "```\n",
    ),
    Exercise(
        number="13.6",
        title="Move a layer",
        kind=Function(
            move_one,
            [
                (
                    lambda x, weight, bias, s, p, a: _move(
                        x, weight, 0 * bias, s, p, a
                    ),
                    "The bias is missing.",
                ),
                (
                    lambda *case: _move(*case, turn="i o kw kh -> kh kw o i"),
                    "The rows and the columns of the kernel are exchanged.",
                ),
                (
                    lambda x, weight, *rest: _move(x, weight[..., ::-1, ::-1], *rest),
                    "The kernel is flipped once too often: `conv2d_transpose` does "
                    "that itself.",
                ),
                (
                    lambda x, weight, bias, s, p, a: _move(x, weight, bias, s, 0, a),
                    "The size betrays it: the padding p is to be cut off on each side.",
                ),
                (
                    lambda x, weight, bias, s, p, a: _move(x, weight, bias, s, p, 0),
                    "The output padding a is left out, so rows and columns at the "
                    "end are missing.",
                ),
                (
                    lambda x, weight, bias, s, p, a: last(
                        _move(x, weight, bias, s, p, a)
                    ),
                    "The numbers are right; PyTorch's pictures are `b c h w`, and "
                    "yours still have their channels last.",
                ),
                (
                    lambda x, weight, bias, s, p, a: _move(
                        x, weight, bias[::-1], s, p, a
                    ),
                    "The bias is turned round: its first number belongs to channel 0.",
                ),
            ],
            arrays((1,)),
        ),
        why="You moved a layer and proved it, number by number. That is this chapter.",
        hints=(
            "Three steps: turn x and weight to Keras' axes, let "
            "`byhand.conv2d_transpose` with `output_padding=a` compute, and crop p.",
            "The bias has a number for each output channel. Add it while the channels "
            'are last, and turn back with "b h w c -> b c h w".',
        ),
        answer="Turn, transpose, crop, turn back:\n\n"
        "```python\n"
        "def move(x, weight, bias, s, p, a):\n"
        '    x = rearrange(x, "b c h w -> b h w c")\n'
        '    kernel = rearrange(weight, "i o kh kw -> kh kw o i")\n'
        "    whole = byhand.conv2d_transpose(x, kernel, s, output_padding=a) + bias\n"
        "    h, w = whole.shape[1:3]\n"
        '    return rearrange(whole[:, p : h - p, p : w - p], "b h w c -> b c h w")\n'
        "\n"
        "\n"
        "q.check(move)\n"
        "```\n",
    ),
    Exercise(
        number="13.7",
        title="Explain",
        kind=Thought(
            "Mistakes that turn hits into misses and as many misses into hits leave "
            "the accuracy where it was, though many answers have changed."
        ),
        why="Ours: the accuracy counts right names, and many different sets of names "
        "have the same count. A small shift turns some hits into misses and some "
        "misses into hits. Compare the outputs themselves, on inputs that reach every "
        "layer.",
        hints=(
            "In how many ways can a network be right about half of its pictures?",
            "Look at the table of mistakes: a line has the same accuracy and other "
            "names. What happened to the hits and to the misses?",
        ),
        answer="There is no single right text; the cell passes with any sentence. "
        "Ours:\n\n"
        "```python\n"
        "answer = (\n"
        '    "Many different sets of answers have the same number of right ones, "\n'
        '    "so equal accuracies do not show that the outputs are equal."\n'
        ")\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="13.8",
        title="Groups, transposed",
        kind=Function(
            move,
            [
                (
                    lambda *case: _move(*case, outputs="b (c g) h w"),
                    "The outputs are interleaved: first come all of group 0.",
                ),
                (
                    lambda x, *rest: move(
                        rearrange(x, "b (c g) h w -> b (g c) h w", g=rest[-1]), *rest
                    ),
                    "The inputs are interleaved: the first of them belong to group 0, "
                    "side by side.",
                ),
                (
                    lambda x, weight, *rest: move(
                        x,
                        rearrange(weight, "(i g) o h w -> (g i) o h w", g=rest[-1]),
                        *rest,
                    ),
                    "The weights are interleaved: the first axis holds all inputs of "
                    "group 0, then those of group 1.",
                ),
                (
                    lambda x, weight, bias, s, p, a, groups: move(
                        x, weight, 0 * bias, s, p, a, groups
                    ),
                    "The bias is missing.",
                ),
                (
                    lambda x, weight, bias, s, p, a, groups: move(
                        x, weight, bias, s, 0, a, groups
                    ),
                    "The padding p is still there: cut it off on each side.",
                ),
                (
                    lambda x, weight, bias, s, p, a, groups: move(
                        x, weight, bias, s, p, 0, groups
                    ),
                    "The output padding a is left out.",
                ),
            ],
            arrays((1, 2, 3)),
        ),
        why="A grouped transposed convolution is g plain ones on shares of the "
        "channels. Keras has no such layer, and so this is how to move one.",
        hints=(
            "Cut x along its channels into g parts, and the weight along its first "
            "axis. What does each pair of parts make?",
            "`move` of exercise 6 does one group. `np.concatenate` puts the groups' "
            "outputs side by side; the bias is cut like the outputs.",
        ),
        answer="One transposed convolution for each group:\n\n"
        "```python\n"
        "def move(x, weight, bias, s, p, a, groups):\n"
        '    parts = rearrange(x, "b (g c) h w -> g b h w c", g=groups)\n'
        '    kernels = rearrange(weight, "(g i) o h w -> g h w o i", g=groups)\n'
        "    out = [\n"
        "        byhand.conv2d_transpose(part, kernel, s, output_padding=a)\n"
        "        for part, kernel in zip(parts, kernels)\n"
        "    ]\n"
        "    whole = np.concatenate(out, axis=-1) + bias\n"
        "    h, w = whole.shape[1:3]\n"
        '    return rearrange(whole[:, p : h - p, p : w - p], "b h w c -> b c h w")\n'
        "\n"
        "\n"
        "q.check(move)\n"
        "```\n",
    ),
]
