"""The exercises of chapter 9, Autoencoders."""

from itertools import product

import numpy as np

from lab.exercises.engine import Exercise
from lab.exercises.kinds import Function, Number, Parts, Shape, Thought

# 1 and 2: what the questions say

MODEL = {"maps": 4, "k": 3, "size": 32}
ODD = {"h": 31, "w": 45}

# 3. Mend


def even_sides(picture):
    """Return a picture of even sides: the last row and column repeated if needed."""
    h, w = picture.shape
    return np.pad(picture, [(0, h % 2), (0, w % 2)], "edge")


def pictures():
    """Return pictures of odd and even sides, from small to large."""
    rng = np.random.default_rng(3)
    sizes = sorted(product(range(2, 8), repeat=2), key=lambda size: np.prod(size))
    return [(rng.integers(1, 10, size).astype(float),) for size in sizes]


# 4. Fit


def fit(P, x):
    """Return the weights for which P @ w is nearest to x."""
    return np.linalg.lstsq(P, x, rcond=None)[0]


def two_weights():
    """Return two columns of three numbers, and what to rebuild."""
    rng = np.random.default_rng(4)
    found = []
    while len(found) < 36:
        P = rng.integers(-3, 4, (3, 2)).astype(float)
        across = np.cross(*P.T)
        if (P.T @ P)[0, 1] and across.any():
            w = rng.integers(1, 4, 2) * rng.choice([-1, 1], 2)
            found.append((P, P @ w + across))
    return found


# 5. Find the bug


def off_by(answer, picture):
    """Return the root of the mean squared error, in grey levels."""
    return 255 * np.mean((answer - picture) ** 2) ** 0.5


def _bug(answer, picture):
    error = abs(answer - picture)
    return 255 * error.mean()


def answers():
    """Return answers and pictures whose error is a whole number of levels."""
    rng = np.random.default_rng(5)
    found = []
    for h, w in product((2, 4, 6), (2, 4, 6, 8)):
        for levels in (10, 20, 40):
            picture = rng.integers(60, 180, (h, w)) / 255
            error = np.zeros((h, w))
            error[::2, ::2] = 2 * levels / 255
            found.append((picture + error, picture))
    return found


# 6. What is left


def left(code, pixels):
    """Return the error of the best linear decoder with a bias."""
    columns = np.pad(code, [(0, 0), (0, 1)], constant_values=1)
    rebuilt = columns @ np.linalg.lstsq(columns, pixels, rcond=None)[0]
    return np.mean((pixels - rebuilt) ** 2) ** 0.5


def _left(code, pixels, columns):
    rebuilt = columns @ np.linalg.lstsq(columns, pixels, rcond=None)[0]
    return np.mean((pixels - rebuilt) ** 2) ** 0.5


def _with_ones(code):
    return np.pad(code, [(0, 0), (0, 1)], constant_values=1)


def codes():
    """Return codes and a pixel for each, with errors that are whole numbers."""
    rng = np.random.default_rng(6)
    two = np.array([[1, 1], [1, -1]])
    eight = np.kron(np.kron(two, two), two)
    found = []
    for maps in (1, 2, 3):
        for _ in range(12):
            columns = rng.permutation(7) + 1
            code = eight[:, columns[:maps]] * rng.integers(1, 4, maps)
            code = code + rng.integers(2, 6, maps)
            weights = rng.integers(1, 4, maps)
            error = eight[:, columns[6]] * rng.integers(2, 7)
            pixels = code @ weights + rng.integers(20, 30) + error
            found.append((code.astype(float), pixels.astype(float)))
    return found


EXERCISES = [
    Exercise(
        number="9.1",
        title="Count",
        kind=Parts(
            {
                "frozen": Number(
                    40,
                    {
                        36: "each map has a bias, too.",
                        10: "that is one map; there are four.",
                        400: "the picture has one channel, so a filter has 9 weights.",
                    },
                ),
                "trained": Number(
                    148,
                    {
                        37: "a sub-pixel decoder makes four maps, one for each pixel "
                        "of a block.",
                        144: "each of the four maps has a bias, too.",
                        145: "there are four biases, one for each map.",
                        40: "the decoder reads all four maps of the code.",
                    },
                ),
                "code": Number(
                    1024,
                    {
                        256: "that is one map of the code.",
                        4096: "the code is half as high and half as wide.",
                        64: "each of the four maps has 16 × 16 numbers.",
                    },
                ),
            },
            [
                (
                    {"frozen": 148, "trained": 40, "code": 1024},
                    "You exchanged the two parts: the encoder is frozen.",
                )
            ],
        ),
        why="(9 + 1) * 4 frozen, (9 * 4 + 1) * 4 trained; and the code has as many "
        "numbers as the picture has pixels.",
        hints=(
            "A map costs the weights of one window in all channels that it reads, and "
            "a bias.",
            "The decoder's convolution makes four maps, each with a bias, out of the "
            "code's four.",
        ),
        answer="Count map by map:\n\n"
        "```python\n"
        "frozen = (3 * 3 * 1 + 1) * 4\n"
        "trained = (3 * 3 * 4 + 1) * 4\n"
        'q.check({"frozen": frozen, "trained": trained, "code": 16 * 16 * 4})\n'
        "```\n",
        supply=MODEL,
    ),
    Exercise(
        number="9.2",
        title="Predict",
        kind=Parts(
            {
                "A": Shape(
                    (30, 44),
                    {
                        (31, 45): "the decoder doubles whole numbers, so an odd size "
                        "cannot come back.",
                        (32, 46): 'that is "same"; pooling drops what does not fill '
                        "a window.",
                        (15, 22): "that is the code; the decoder doubles it.",
                        (30, 46): "the width is odd, too, and rounded down.",
                    },
                ),
                "B": Shape(
                    (32, 46),
                    {
                        (31, 45): "from any code an even size comes back.",
                        (30, 44): 'that is pooling\'s; "same" rounds up.',
                        (16, 23): "16 × 23 is the code; it is still to be doubled.",
                        (32, 44): "the width is rounded up, too.",
                    },
                ),
            },
            [
                (
                    {"A": (32, 46), "B": (30, 44)},
                    "You exchanged them: pooling rounds down, a stride under "
                    '"same" rounds up.',
                )
            ],
        ),
        why='15 × 22 and 16 × 23, doubled: pooling rounds the half down and "same" '
        "rounds it up.",
        hints=(
            "How large is the code? Pooling drops the last row if it fills no window.",
            'Under "same" a stride of 2 reads every second pixel, the first included.',
        ),
        answer="Halve, round, and double:\n\n"
        "```python\n"
        "a = tuple(2 * (n // 2) for n in (31, 45))\n"
        "b = tuple(2 * shapes.same_size(n, 2) for n in (31, 45))\n"
        'q.check({"A": a, "B": b})\n'
        "```\n",
        supply=ODD,
    ),
    Exercise(
        number="9.3",
        title="Mend",
        kind=Function(
            even_sides,
            [
                (
                    lambda x: np.pad(x, [(0, n % 2) for n in x.shape]),
                    "Zeros would darken the border; repeat its numbers.",
                ),
                (
                    lambda x: np.pad(x, [(n % 2, 0) for n in x.shape], "edge"),
                    "What is added before the picture moves all of it by a pixel; add "
                    "it below and on the right.",
                ),
                (
                    lambda x: np.pad(x, [(0, 1), (0, 1)], "edge"),
                    "An even side needs nothing.",
                ),
                (
                    lambda x: x[: len(x) // 2 * 2, : x.shape[1] // 2 * 2],
                    "That crops, and pixels are lost; all of them shall come back.",
                ),
                (
                    lambda x: np.pad(x, [(0, len(x) % 2), (0, 0)], "edge"),
                    "The width may be odd, too.",
                ),
                (
                    lambda x: np.pad(x, [(0, 0), (0, x.shape[1] % 2)], "edge"),
                    "The height may be odd, too.",
                ),
            ],
            pictures(),
        ),
        why="One row and one column at most, and they continue what stands there.",
        hints=(
            "`h % 2` is 1 for an odd height, and 0 for an even one: just what is "
            "missing.",
            '`np.pad(picture, [(above, below), (left, right)], "edge")` repeats the '
            "border.",
        ),
        answer="Pad by the remainder:\n\n"
        "```python\n"
        "def even_sides(picture):\n"
        "    h, w = picture.shape\n"
        '    return np.pad(picture, [(0, h % 2), (0, w % 2)], "edge")\n'
        "\n"
        "\n"
        "q.check(even_sides)\n"
        "```\n\n"
        "What comes out is cropped again. The folded cell sends a picture of odd sides "
        "through model A.",
    ),
    Exercise(
        number="9.4",
        title="Fit two weights",
        kind=Function(
            fit,
            [
                (
                    lambda P, x: P.T @ x,
                    "These are the right sides of the equations; they are still to be "
                    "solved.",
                ),
                (
                    lambda P, x: P.T @ x / np.sum(P**2, axis=0),
                    "So each weight is best if the other is 0. The two columns "
                    "overlap, so the weights must be found together.",
                ),
                (
                    lambda P, x: (
                        np.linalg.solve(P[:2], x[:2])
                        if np.linalg.det(P[:2])
                        else np.zeros(2)
                    ),
                    "That meets two of the three numbers and forgets the third.",
                ),
                (
                    lambda P, x: -fit(P, x),
                    "The sign is wrong.",
                ),
                (
                    lambda P, x: fit(P, x)[::-1],
                    "The two weights are exchanged.",
                ),
                (
                    lambda P, x: P @ fit(P, x),
                    "That is what the weights rebuild; the weights are asked for.",
                ),
            ],
            two_weights(),
        ),
        why="The error of your weights is at right angles to both columns.",
        hints=(
            "The error `x - P @ w` shall be at right angles to both columns: "
            "`P.T @ (x - P @ w)` is 0.",
            "That is two equations for two weights. NumPy solves `matrix @ w == right` "
            "with `np.linalg.solve(matrix, right)`.",
        ),
        answer="Two equations, solved together:\n\n"
        "```python\n"
        "def fit(P, x):\n"
        "    return np.linalg.solve(P.T @ P, P.T @ x).round(9)\n"
        "\n"
        "\n"
        "q.check(fit)\n"
        "```\n",
    ),
    Exercise(
        number="9.5",
        title="Find the bug",
        kind=Function(
            off_by,
            [
                (
                    lambda a, p: 255 * np.mean((a - p) ** 2),
                    "The root is missing.",
                ),
                (
                    lambda a, p: np.mean((a - p) ** 2) ** 0.5,
                    "The pictures reach from 0 to 1; the answer is asked in levels "
                    "of 255.",
                ),
                (
                    lambda a, p: 255 * np.std(a - p),
                    "The standard deviation forgives an answer that is too bright "
                    "everywhere.",
                ),
                (
                    lambda a, p: 255 * np.sum((a - p) ** 2) ** 0.5,
                    "The mean is asked for, not the sum: a larger picture is not "
                    "worse.",
                ),
                (
                    lambda a, p: 255 * np.abs(a - p).max(),
                    "That is the worst pixel's error.",
                ),
            ],
            answers(),
            start=_bug,
        ),
        why="Squares first, then the mean, then the root. The mean of the absolute "
        "error forgives a few large errors, which the eye does not.",
        hints=(
            "Try it on two pixels, one right and one off by 20. What should come out?",
            'In which order stand root, mean and square in the words "root of the '
            'mean of the squares"?',
        ),
        answer="The square belongs inside the mean:\n\n"
        "```python\n"
        "def off_by(answer, picture):\n"
        "    error = (answer - picture) ** 2\n"
        "    return round(255 * np.mean(error) ** 0.5, 6)\n"
        "\n"
        "\n"
        "q.check(off_by)\n"
        "```\n",
    ),
    Exercise(
        number="9.6",
        title="Explain",
        kind=Thought(
            "The narrow decoder may leave unread what the code holds: give the same "
            "code a wider kernel, and see whether the error falls."
        ),
        why="Ours: with a kernel of 3 × 3 the decoder may leave unread what the code "
        "holds. Keep the encoder, give the decoder a wider kernel and its best "
        "weights, and see whether the error falls. Only what no decoder finds is lost.",
        hints=(
            "The error belongs to the encoder and the decoder together. Which one can "
            "you change alone?",
            "Which decoder of this chapter reads more of the code than the source's?",
        ),
        answer="There is no single right text; the cell passes with any sentence. "
        "Ours:\n\n"
        "```python\n"
        "answer = (\n"
        '    "The decoder may be too narrow. Keep the code, widen the kernel, solve "\n'
        '    "for its best weights: what then is found had not been lost."\n'
        ")\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="9.7",
        title="Measure what is left",
        kind=Function(
            left,
            [
                (
                    lambda code, pixels: _left(code, pixels, code),
                    "The decoder has a bias, too: a column of ones.",
                ),
                (
                    lambda code, pixels: left(code, pixels) ** 2,
                    "That is the mean squared error; its root is asked for.",
                ),
                (
                    lambda code, pixels: np.std(pixels),
                    "That is a grey card's error: it uses the bias alone.",
                ),
                (
                    lambda code, pixels: (
                        _left(code, pixels, _with_ones(code[:, :1]))
                        if code.shape[1] > 1
                        else 0 * left(code, pixels)
                    ),
                    "You use the first number of each code only.",
                ),
                (
                    lambda code, pixels: left(code, pixels) * len(pixels) ** 0.5,
                    "The mean of the squares is asked for, not their sum.",
                ),
                (
                    lambda code, pixels: np.mean(
                        np.abs(
                            pixels - code @ np.linalg.lstsq(code, pixels, rcond=None)[0]
                        )
                    ),
                    "That is the mean of the absolute errors, and without a bias.",
                ),
            ],
            codes(),
        ),
        why="What the best decoder of its kind cannot rebuild is what the code does "
        "not tell it. That is this chapter.",
        hints=(
            "A decoder with a bias is `columns @ w`, where `columns` are the codes and "
            "a column of ones: `np.pad(code, [(0, 0), (0, 1)], constant_values=1)`.",
            "`np.linalg.lstsq(columns, pixels, rcond=None)[0]` are the best weights. "
            "What do they rebuild, and by how much is it off?",
        ),
        answer="Solve, rebuild, compare:\n\n"
        "```python\n"
        "def left(code, pixels):\n"
        "    ones = np.ones((len(code), 1))\n"
        "    table = np.concatenate([code, ones], axis=1)\n"
        "    w = np.linalg.solve(table.T @ table, table.T @ pixels)\n"
        "    return np.mean((pixels - table @ w) ** 2).round(9) ** 0.5\n"
        "\n"
        "\n"
        "q.check(left)\n"
        "```\n",
    ),
]
