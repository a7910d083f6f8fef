"""The exercises of chapter 12, Global average pooling on VGG16."""

from itertools import product

import numpy as np

from lab.exercises import reading
from lab.exercises.engine import Exercise, Unreadable
from lab.exercises.kinds import Choice, Found, Function, Number, Parts, Thought

# 1, 2 and 4: what the questions say

COUNT = {"h": 3, "w": 5, "c": 20, "classes": 6}
TRANSLATE = {"h": 4, "w": 4, "c": 8}
VARY = {
    "price": [0.01, 0.1, 1, 10, 100],
    "GAP": [302, 330, 353, 356, 354],
    "Flatten": [351, 351, 362, 360, 356],
}

# 5. Build

SPARSE = np.array([[4, 0, 1], [0, 1, 0]])
BOTH = ("same mean", "same maximum")


def read_maps(answer):
    """Return the two maps that exercise 5 asks for."""
    maps = Parts({name: Number(0, []) for name in BOTH}).read(answer)
    for name, found in maps.items():
        maps[name] = reading.array(found, f"{name}: the map")
        if maps[name].shape != SPARSE.shape:
            raise Unreadable(
                f"{name}: the map has the shape {maps[name].shape}; it shall have two "
                "rows and three columns, as the given one."
            )
    return maps


def not_told_apart(maps):
    """Return what is wrong with two maps, or None."""
    mean, peak = SPARSE.mean(), SPARSE.max()
    first, second = maps.values()
    if not np.isclose(first.mean(), mean):
        if np.isclose(second.mean(), mean) and first.max() == peak:
            return "You exchanged the two maps."
        return f"same mean: its mean is {first.mean():.3g}, and that of x is {mean:g}."
    if first.max() == peak:
        if sorted(first.ravel()) == sorted(SPARSE.ravel()):
            return "same mean: these are the cells of x; the maximum is the same, too."
        return f"same mean: the maximum is {peak} as well, so it cannot tell, either."
    if second.max() != peak:
        return f"same maximum: its maximum is {second.max():g}, and that of x {peak}."
    if np.isclose(second.mean(), mean):
        return "same maximum: the mean is the same, too, so GAP cannot tell it from x."
    return None


# 6. Find the bug

# fmt: off


def _bug(x, w, b):
    share = b / x[..., 0].size
    return x @ w + share

# fmt: on


def votes(x, w, b):
    """Return each cell's own score."""
    return x @ w + b


def scored():
    """Return maps, weights and a bias, from few cells to more."""
    rng = np.random.default_rng(12)
    cases = [
        (
            rng.integers(0, 5, (h, w, c)).astype(float),
            rng.integers(1, 5, c).astype(float) * rng.choice([-1, 1], c),
            float(rng.integers(1, 5)),
        )
        for h, w, c in product((1, 2, 3, 4), (2, 3, 5), (2, 3, 4))
    ]
    return sorted(cases, key=lambda case: case[0].size)


# 7. Keep, lose, save


def judge(x, y, classes):
    """Return whether means tell, whether maxima tell, and the parameters saved."""
    h, w, c = x.shape
    means = not np.allclose(x.mean(axis=(0, 1)), y.mean(axis=(0, 1)))
    peaks = not np.array_equal(x.max(axis=(0, 1)), y.max(axis=(0, 1)))
    return int(means), int(peaks), (h * w - 1) * c * classes


def pairs():
    """Return two stacks of maps and a number of classes, from small to large."""
    rng = np.random.default_rng(12)
    found = []
    for h, w, c in product((1, 2, 3), (2, 3, 4), (1, 2, 3)):
        x = rng.integers(0, 6, (h, w, c)).astype(float)
        cells = x.reshape(h * w, c)
        spread = np.broadcast_to(x.mean(axis=(0, 1)), x.shape).copy()
        fewer = np.where(x == x.max(axis=(0, 1)), x, 0)
        shuffled = rng.permutation(cells).reshape(x.shape)
        for y in (shuffled, spread, fewer, x[..., ::-1].copy()):
            found.append((x, y, int(rng.integers(2, 5))))
    return sorted(found, key=lambda case: (case[0].size, case[2]))


def _judge(x, y, classes, change):
    return change(*judge(x, y, classes))


# 9. Between mean and maximum


def gem(x, p):
    """Return the generalised mean of each map."""
    return (x**p).mean(axis=(0, 1)) ** (1 / p)


def powers():
    """Return maps that are not negative, and powers, from small to large.

    In each map one cell of two to the power of p is not zero, so that the generalised
    mean is half of it, whatever the answer's type rounds to.
    """
    rng = np.random.default_rng(12)
    cases = []
    for p, m, c, _ in product((1, 2, 4), (1, 2), (1, 2, 3), range(3)):
        x = np.zeros((2**p, m, c))
        x[rng.integers(2**p)] = 2.0 * rng.choice(12, c, replace=False) + 2
        cases.append((x, p))
    return sorted(cases, key=lambda case: (case[0].size, case[1]))


EXERCISES = [
    Exercise(
        number="12.1",
        title="Count",
        kind=Parts(
            {
                "after GAP": Number(
                    126,
                    {
                        120: "each of the 6 classes has a bias, too.",
                        121: "each class has a bias of its own: there are 6 of them.",
                        21: "that is the head for a single class.",
                        20: "those are the numbers that the head reads; how many "
                        "weights does each class have for them?",
                        96: "a head reads a number for each map, not for each cell.",
                    },
                ),
                "after Flatten": Number(
                    1_806,
                    {
                        1_800: "the biases are missing, one for each class.",
                        1_801: "one bias is not enough for 6 classes.",
                        301: "that is a head with one class only.",
                        300: "so many numbers are read; each class weighs them all.",
                        1_890: "15 times as many as after GAP is too much: the biases "
                        "do not multiply.",
                    },
                ),
            },
            [
                (
                    {"after GAP": 1_806, "after Flatten": 126},
                    "You exchanged them: GAP leaves fewer numbers to read.",
                )
            ],
        ),
        why="A weight for each number read and each class, and a bias for each class. "
        "ResNet50's head, on maps of 7 × 7 × 2048 for 1,000 classes, has 2,049,000 "
        "parameters after GAP; after Flatten it would have 100,353,000.",
        hints=(
            "How many numbers does the head read after GAP, and how many after "
            "Flatten? Each class has a weight for each of them.",
            "Each class has one bias, too, whatever stands before the head.",
        ),
        answer="Numbers read, and one for the bias, times classes:\n\n"
        "```python\n"
        "h, w, c, classes = q.given.values()\n"
        "answer = {\n"
        '    "after GAP": (c + 1) * classes,\n'
        '    "after Flatten": (h * w * c + 1) * classes,\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
        supply=COUNT,
    ),
    Exercise(
        number="12.2",
        title="Translate",
        kind=Parts(
            {
                "Conv2D": Number(
                    1_024,
                    {
                        128: "a plain convolution has a kernel for each pair of an "
                        "input and an output channel.",
                        64: "that is a kernel of one pixel; the window is the whole "
                        "map.",
                        1_032: "the biases are left out here.",
                        16: "that is one window; there is one for each pair of "
                        "channels.",
                    },
                ),
                "DepthwiseConv2D": Number(
                    128,
                    {
                        1_024: "a depthwise kernel reads one channel only.",
                        136: "no biases are counted here.",
                        16: "each channel has a window of its own.",
                        8: "a window has a weight for each cell of the map.",
                    },
                ),
                "1 / weight": Number(
                    16,
                    {
                        4: "the mean is over rows and columns.",
                        1: "a sum has the weight 1; a mean divides by the number of "
                        "cells.",
                        8: "the channels are not averaged.",
                        128: "each channel is averaged by itself.",
                    },
                ),
            },
            [
                (
                    {"Conv2D": 128, "DepthwiseConv2D": 1_024, "1 / weight": 16},
                    "You exchanged the two layers.",
                )
            ],
        ),
        why="A window as large as the map, with the weight 1/16 in each cell. In the "
        "plain convolution seven of eight weights are 0.",
        hints=(
            "An average pooling is a convolution with equal weights. Here the window "
            "is the whole map, without padding.",
            "The kernel of `Conv2D` is (kh, kw, in, out), that of `DepthwiseConv2D` "
            "(kh, kw, in, multiplier).",
        ),
        answer="The window is the whole map:\n\n"
        "```python\n"
        "h, w, c = q.given.values()\n"
        'answer = {"Conv2D": h * w * c * c, "DepthwiseConv2D": h * w * c}\n'
        'q.check(answer | {"1 / weight": h * w})\n'
        "```\n",
        supply=TRANSLATE,
    ),
    Exercise(
        number="12.3",
        title="Answer the source",
        kind=Choice(
            "C",
            {
                "A": "Any two photographs differ, two cars as well. What differs "
                "between these two need not differ between the classes.",
                "B": "What the eye cannot tell in two grey fields, a head may tell in "
                "512 numbers.",
                "D": "With more weights than pictures a head can hit any targets, "
                "shuffled ones as well, on the pictures that made it.",
                "E": "Measured picture by picture, means and raw maps are level.",
                "F": "It is the other way round: no shuffle of 200 came near the "
                "separations with the true labels.",
            },
        ),
        why="Only pictures that took no part in the making of a head can say whether "
        "the classes differ.",
        hints=(
            "For each answer ask: would it come out otherwise if the labels meant "
            "nothing?",
            "One answer would come out the same with shuffled labels, two rest on one "
            "pair of pictures, and two contradict a cell of this chapter.",
        ),
        answer="Held-out pictures decide:\n\n"
        "```python\n"
        'answer = "C"\n'
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="12.4",
        title="Vary",
        kind=Parts(
            {
                "lead at 1": Number(
                    9,
                    {
                        -9: "it is Flatten that leads here.",
                        6: "that is the lead with each at its own best.",
                        21: "that is the lead at the price 0.1.",
                        2: "that is the lead at the price 100.",
                    },
                ),
                "lead at the best": Number(
                    6,
                    {
                        9: "GAP is better with another price than 1.",
                        4: "that is the lead at GAP's best price; Flatten has its own.",
                        49: "that is the largest lead at one price.",
                        -6: "the sign is wrong: Flatten is ahead.",
                    },
                ),
                "report": Choice(
                    "C",
                    {
                        "A": "whichever price is fixed beforehand, it may suit one of "
                        "the heads and not the other.",
                        "B": "the best of five is best also by chance, because it was "
                        "chosen with the very pictures that judge.",
                    },
                ),
            },
        ),
        why="One price for all can favour a head, and the best price seen on the "
        "pictures that judge is chosen by them. Chosen within the training part by "
        "squared errors, the lead is gone; by wrong signs, what is left of it is less "
        "than two standard errors.",
        hints=(
            "Take the columns from `q.given`. The best is the maximum of a column, "
            "and the two need not stand in the same row.",
            "For the report ask of each way: which pictures chose the price, and do "
            "the same pictures judge?",
        ),
        answer="Row by row, and each column's own best:\n\n"
        "```python\n"
        'gap, flatten = np.array(q.given["GAP"]), np.array(q.given["Flatten"])\n'
        "answer = {\n"
        '    "lead at 1": (flatten - gap)[2],\n'
        '    "lead at the best": flatten.max() - gap.max(),\n'
        '    "report": "C",\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
        supply=VARY,
    ),
    Exercise(
        number="12.5",
        title="Build",
        kind=Found(
            {
                "same mean": [[1, 1, 1], [1, 1, 1]],
                "same maximum": [[4, 0, 0], [0, 0, 0]],
            },
            [
                {
                    "same mean": [[4, 0, 0], [0, 0, 0]],
                    "same maximum": [[1, 1, 1], [1, 1, 1]],
                },
                {
                    "same mean": [[1, 0, 1], [0, 4, 0]],
                    "same maximum": [[4, 0, 0], [0, 0, 0]],
                },
                {
                    "same mean": [[4, 0, 0], [0, 2, 0]],
                    "same maximum": [[4, 0, 0], [0, 0, 0]],
                },
                {
                    "same mean": [[2, 2, 2], [2, 2, 2]],
                    "same maximum": [[4, 0, 0], [0, 0, 0]],
                },
                {
                    "same mean": [[1, 1, 1], [1, 1, 1]],
                    "same maximum": [[5, 0, 0], [0, 0, 0]],
                },
                {
                    "same mean": [[1, 1, 1], [1, 1, 1]],
                    "same maximum": [[4, 2, 0], [0, 0, 0]],
                },
            ],
            read_maps,
            not_told_apart,
        ),
        why="One pooling cannot tell the first map from x, the other not the second; "
        "together they tell both, and still miss a shuffle of the cells.",
        hints=(
            "The mean asks for the total only, the maximum for the largest cell only.",
            "For the first, level out the cells without changing their total. For the "
            "second, keep the largest cell and change a small one.",
        ),
        answer="Level the cells out, or change a small one:\n\n"
        "```python\n"
        "answer = {\n"
        '    "same mean": [[1, 1, 1], [1, 1, 1]],\n'
        '    "same maximum": [[4, 0, 0], [0, 0, 0]],\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
        supply=SPARSE,
    ),
    Exercise(
        number="12.6",
        title="Find the bug",
        kind=Function(
            votes,
            [
                (
                    lambda x, w, b: x @ w + b / x[..., 0].size,
                    "Each cell gets a share of the bias only; but the score is the "
                    "mean of the cells, not their sum.",
                ),
                (
                    lambda x, w, b: x @ w,
                    "The bias is missing, and so the mean is not the score.",
                ),
                (
                    lambda x, w, b: (x @ w + b) / x[..., 0].size,
                    "That is what each cell adds to the score; their sum is the score, "
                    "and their mean is not.",
                ),
                (
                    lambda x, w, b: x @ w + b * x[..., 0].size,
                    "The bias is counted once for each cell too often.",
                ),
                (
                    lambda x, w, b: (x @ w).mean() + b,
                    "That is the score itself; each cell has one of its own.",
                ),
                (
                    lambda x, w, b: x * w + b,
                    "The channels are weighted, and not yet added up.",
                ),
                (
                    lambda x, w, b: (x @ w + b).T,
                    "Rows and columns are exchanged.",
                ),
            ],
            scored(),
            start=_bug,
        ),
        why="The mean of equal biases is the bias. With a bias of 0, for which it was "
        "tried, nobody could have seen the bug.",
        hints=(
            "What is the mean over the cells of what the function returns, and what "
            "is the head's score?",
            "With a bias alone, all weights being zero, the score is the bias. What "
            "must then stand in each cell, for the mean to be that?",
        ),
        answer="The bias belongs into each cell whole:\n\n"
        "```python\n"
        "def votes(x, w, b):\n"
        "    return x @ w + b\n"
        "\n"
        "\n"
        "q.check(votes)\n"
        "```\n",
    ),
    Exercise(
        number="12.7",
        title="Keep, lose, save",
        kind=Function(
            judge,
            [
                (
                    lambda *case: _judge(*case, lambda m, p, s: (p, m, s)),
                    "You exchanged mean and maximum.",
                ),
                (
                    lambda *case: _judge(*case, lambda m, p, s: (m, p, s // case[2])),
                    "The first two are right; each class has weights of its own.",
                ),
                (
                    lambda *case: _judge(*case, lambda m, p, s: (m, p, s + case[2])),
                    "The first two are right; the biases are the same in both heads, "
                    "so none of them is saved.",
                ),
                (
                    lambda x, y, classes: (
                        int(not np.isclose(x.mean(), y.mean())),
                        *judge(x, y, classes)[1:],
                    ),
                    "The mean is over the cells of each map, not over the maps.",
                ),
                (
                    lambda x, y, classes: (
                        judge(x, y, classes)[0],
                        int(x.max() != y.max()),
                        judge(x, y, classes)[2],
                    ),
                    "The maximum is over the cells of each map, not over the maps.",
                ),
                (
                    lambda x, y, classes: (
                        int((x != y).any()),
                        int((x != y).any()),
                        judge(x, y, classes)[2],
                    ),
                    "That asks whether the maps differ at all, and a shuffle of the "
                    "cells does; but a pooling does not notice it.",
                ),
                (
                    lambda x, y, classes: (
                        *judge(x, y, classes)[:2],
                        x.size * classes,
                    ),
                    "The first two are right; GAP's head has weights as well, one a "
                    "map and class, and these are not saved.",
                ),
            ],
            pairs(),
            read_result=reading.row,
        ),
        why="You can say what the mean keeps, what it loses and what it saves. That is "
        "this chapter.",
        hints=(
            "Reduce rows and columns, and leave the channels. Means that come in "
            "another order may differ in their last digit.",
            "A head has a weight for each number it reads and each class. How many "
            "more numbers does it read after Flatten?",
        ),
        answer="Two poolings, and a count:\n\n"
        "```python\n"
        "def judge(x, y, classes):\n"
        '    means = [reduce(m, "h w c -> c", "mean") for m in (x, y)]\n'
        '    peaks = [reduce(m, "h w c -> c", "max") for m in (x, y)]\n'
        "    saved = (x.size - x.shape[2]) * classes\n"
        "    by_mean = not np.allclose(*means)\n"
        "    return int(by_mean), int(not np.array_equal(*peaks)), saved\n"
        "\n"
        "\n"
        "q.check(judge)\n"
        "```\n",
    ),
    Exercise(
        number="12.8",
        title="Ask an unfair question",
        kind=Thought(
            "A linear head has two answers and no way to say neither; far from what "
            "it was made of its score is an accident."
        ),
        why="Ours: the cat has means that no car or truck has, and what a head makes "
        "of a number far outside its training is an accident of that training. A "
        "linear head has two answers and no way to say that it is neither. Before you "
        "trust a score, ask how far the input lies from what the head has seen.",
        hints=(
            "The folded cell tells which mean of the cat is largest, and how large it "
            "gets on the 400. What did the training parts say about its weight?",
            "A weight that hardly matters within the training may be anything. What "
            "happens when its feature is a hundred times as large as ever before?",
        ),
        answer="There is no single right text; the cell passes with any sentence. "
        "Ours:\n\n"
        "```python\n"
        "answer = (\n"
        '    "The cat lies far outside of what the heads have seen, where their "\n'
        '    "scores are accidents, and none of them can say that it is neither."\n'
        ")\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="12.9",
        title="Between mean and maximum",
        kind=Function(
            gem,
            [
                (
                    lambda x, p: (x**p).sum(axis=(0, 1)) ** (1 / p),
                    "That is the sum of the powers; with p = 1 it shall be the mean.",
                ),
                (
                    lambda x, p: (x**p).mean(axis=(0, 1)),
                    "The root is missing, which brings the numbers back to their size.",
                ),
                (
                    lambda x, p: x.mean(axis=(0, 1)) ** p,
                    "The power is taken of each cell, before the mean.",
                ),
                (
                    lambda x, p: np.full(x.shape[2], (x**p).mean() ** (1 / p)),
                    "Each map has a number of its own: the channels stay.",
                ),
                (
                    lambda x, p: x.mean(axis=(0, 1)),
                    "That is right for p = 1 only.",
                ),
                (
                    lambda x, p: x.max(axis=(0, 1)),
                    "That is what a very large p comes near.",
                ),
                (
                    lambda x, p: (x**p).mean(axis=(0, 1)) / p,
                    "That divides by p; the p-th root is asked for.",
                ),
            ],
            powers(),
        ),
        why="With p = 1 it is GAP, and the larger p, the nearer to global max pooling. "
        "On the cars and trucks it does not matter which: all are level.",
        hints=(
            "Take the power of each cell, then the mean of each map.",
            "What brings a number back from its p-th power? With p = 1 nothing must "
            "have changed.",
        ),
        answer="Power, mean, root:\n\n"
        "```python\n"
        "def gem(x, p):\n"
        '    return reduce(x**p, "h w c -> c", "mean") ** (1 / p)\n'
        "\n"
        "\n"
        "q.check(gem)\n"
        "```\n",
    ),
]
