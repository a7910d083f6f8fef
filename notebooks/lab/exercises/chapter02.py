"""The exercises of chapter 2, Patterns."""

from itertools import product

import numpy as np
from einops import rearrange, reduce

from lab.exercises import reading
from lab.exercises.engine import Exercise
from lab.exercises.kinds import Choice, Function, Number, Parts, Pattern, Shape


def _numbers(*shape):
    return np.arange(1.0, 1 + np.prod(shape)).reshape(shape)


def _by_size(cases):
    return sorted(cases, key=lambda case: (np.size(case[0]), np.ndim(case[0])))


# 1, 2 and 4: what the questions say

PATCHES = {"b": 2, "height": 6, "width": 8, "c": 3, "p": 3, "q": 4}
MOSAIC = {"Six": 6, "six": 6, "b1": 2}
TO_CUT = {"signal": (2, 8, 3), "volume": (2, 4, 6, 8, 3)}

# 4. To depth

DEEPER = {
    3: "b (t t1) c -> b t (t1 c)",
    5: "b (x x1) (y y1) (z z1) c -> b x y z (x1 y1 z1 c)",
}


def to_depth(x):
    """Return signals or volumes, each block of 2 along every axis in the channels."""
    return _deep(x, lambda pattern: pattern)


def _deep(x, change):
    pattern = change(DEEPER[x.ndim])
    sizes = {name: 2 for name in ("t1", "x1", "y1", "z1") if name in pattern}
    return rearrange(x, pattern, **sizes)


def _last(x):
    swap = {"(t1 c)": "(c t1)", "(x1 y1 z1 c)": "(c x1 y1 z1)"}
    return _deep(x, lambda p: _replaced(p, swap))


def _halves(x):
    swap = {"(t t1)": "(t1 t)", "(x x1)": "(x1 x)", "(y y1)": "(y1 y)"}
    return _deep(x, lambda p: _replaced(p, swap | {"(z z1)": "(z1 z)"}))


def _backwards(x):
    swap = {"(t1 c)": "(t1 c)", "(x1 y1 z1 c)": "(z1 y1 x1 c)"}
    return _deep(x, lambda p: _replaced(p, swap))


def _batch(x):
    swap = {
        "> b t (t1 c)": "> (t1 b) t c",
        "> b x y z (x1 y1 z1 c)": "> (x1 y1 z1 b) x y z c",
    }
    return _deep(x, lambda p: _replaced(p, swap))


def _apart(x):
    swap = {"(t1 c)": "t1 c", "(x1 y1 z1 c)": "x1 y1 z1 c"}
    return _deep(x, lambda p: _replaced(p, swap))


def _replaced(text, swap):
    for old, new in swap.items():
        text = text.replace(old, new)
    return text


def signals_and_volumes():
    """Return signals and volumes, from few numbers to more."""
    lines = [_numbers(b, 2 * t, c) for b, t, c in product((1, 2), (1, 2, 3), (1, 2, 3))]
    blocks = [
        _numbers(b, 2 * x, 2 * y, 2 * z, c)
        for b, x, y, z, c in product((1, 2), (1, 2), (1, 3), (1, 2), (1, 2))
    ]
    return _by_size((x,) for x in lines + blocks)


# 5. Pool


def pool(x, how):
    """Return signals, pooled by windows of 3; what is left at the end is dropped."""
    return reduce(x[:, : x.shape[1] // 3 * 3], "b (t 3) c -> b t c", how)


def _padded(x, how):
    more = -x.shape[1] % 3
    x = np.pad(x, [(0, 0), (0, more), (0, 0)], mode="edge")
    return reduce(x, "b (t 3) c -> b t c", how)


def _from_the_end(x, how):
    return reduce(x[:, x.shape[1] % 3 :], "b (t 3) c -> b t c", how)


def _far_apart(x, how):
    return reduce(x[:, : x.shape[1] // 3 * 3], "b (3 t) c -> b t c", how)


def _over_channels(x, how):
    return reduce(x[:, : x.shape[1] // 3 * 3], "b (t 3) c -> b t", how)


def lines():
    """Return signals whose means are whole, and ways to pool them, by size."""
    rng = np.random.default_rng(2)
    shapes = product((1, 2), (3, 4, 5, 6, 7, 8, 9), (1, 2))
    found = [3.0 * rng.integers(-9, 10, shape) for shape in shapes]
    return _by_size((x, how) for x in found for how in ("max", "mean"))


# 6. Find the bug

# fmt: off


def _bug(x):
    y = x - reduce(x, "b h w c -> b 1 1 c", "mean")
    return x - reduce(y, "b h w c -> 1 1 1 c", "mean")

# fmt: on


def per_batch(x):
    """Return pictures, less the mean of each channel over the whole batch."""
    return x - reduce(x, "b h w c -> 1 1 1 c", "mean")


def pictures():
    """Return small batches whose means are whole, from few numbers to more."""
    rng = np.random.default_rng(2)
    shapes = list(product((1, 2, 3), (1, 2), (1, 2, 3), (1, 2, 3)))
    return _by_size(
        (72.0 * rng.integers(0, 6, shape),) for shape in shapes if np.prod(shape) > 1
    )


# 8. Translate


def translate(x):
    """Return channels in the order (h1 w1 c) that come in the order (c h1 w1)."""
    return _ordered(x, "c h1 w1", "h1 w1 c")


def _ordered(x, old, new):
    return rearrange(x, f"b h w ({old}) -> b h w ({new})", h1=2, w1=2)


def deep_pictures():
    """Return pictures with channels for blocks of 2 x 2, from few numbers to more."""
    shapes = product((1, 2), (1, 2), (1, 2, 3), (4, 8, 12))
    return _by_size((_numbers(*shape),) for shape in shapes)


# 9. Overlap


def averages(x, k, s):
    """Return the means of windows of k numbers that begin every s."""
    return [float(np.mean(x[i : i + k])) for i in range(0, len(x) - k + 1, s)]


def rows():
    """Return rows whose windows have whole means, k and s, from small to large."""
    rng = np.random.default_rng(2)
    cases = [
        (n, k, s)
        for n, k, s in product(range(2, 9), range(1, 5), range(1, 4))
        if k <= n
    ]
    return [
        ((12 * rng.permutation(2 * n)[:n]).tolist(), k, s)
        for n, k, s in sorted(cases, key=lambda case: (sum(case), case))
    ]


# 10. The shape of a pattern


def groups(side):
    """Return the axes of each group of one side of a pattern."""
    found, inside = [], False
    for word in side.replace("(", " ( ").replace(")", " ) ").split():
        if word in "()":
            inside = word == "("
            found += [[]] * inside
        elif inside:
            found[-1] = [*found[-1], word]
        else:
            found.append([word])
    return found


def shape_of(shape, pattern, sizes):
    """Return the shape that a pattern gives."""
    return _shape(shape, pattern, sizes)


def _product(numbers):
    return int(np.prod(list(numbers)))


def _shape(shape, pattern, sizes, join=_product, divide=True, right=groups):
    left, last = pattern.split("->")
    known = dict(sizes)
    for group, n in zip(groups(left), shape):
        unknown = [axis for axis in group if axis not in known]
        rest = _product(known[axis] for axis in group if axis in known)
        for axis in unknown:
            known[axis] = n // rest if divide else n
    return tuple(join(known.get(axis, 1) for axis in group) for group in right(last))


def _without_ones(side):
    return [group for group in groups(side) if group != ["1"]]


def _no_brackets(side):
    return [[axis] for group in groups(side) for axis in group]


PATTERNS = [
    ("h w -> w h", {}),
    ("h w -> (h w)", {}),
    ("h w -> (w h) 1", {}),
    ("h (w a) -> h w a", {"a": 2}),
    ("h (a w) -> (h a) w", {"a": 2}),
    ("(a h) w -> a (h w)", {"a": 2}),
    ("(h a) (w b) -> h w (a b)", {"a": 2, "b": 2}),
    ("(h a) (w b) -> 1 (a w) (b h)", {"a": 2, "b": 2}),
    ("h w c -> c h w", {}),
    ("h w c -> (h w c)", {}),
    ("h w c -> 1 (h w) c", {}),
    ("h w (c d) -> d (h w) c", {"d": 2}),
    ("(h a) (w b) c -> h w (a b c)", {"a": 2, "b": 2}),
]


def shapes_and_patterns():
    """Return shapes, patterns and sizes, from small to large."""
    found = []
    for pattern, sizes in PATTERNS:
        axes = len(groups(pattern.split("->")[0]))
        for shape in [(4, 6, 8), (6, 4, 10), (8, 12, 2), (2, 6, 4)]:
            found.append((shape[:axes], pattern, sizes))
    return sorted(found, key=lambda case: (len(case[0]), np.prod(case[0]), case[1]))


EXERCISES = [
    Exercise(
        number="2.1",
        title="Predict",
        kind=Shape(
            (8, 36),
            {
                (4, 36): "The 2 x 2 patches of one picture are right, but there are "
                "two pictures, and `b` stands in the bracket, too.",
                (2, 4, 36): "The batch does not keep an axis of its own: it stands in "
                "the first bracket.",
                (8, 3, 4, 3): "The last bracket joins its three axes to one.",
                (8, 12): "Each patch has 3 × 4 pixels, and each of these 3 channels.",
                (36, 8): "The sizes are right; the patches come first.",
                (24, 12): "You took p and q into the first bracket; it holds h and w, "
                "which are how many patches there are.",
                (288,): "All numbers are there, but two brackets are two axes.",
                (2, 2, 2, 36): "The first bracket joins batch, rows and columns of "
                "patches to one axis.",
            },
        ),
        why="A bracket on the left divides: 6 / 3 and 8 / 4 leave h = 2 and w = 2. A "
        "bracket on the right multiplies: 2 * 2 * 2 patches of 3 * 4 * 3 numbers.",
        hints=(
            "First find h and w: 3 rows and 4 columns are taken out of the picture's "
            "height and width at a time.",
            "Now multiply within each bracket on the right. How many axes are left?",
        ),
        answer="The left brackets divide, the right ones multiply:\n\n"
        "```python\n"
        "h, w = 6 // 3, 8 // 4\n"
        "shape = (2 * h * w, 3 * 4 * 3)\n"
        "q.check(shape)\n"
        "```\n",
        supply=PATCHES,
    ),
    Exercise(
        number="2.2",
        title="Match",
        kind=Parts(
            {
                "two rows": Choice(
                    "A",
                    {
                        "B": "that has three rows, since `b2` goes to the height.",
                        "C": "that weaves the pictures: the batch runs fastest.",
                        "D": "that keeps the width of one picture.",
                        "E": "all pictures stand in one column there.",
                    },
                ),
                "three rows": Choice(
                    "B",
                    {
                        "A": "that has two rows, since `b1` goes to the height.",
                        "C": "no picture is whole there, because its rows are dealt "
                        "out.",
                        "D": "that lets the batch run fastest, so rows of different "
                        "pictures alternate.",
                        "E": "there are six pictures in a column, not three.",
                    },
                ),
                "one column": Choice(
                    "E",
                    {
                        "A": "two pictures stand in a column there.",
                        "B": "three pictures stand in a column there.",
                        "C": "this one is as wide as three pictures.",
                        "D": "the size is right, but there the batch runs faster than "
                        "the rows.",
                    },
                ),
                "rows in turn": Choice(
                    "D",
                    {
                        "A": "whole pictures stand side by side there.",
                        "B": "whole pictures stand one below the other there.",
                        "C": "there columns are dealt out, too.",
                        "E": "there a picture is finished before the next begins.",
                    },
                ),
            },
            [
                (
                    {
                        "two rows": "B",
                        "three rows": "A",
                        "one column": "E",
                        "rows in turn": "D",
                    },
                    "You exchanged the mosaics: the letter beside h says how many "
                    "rows of pictures there are.",
                )
            ],
        ),
        why="The letter of the batch that shares a bracket with h goes down, the one "
        "with w goes across; and whichever stands last in its bracket runs fastest.",
        hints=(
            "With six pictures and b1 = 2, what is b2? Which of the two stands beside "
            "h?",
            "Does the batch stand before h or after it? Before it, a picture is "
            "finished before the next begins.",
        ),
        answer="Look for who shares a bracket with h, and who is last in it:\n\n"
        "```python\n"
        "answer = {\n"
        '    "two rows": "A",\n'
        '    "three rows": "B",\n'
        '    "one column": "E",\n'
        '    "rows in turn": "D",\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
        supply=MOSAIC,
    ),
    Exercise(
        number="2.3",
        title="Undo",
        kind=Pattern(
            "b head t d -> b t (head d)",
            {
                "b head t d -> b t (d head)": "The shape is right, but the numbers of "
                "the heads alternate: each head wrote its numbers together.",
                "b head t d -> b (head t) d": "The words of all heads stand one below "
                "the other; each word needs one row with all heads.",
                "b head t d -> b (t head) d": "Here each head of a word has a row of "
                "its own.",
                "b head t d -> b (head d) t": "Each column is a word; the words come "
                "before their numbers.",
                "b head t d -> b t head d": "The order is right; head and d are not "
                "joined yet.",
                "b head t d -> t (b head d)": "The batch was joined, too; it keeps its "
                "axis.",
                "b head t d -> b head (t d)": "This keeps the heads apart and joins "
                "the words.",
            },
            shape=(2, 3, 4, 5),
            axes="b t d",
        ),
        why="The two sides of the pattern that made the heads, exchanged.",
        hints=(
            "Write down the pattern that made the heads.",
            "What stood left of its arrow, brackets included, is what you want now.",
        ),
        answer="The pattern of the section on heads, from right to left:\n\n"
        "```python\n"
        'pattern = "b head t d -> b t (head d)"\n'
        "q.check(pattern)\n"
        "```\n\n"
        "It needs no sizes: nothing is split.",
    ),
    Exercise(
        number="2.4",
        title="Write",
        kind=Function(
            to_depth,
            [
                (
                    _last,
                    "The shape is right, but the channel should run fastest in the "
                    "last bracket.",
                ),
                (
                    _halves,
                    "You pair numbers that are half a signal apart; a block holds "
                    "neighbours.",
                ),
                (
                    _backwards,
                    "Signals are right; in volumes the last axis should run faster "
                    "than the first within a block.",
                ),
                (_batch, "The blocks went into the batch; the channels should grow."),
                (_apart, "The axes are split rightly; now join them with the channel."),
                (
                    lambda x: rearrange(x, "b ... c -> b c ..."),
                    "This moves the channels and splits no axis.",
                ),
                (lambda x: x, "The array comes back as it was."),
            ],
            signals_and_volumes(),
        ),
        why="Each split halves one axis and puts a 2 into the bracket of the channels: "
        "(2, 8, 3) becomes (2, 4, 6), and (2, 4, 6, 8, 3) becomes (2, 2, 3, 4, 24).",
        hints=(
            "Split fewer axes than for a picture, or more. Each split puts one more "
            "letter into the bracket of the channels.",
            "`x.ndim` tells a signal, with three axes, from a volume, with five. The "
            "letters in the last bracket stand in the order of their axes, and c is "
            "last.",
        ),
        answer="One pattern for three axes, one for five:\n\n"
        "```python\n"
        "def to_depth(x):\n"
        "    if x.ndim == 3:\n"
        '        return rearrange(x, "b (t t1) c -> b t (t1 c)", t1=2)\n'
        '    pattern = "b (x x1) (y y1) (z z1) c -> b x y z (x1 y1 z1 c)"\n'
        "    return rearrange(x, pattern, x1=2, y1=2, z1=2)\n"
        "\n"
        "\n"
        "q.check(to_depth)\n"
        "```\n",
        supply=TO_CUT,
    ),
    Exercise(
        number="2.5",
        title="Pool",
        kind=Function(
            pool,
            [
                (
                    _padded,
                    "You made a window of what is left at the end; Keras drops it.",
                ),
                (
                    _from_the_end,
                    "You drop what is left over at the beginning; Keras drops it at "
                    "the end.",
                ),
                (
                    _far_apart,
                    "In `(3 t)` a window holds numbers that are a third of the signal "
                    "apart.",
                ),
                (
                    lambda x, how: pool(x, "max"),
                    "Maxima are right; the argument `how` should be used for the mean.",
                ),
                (
                    lambda x, how: pool(x, "mean"),
                    "Means are right; the argument `how` should be used for the "
                    "maximum.",
                ),
                (_over_channels, "Each channel is pooled by itself: keep its letter."),
                (
                    lambda x, how: reduce(x, "b t c -> b 1 c", how),
                    "The window is not the whole signal; it has 3 numbers.",
                ),
            ],
            lines(),
        ),
        why="Cropped to a multiple of 3 it equals Keras' layers, which drop the rest, "
        "too.",
        hints=(
            "einops refuses a length that does not divide. Keras drops the rest at "
            "the end (chapter 1).",
            "How long is the part that Keras reads? Crop x to it, and a number can "
            "stand for the window in the pattern.",
        ),
        answer="Crop, then reduce:\n\n"
        "```python\n"
        "def pool(x, how):\n"
        "    length = x.shape[1] // 3 * 3\n"
        '    return reduce(x[:, :length], "b (t 3) c -> b t c", how)\n'
        "\n"
        "\n"
        "q.check(pool)\n"
        "```\n",
    ),
    Exercise(
        number="2.6",
        title="Find the bug",
        kind=Function(
            per_batch,
            [
                (
                    lambda x: x - reduce(x, "b h w c -> b 1 1 c", "mean"),
                    "Each picture now has the mean 0 by itself; one mean for the whole "
                    "batch is asked for.",
                ),
                (
                    lambda x: x - x.mean(),
                    "That is one mean for all channels together; each channel has "
                    "its own.",
                ),
                (
                    lambda x: x - reduce(x, "b h w c -> b h w 1", "mean"),
                    "That is the mean of each pixel over its channels.",
                ),
                (
                    lambda x: x - reduce(x, "b h w c -> 1 h w c", "mean"),
                    "That is the mean picture: the mean should go over rows and "
                    "columns, too.",
                ),
                (
                    lambda x: reduce(x, "b h w c -> 1 1 1 c", "mean"),
                    "These are the means; they are still to be subtracted.",
                ),
                (lambda x: x, "Nothing is subtracted, as before."),
                (
                    lambda x: reduce(x, "b h w c -> 1 1 1 c", "mean") - x,
                    "The sign is wrong: the means are subtracted from the pictures.",
                ),
            ],
            pictures(),
            start=_bug,
        ),
        why="The reduction has to read the pictures, not what was normalised already.",
        hints=(
            "Which means has `y`, after its first line?",
            "The shape `1 1 1 c` is right. Look at what the reduction in the last "
            "line reads.",
        ),
        answer="Reduce the pictures themselves:\n\n"
        "```python\n"
        "def per_batch(x):\n"
        '    return x - reduce(x, "b h w c -> 1 1 1 c", "mean")\n'
        "\n"
        "\n"
        "q.check(per_batch)\n"
        "```\n",
    ),
    Exercise(
        number="2.7",
        title="Shuffle cards",
        kind=Number(
            8,
            {
                52: "So many take the other perfect shuffle, whose first card moves; "
                "that of a pattern stays first.",
                2: "Twice is enough to undo a table of 2 × 2; here the halves are 26.",
                26: "That is half the pack; try it with a loop.",
                51: "It is right that 51 cards count, since the first stays; the pack "
                "is in order sooner.",
                6: "So many would do for 64 cards.",
                1: "After one shuffle the second card is one from the middle.",
                7: "One more is needed: you counted the shuffles before the last.",
                9: "You counted the pack as it was, too.",
            },
        ),
        why="Card 1 goes to the places 2, 4, 8 … and after eight shuffles to 256, "
        "which is 1 more than 5 times 51.",
        hints=(
            "A loop finds it: shuffle until `np.array_equal` says that the pack is as "
            "it was.",
            "Follow card 1: each shuffle doubles its place, and 51 is taken off when "
            "it comes out too large.",
        ),
        answer="Shuffle until the pack is in order:\n\n"
        "```python\n"
        "pack = np.arange(52)\n"
        "now, times = pack, 0\n"
        "while times == 0 or not np.array_equal(now, pack):\n"
        '    now = rearrange(now, "(half n) -> (n half)", half=2)\n'
        "    times += 1\n"
        "q.check(times)\n"
        "```\n\n"
        "Card players know it: eight perfect shuffles do nothing.",
    ),
    Exercise(
        number="2.8",
        title="Translate",
        kind=Function(
            translate,
            [
                (
                    lambda x: _ordered(x, "h1 w1 c", "c h1 w1"),
                    "This is the way back: the channels come in PyTorch's order, and "
                    "should leave in TensorFlow's.",
                ),
                (
                    lambda x: _ordered(x, "c h1 w1", "w1 h1 c"),
                    "The channel runs fastest, as it should, but rows and columns of "
                    "the block are exchanged.",
                ),
                (
                    lambda x: _ordered(x, "c h1 w1", "h1 c w1"),
                    "The channel should run fastest of all.",
                ),
                (
                    lambda x: _ordered(x, "c h1 w1", "c w1 h1"),
                    "The channel is slowest still; only the block was turned over.",
                ),
                (
                    lambda x: rearrange(
                        x, "b h w (c h1 w1) -> b (h h1) (w w1) c", h1=2, w1=2
                    ),
                    "That goes to space at once; only the channels should change "
                    "places.",
                ),
                (lambda x: x, "The channels are still in PyTorch's order."),
                (lambda x: x[..., ::-1], "The channels run backwards."),
            ],
            deep_pictures(),
        ),
        why="The channels change places, and TensorFlow's depth-to-space then does "
        "what PyTorch's `PixelShuffle` does.",
        hints=(
            "Leave b, h and w alone. On the left stands one bracket for the channels "
            "as they come, in PyTorch's order.",
            "Name the sizes of a block, h1 and w1; that of c follows.",
        ),
        answer="PyTorch's bracket on the left, TensorFlow's on the right:\n\n"
        "```python\n"
        "def translate(x):\n"
        '    order = "b h w (c h1 w1) -> b h w (h1 w1 c)"\n'
        "    return rearrange(x, order, h1=2, w1=2)\n"
        "\n"
        "\n"
        "q.check(translate)\n"
        "```\n",
    ),
    Exercise(
        number="2.9",
        title="Overlap",
        kind=Function(
            averages,
            [
                (
                    lambda x, k, s: averages(x, k, k),
                    "Your windows lie side by side, as a pattern's would; they begin "
                    "every s.",
                ),
                (
                    lambda x, k, s: averages(x, k, 1),
                    "Your windows begin at every number; they should begin every s.",
                ),
                (
                    lambda x, k, s: (
                        [
                            float(np.mean(x[i : i + s]))
                            for i in range(0, len(x) - s + 1, k)
                        ]
                        or [0.0]
                    ),
                    "You exchanged k and s.",
                ),
                (
                    lambda x, k, s: [
                        float(np.mean(x[i : i + k])) for i in range(0, len(x), s)
                    ],
                    "At the end you average windows that are not full; they are left "
                    "out.",
                ),
                (
                    lambda x, k, s: [k * mean for mean in averages(x, k, s)],
                    "These are sums; divide by k.",
                ),
                (
                    lambda x, k, s: [
                        float(np.max(x[i : i + k])) for i in range(0, len(x) - k + 1, s)
                    ],
                    "These are maxima; means are asked for.",
                ),
                (
                    lambda x, k, s: [
                        float(np.mean(x[i : i + k])) for i in range(0, len(x) - k, s)
                    ],
                    "The last window is missing: it may end where the row ends.",
                ),
            ],
            rows(),
        ),
        why="Which numbers a window reads is gathered by indices; what becomes of them "
        "is a reduction.",
        hints=(
            "How many places are there for the first number of a window that is full?",
            "Gather first, with `range` and its step or with `sliding_window_view`, "
            'and let `reduce(..., "windows k -> windows", "mean")` do the rest.',
        ),
        answer="Gather, then reduce:\n\n"
        "```python\n"
        "def averages(x, k, s):\n"
        "    seen = [x[i : i + k] for i in range(0, len(x) - k + 1, s)]\n"
        '    return reduce(np.array(seen, float), "windows k -> windows", "mean")\n'
        "\n"
        "\n"
        "q.check(averages)\n"
        "```\n",
    ),
    Exercise(
        number="2.10",
        title="Read off a shape",
        kind=Function(
            shape_of,
            [
                (
                    lambda *case: _shape(*case, right=_no_brackets),
                    "The sizes are right; brackets on the right are still to be "
                    "multiplied out.",
                ),
                (
                    lambda *case: _shape(*case, join=lambda sizes: sum(sizes)),
                    "A bracket on the right multiplies; you add.",
                ),
                (
                    lambda *case: _shape(*case, divide=False),
                    "A bracket on the left divides: what is not named is what is left "
                    "of the axis.",
                ),
                (
                    lambda *case: _shape(*case, right=_without_ones),
                    "An axis of length one belongs to the shape, too.",
                ),
                (
                    lambda *case: _shape(*case)[::-1],
                    "The sizes are in the reversed order.",
                ),
                (
                    lambda *case: case[0],
                    "That is the shape as it was.",
                ),
                (
                    lambda *case: tuple(sorted(_shape(*case))),
                    "The sizes stand in the order of the right side, not of their "
                    "size.",
                ),
            ],
            shapes_and_patterns(),
            read_result=reading.row,
        ),
        why="Divide on the left, multiply on the right: with that you read the shape "
        "off any pattern of letters, brackets and ones. That is this chapter.",
        hints=(
            "Read each side into a list of groups, such as `[['h', 'a'], ['w']]`; an "
            "axis without brackets is a group of one.",
            "On the left, one letter of a group may be unknown: divide the axis by "
            "the product of the others. A `1` is known from the start. On the right, "
            "multiply within each group.",
        ),
        answer="First the sizes of all letters, then the products:\n\n"
        "```python\n"
        "def groups(side):\n"
        "    found, inside = [], False\n"
        '    for word in side.replace("(", " ( ").replace(")", " ) ").split():\n'
        '        if word in "()":\n'
        '            inside = word == "("\n'
        "            if inside:\n"
        "                found.append([])\n"
        "        elif inside:\n"
        "            found[-1].append(word)\n"
        "        else:\n"
        "            found.append([word])\n"
        "    return found\n"
        "\n"
        "\n"
        "def shape_of(shape, pattern, sizes):\n"
        '    left, right = pattern.split("->")\n'
        '    known = {"1": 1, **sizes}\n'
        "    for group, n in zip(groups(left), shape):\n"
        "        for axis in group:\n"
        "            if axis not in known:\n"
        "                others = [known[a] for a in group if a != axis]\n"
        "                known[axis] = n // int(np.prod(others))\n"
        "    return tuple(\n"
        "        int(np.prod([known[a] for a in group])) for group in groups(right)\n"
        "    )\n"
        "\n"
        "\n"
        "q.check(shape_of)\n"
        "```\n",
    ),
]
