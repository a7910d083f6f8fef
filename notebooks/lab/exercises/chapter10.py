"""The exercises of chapter 10, Checkerboards."""

from itertools import product

import numpy as np

from lab.exercises import reading
from lab.exercises.engine import Exercise
from lab.exercises.kinds import Array, Function, Number, Parts, Thought

# 1 and 2: what the questions say

COUNT = {"k": 5, "s": 2}
HAND = {"code": 2, "bias": 10, "s": 2}
KERNEL = np.array([[1, 0, 3], [2, 5, 2], [1, 1, 3]])


class Taps(Array):
    """Four counts, in any order."""

    def read(self, answer):
        """Return the counts from the least to the largest."""
        return np.sort(reading.array(answer).ravel())


# 3. Translate


def translated(kernel):
    """Return the 4 x 4 kernel of nearest enlargement and a 3 x 3 kernel."""
    stamp = np.zeros((4, 4))
    for i, j in np.ndindex(2, 2):
        stamp[i : i + 3, j : j + 3] += kernel[::-1, ::-1]
    return stamp


def kernels3():
    """Return kernels of 3 x 3, from one tap to nine."""
    rng = np.random.default_rng(10)
    single = []
    for place in np.ndindex(3, 3):
        kernel = np.zeros((3, 3))
        kernel[place] = 1
        single.append((kernel,))
    return single + [(rng.integers(-9, 10, (3, 3)).astype(float),) for _ in range(24)]


# 4. Even out


def evened(kernel):
    """Return a kernel whose four phases have equal sums."""
    kernel = np.array(kernel, float)
    mean = kernel.sum() / 4
    for i, j in np.ndindex(2, 2):
        part = kernel[i::2, j::2]
        part += (mean - part.sum()) / part.size
    return kernel


def _evened(kernel, change):
    kernel = np.array(kernel, float)
    mean = kernel.sum() / 4
    for i, j in np.ndindex(2, 2):
        part = kernel[i::2, j::2]
        part[...] = change(part, mean, kernel)
    return kernel


def kernels():
    """Return kernels whose even forms hold whole numbers, from small to large."""
    rng = np.random.default_rng(4)
    found = []
    for k, lacks in [
        (3, (1, -1, -2, 2)),
        (3, (-1, 2, 0, 0)),
        (4, (1, -1, 2, -2)),
        (4, (3, 0, -1, -2)),
        (5, (2, -3, 0, 0)),
        (5, (0, 2, 0, -3)),
        (6, (1, 2, 1, -4)),
    ]:
        for _ in range(5):
            kernel = rng.integers(1, 10, (k, k)).astype(float)
            for (i, j), lack in zip(np.ndindex(2, 2), lacks):
                kernel[i, j] += 40 - kernel[i::2, j::2].sum()
                kernel[i::2, j::2] -= lack
            found.append((kernel,))
    return found


# 5. Cut


def joined(four):
    """Return the 6 x 6 kernel that does what four sub-pixel kernels do."""
    return _joined(four, lambda kernel: kernel[::-1, ::-1])


def _joined(four, turn, order=lambda i, j: 2 * i + j):
    kernel = np.zeros((6, 6))
    for i, j in np.ndindex(2, 2):
        kernel[i::2, j::2] = turn(four[:, :, order(i, j)])
    return kernel


def _blocks(four):
    kernel = np.zeros((6, 6))
    for i, j in np.ndindex(2, 2):
        part = four[::-1, ::-1, 2 * i + j]
        kernel[3 * i : 3 * i + 3, 3 * j : 3 * j + 3] = part
    return kernel


def fours():
    """Return four kernels of 3 x 3, the first with a single 1."""
    rng = np.random.default_rng(5)
    found = []
    for place in [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 3), (2, 1, 0)]:
        four = np.zeros((3, 3, 4))
        four[place] = 1
        found.append((four,))
    return found + [(rng.integers(-9, 10, (3, 3, 4)).astype(float),) for _ in range(27)]


# 6. Find the bug


def checkerboard(answer):
    """Return the standard deviation of the four phases' means."""
    inside = answer[2:-2, 2:-2]
    return np.std([inside[i::2, j::2].mean() for i, j in np.ndindex(2, 2)])


def _bug(answer):
    inside = answer[2:-2, 2:-2]
    rows = inside[0::2].mean() - inside[1::2].mean()
    columns = inside[:, 0::2].mean() - inside[:, 1::2].mean()
    return (rows**2 + columns**2) ** 0.5 / 2


def _phases(answer):
    return [answer[i::2, j::2] for i, j in np.ndindex(2, 2)]


def answers():
    """Return answers to flat pictures: boards, stripes, both; with a frame."""
    four = [[[0, 4], [4, 0]], [[0, 0], [4, 4]], [[26, 12], [18, 20]]]
    found = []
    for (h, w), board in product(product((6, 8, 10), (6, 8, 10, 12)), four):
        picture = np.tile(np.array(board, float), (h // 2, w // 2))
        picture[0] += 20
        picture[:, -1] += 12
        found.append((picture,))
    return found


# 8. Measure any decoder


MOVES = list(np.ndindex(2, 2))


def locked_to_grid(decode, picture):
    """Return how much of an answer is locked to the grid of two pixels."""
    return float(np.sqrt(np.var(_moved(decode, picture), axis=0).mean()))


def _moved(decode, picture, back=-1, moves=MOVES):
    found = []
    for i, j in moves:
        answer = decode(np.roll(picture, (i, j), (0, 1)))
        found.append(np.roll(answer, (back * i, back * j), (0, 1)))
    return np.array(found)


def identity(picture):
    """Return the picture as it is."""
    return picture + 0.0


def board(picture):
    """Return the picture with a checkerboard on it."""
    return picture + 4.0 * (np.indices(picture.shape).sum(axis=0) % 2)


def blocks(picture):
    """Return the upper left pixel of each block, four times."""
    return np.kron(picture[::2, ::2], np.ones((2, 2)))


def means(picture):
    """Return the mean of each block, four times."""
    four = [picture[i::2, j::2] for i, j in MOVES]
    return np.kron(np.mean(four, axis=0), np.ones((2, 2)))


def decoders():
    """Return decoders and pictures, from small to large."""
    rng = np.random.default_rng(8)
    roof = np.array([0.0, 1, 2, 1])

    def roofs(a, b, h, w):
        return np.add.outer(a * np.tile(roof, h), b * np.tile(roof, w))

    found = []
    for h, w in [(1, 2), (2, 1), (2, 3)]:
        some = rng.integers(0, 10, (2, 4 * h, 4 * w)).astype(float)
        found += [(board, picture) for picture in some]
        found += [(blocks, roofs(*ab, h, w)) for ab in [(6, 8), (8, 6), (4, 0), (0, 2)]]
        found += [(means, roofs(*ab, h, w)) for ab in [(4, 4), (2, 2), (8, 8)]]
        found += [(identity, picture) for picture in some]
    return found


EXERCISES = [
    Exercise(
        number="10.1",
        title="Count",
        kind=Taps(
            [9, 6, 6, 4],
            [
                (
                    [5, 5, 5, 10],
                    "They do add up to 25; but a phase has the taps of "
                    "every second row and every second column.",
                ),
                (
                    [6.25] * 4,
                    "25 taps do not part evenly: along one axis 3 of the 5 "
                    "belong to even pixels and 2 to odd ones.",
                ),
                ([3, 2, 3, 2], "That is along one axis. In two the counts multiply."),
                ([1, 2, 2, 4], "That is k = 3."),
                ([4, 4, 4, 4], "That is k = 4, whose counts are even."),
                (
                    [9, 9, 4, 4],
                    "Two phases have even rows and odd columns, or the "
                    "other way round: 3 times 2 taps.",
                ),
                ([25] * 4, "Each tap makes pixels of one phase only."),
            ],
        ),
        why="Along one axis 3 taps fall on even places and 2 on odd ones; in two the "
        "counts multiply: 9, 6, 6 and 4.",
        hints=(
            "Which taps of one row reach the even pixels, and which the odd ones?",
            "`kernel[i::2, j::2]` is a phase. How many rows has it for i = 0, and for "
            "i = 1?",
        ),
        answer="The taps of a phase are every second one along both axes:\n\n"
        "```python\n"
        "kernel = np.ones((5, 5))\n"
        "answer = [kernel[i::2, j::2].size for i in (0, 1) for j in (0, 1)]\n"
        "q.check(answer)\n"
        "```\n",
        supply=COUNT,
    ),
    Exercise(
        number="10.2",
        title="By hand",
        kind=Parts(
            {
                "phases": Array(
                    [[26, 12], [18, 20]],
                    [
                        (
                            [[16, 2], [8, 10]],
                            "the bias is missing; it is 10 in every phase.",
                        ),
                        (
                            [[18, 11], [14, 15]],
                            "the sums are right; each is "
                            "multiplied by the code, which is 2.",
                        ),
                        (
                            [[36, 22], [28, 30]],
                            "the bias is added once, after the "
                            "multiplication; the code does not multiply it.",
                        ),
                        (
                            [[20, 18], [12, 26]],
                            "you began with the kernel's middle; "
                            "its first tap belongs to the phase of the four corners.",
                        ),
                        ([[26, 18], [12, 20]], "rows and columns are exchanged."),
                        (
                            [26, 12, 18, 20],
                            "the numbers are right; make a table of "
                            "two rows and two columns of them.",
                        ),
                    ],
                    axes="rows columns",
                ),
                "checkerboard": Number(
                    5,
                    {
                        25: "that is the variance; the standard deviation is its root.",
                        2.5: "that is the deviation of the sums; the code is 2.",
                        14: "that is the largest minus the least.",
                        np.sqrt(100 / 3): "divide by four, not by three, as `np.std` "
                        "does: these are all the phases there are.",
                        19: "that is the mean of the four.",
                    },
                ),
            }
        ),
        why="Sums 8, 1, 4 and 5, twice, and 10: the corners make one phase, the middle "
        "another.",
        hints=(
            "The first tap's phase consists of the four corners. What do they sum to?",
            "Every phase is the code times its sum, and the bias. `np.std` takes the "
            "table as it is.",
        ),
        answer="Each phase is a slice of the kernel:\n\n"
        "```python\n"
        "kernel = np.array([[1, 0, 3], [2, 5, 2], [1, 1, 3]])\n"
        "sums = [[kernel[i::2, j::2].sum() for j in (0, 1)] for i in (0, 1)]\n"
        "phases = 2 * np.array(sums) + 10\n"
        'q.check({"phases": phases, "checkerboard": phases.std()})\n'
        "```\n",
        supply=HAND,
    ),
    Exercise(
        number="10.3",
        title="Translate",
        kind=Function(
            translated,
            [
                (
                    lambda kernel: translated(kernel[::-1, ::-1]),
                    "A convolution reads its kernel as it stands, so it writes it "
                    "turned by half a turn.",
                ),
                (
                    lambda kernel: translated(kernel.T),
                    "Turning by half a turn reverses both axes; it does not exchange "
                    "them.",
                ),
                (
                    lambda kernel: translated(kernel[::-1]),
                    "Both axes are reversed, the columns, too.",
                ),
                (
                    lambda kernel: translated(kernel) / 4,
                    "Nearest repeats each number and does not divide it: the sum of "
                    "the stamp is four times the kernel's.",
                ),
                (
                    lambda kernel: np.pad(kernel[::-1, ::-1], [(0, 1), (0, 1)]),
                    "That is the stamp of one pixel; a code number becomes four, and "
                    "their stamps overlap.",
                ),
                (
                    lambda kernel: kernel[::-1, ::-1],
                    "The kernel has 4 rows and 4 columns: four pixels of a block "
                    "stamp 3 × 3 each.",
                ),
            ],
            kernels3(),
        ),
        why="A code number becomes a block of four equal pixels, and each of them "
        "stamps the turned kernel.",
        hints=(
            "One code number becomes four pixels. What does the convolution make of "
            "one lit pixel?",
            "A convolution stamps its kernel turned by half a turn, "
            "`kernel[::-1, ::-1]`. Four such stamps overlap in 4 × 4 pixels.",
        ),
        answer="Four stamps, each moved by a pixel, added:\n\n"
        "```python\n"
        "def translated(kernel):\n"
        "    stamp = np.zeros((4, 4))\n"
        "    for i, j in np.ndindex(2, 2):\n"
        "        stamp[i : i + 3, j : j + 3] += kernel[::-1, ::-1]\n"
        "    return stamp\n"
        "\n"
        "\n"
        "q.check(translated)\n"
        "```\n\n"
        "Each phase of it holds every weight of the small kernel just once; hence the "
        "equal sums.",
    ),
    Exercise(
        number="10.4",
        title="Even out",
        kind=Function(
            evened,
            [
                (
                    lambda kernel: _evened(kernel, lambda p, m, k: p + (m - p.sum())),
                    "The difference is spread over the taps of the phase; you added "
                    "all of it to each.",
                ),
                (
                    lambda kernel: _evened(kernel, lambda p, m, k: p * m / p.sum()),
                    "The sums are equal, but you multiplied; the same number is to be "
                    "added to all taps of a phase.",
                ),
                (
                    lambda kernel: _evened(kernel, lambda p, m, k: m / p.size + 0 * p),
                    "The sums are equal, but each phase has lost all that its taps "
                    "told: add a number, keep the rest.",
                ),
                (
                    lambda kernel: _evened(
                        kernel, lambda p, m, k: p - p.sum() / p.size
                    ),
                    "Your sums are all 0. They are equal; but their mean is to be "
                    "kept.",
                ),
                (
                    lambda kernel: _evened(
                        kernel, lambda p, m, k: p + k.mean() - p.mean()
                    ),
                    "You made the phases' means equal; a pixel gets their sums, and "
                    "the phases have unequally many taps.",
                ),
                (
                    lambda kernel: _evened(
                        kernel, lambda p, m, k: p + (p.sum() - m) / p.size
                    ),
                    "The sign is wrong: a phase with too much must lose.",
                ),
            ],
            kernels(),
        ),
        why="Each phase gets its share of what it lacks, spread evenly over its taps.",
        hints=(
            "`kernel[i::2, j::2]` is a phase, and a view: what you add to it changes "
            "the kernel.",
            "Each sum is to become a quarter of the whole sum. How many taps share "
            "the difference?",
        ),
        answer="A phase lacks a quarter of the whole sum minus its own:\n\n"
        "```python\n"
        "def evened(kernel):\n"
        "    kernel = np.array(kernel, float)\n"
        "    mean = kernel.sum() / 4\n"
        "    for i, j in np.ndindex(2, 2):\n"
        "        part = kernel[i::2, j::2]\n"
        "        part += (mean - part.sum()) / part.size\n"
        "    return kernel\n"
        "\n"
        "\n"
        "q.check(evened)\n"
        "```\n",
    ),
    Exercise(
        number="10.5",
        title="Cut",
        kind=Function(
            joined,
            [
                (
                    lambda four: _joined(four, lambda kernel: kernel),
                    "Each kernel must be turned by half a turn: a convolution reads "
                    "it, a transposed one writes it.",
                ),
                (
                    lambda four: _joined(
                        four, lambda kernel: kernel[::-1, ::-1], lambda i, j: 2 * j + i
                    ),
                    "Rows and columns of the block are exchanged: map 1 is row 0, "
                    "column 1.",
                ),
                (
                    _blocks,
                    "The four kernels do not stand side by side: a phase is every "
                    "second row and column.",
                ),
                (
                    lambda four: _joined(four, lambda kernel: kernel[::-1]),
                    "Both axes of each kernel are reversed, the columns, too.",
                ),
                (
                    lambda four: _joined(four, lambda kernel: kernel.T),
                    "A kernel is turned by half a turn, not mirrored along its "
                    "diagonal.",
                ),
                (
                    lambda four: _joined(
                        four, lambda kernel: kernel[::-1, ::-1], lambda i, j: 0
                    ),
                    "Each phase has a map of its own; you used the first for all.",
                ),
            ],
            fours(),
        ),
        why="The phases of the large kernel are the four small ones, turned. Nothing "
        "ties them, so their sums may differ.",
        hints=(
            "`kernel[i::2, j::2]` of a 6 × 6 kernel is a phase, of 3 × 3 taps. Which "
            "map makes these pixels?",
            "What a convolution reads with `kernel`, a transposed convolution writes "
            "with `kernel[::-1, ::-1]`.",
        ),
        answer="A phase for each map, turned by half a turn:\n\n"
        "```python\n"
        "def joined(kernels):\n"
        "    kernel = np.zeros((6, 6))\n"
        "    for i, j in np.ndindex(2, 2):\n"
        "        kernel[i::2, j::2] = kernels[::-1, ::-1, 2 * i + j]\n"
        "    return kernel\n"
        "\n"
        "\n"
        "q.check(joined)\n"
        "```\n\n"
        "The folded cell proves it with Keras.",
    ),
    Exercise(
        number="10.6",
        title="Find the bug",
        kind=Function(
            checkerboard,
            [
                (
                    lambda answer: np.std([p.mean() for p in _phases(answer)]),
                    "The frame counts, too; leave two pixels out on each side.",
                ),
                (
                    lambda answer: np.var(
                        [p.mean() for p in _phases(answer[2:-2, 2:-2])]
                    ),
                    "That is the variance; the standard deviation is its root.",
                ),
                (
                    lambda answer: np.ptp(
                        [p.mean() for p in _phases(answer[2:-2, 2:-2])]
                    ),
                    "That is the largest minus the least.",
                ),
                (
                    lambda answer: np.std(
                        [p.mean() for p in _phases(answer[2:-2, 2:-2])], ddof=1
                    ),
                    "Divide by four, as `np.std` does: these are all the phases.",
                ),
                (
                    lambda answer: np.std(
                        [p.mean() for p in _phases(answer[2:-2, 2:-2])[:2]]
                    ),
                    "You compare two phases of four: odd rows are missing.",
                ),
                (
                    lambda answer: np.std(
                        [p.mean() for p in _phases(answer[2:-2, 2:-2])[1:3]]
                    ),
                    "You compare two phases of four: the pixels on the diagonal are "
                    "missing.",
                ),
            ],
            answers(),
            start=_bug,
        ),
        why="Rows and columns apart see stripes only. On a checkerboard proper every "
        "row has the same mean, and so has every column.",
        hints=(
            "Try it on `[[0, 4], [4, 0]]`, repeated. What are the means of its rows, "
            "and of its columns?",
            "A phase is every second row *and* every second column at once: "
            "`inside[i::2, j::2]`.",
        ),
        answer="Four phases, not two and two:\n\n"
        "```python\n"
        "def checkerboard(answer):\n"
        "    inside = answer[2:-2, 2:-2]\n"
        "    phases = [inside[i::2, j::2] for i, j in np.ndindex(2, 2)]\n"
        "    return np.std([phase.mean() for phase in phases])\n"
        "\n"
        "\n"
        "q.check(checkerboard)\n"
        "```\n",
    ),
    Exercise(
        number="10.7",
        title="Explain",
        kind=Thought(
            "The zeros at the border: a decoder with more weights can repair them, "
            "and the border is a large part of a small picture. Judge without it."
        ),
        why="Ours: the zeros around the picture. The decoder with more weights uses "
        "them to repair the border, which is a large part of a small picture. "
        "Continue the pictures by reflection, solve and judge without the frame, and "
        "see whether the difference stays; and do it on another code, because the "
        "price depends on it.",
        hints=(
            "What is the same in all photographs, and in none of the scenes that they "
            "show?",
            "Hold one cause still: which part of the picture would you leave out?",
        ),
        answer="There is no single right text; the cell passes with any sentence. "
        "Ours:\n\n"
        "```python\n"
        "answer = (\n"
        '    "The zeros of the padding: more weights repair more of the border. "\n'
        '    "Continue the pictures by reflection, and leave the border out."\n'
        ")\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="10.8",
        title="Measure any decoder",
        kind=Function(
            locked_to_grid,
            [
                (
                    lambda decode, picture: np.sqrt(
                        np.var(_moved(decode, picture, back=0), axis=0).mean()
                    ),
                    "The answers must be moved back; else the picture's own motion "
                    "counts.",
                ),
                (
                    lambda decode, picture: np.sqrt(
                        np.var(_moved(decode, picture, back=1), axis=0).mean()
                    ),
                    "You moved the answers on, not back: the sign is wrong.",
                ),
                (
                    lambda decode, picture: np.var(
                        _moved(decode, picture), axis=0
                    ).mean(),
                    "That is the mean of the variance; its root is asked for.",
                ),
                (
                    lambda decode, picture: np.std(
                        _moved(decode, picture), axis=0
                    ).mean(),
                    "Take the mean of the variance first, and the root at the end.",
                ),
                (
                    lambda decode, picture: np.std(_moved(decode, picture)),
                    "The variance is that of the four answers at each pixel "
                    "(`axis=0`), not of all numbers at once.",
                ),
                (
                    lambda decode, picture: np.sqrt(
                        np.var(
                            _moved(decode, picture, moves=[(0, 0), (1, 1)]), axis=0
                        ).mean()
                    ),
                    "Two moves of four: those along one axis alone are missing.",
                ),
            ],
            decoders(),
        ),
        why="What belongs to the picture moves with it; the rest is locked to the "
        "grid. Of the four decoders on which it was tried `blocks` and `means` are "
        "even on flat pictures, and locked to the grid all the same.",
        hints=(
            "`np.roll(picture, (i, j), (0, 1))` moves; which signs move the answer "
            "back?",
            "Collect the four answers, moved back, in a list. `np.var(..., axis=0)` "
            "is a number for each pixel.",
        ),
        answer="Four answers, moved back, and their variance at each pixel:\n\n"
        "```python\n"
        "def locked_to_grid(decode, picture):\n"
        "    answers = []\n"
        "    for i, j in np.ndindex(2, 2):\n"
        "        answer = decode(np.roll(picture, (i, j), (0, 1)))\n"
        "        answers.append(np.roll(answer, (-i, -j), (0, 1)))\n"
        "    return np.sqrt(np.var(answers, axis=0).mean())\n"
        "\n"
        "\n"
        "q.check(locked_to_grid)\n"
        "```\n",
        supply={"moves": MOVES},
    ),
]
