"""The exercises of chapter 4, Kernels by hand."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lab.byhand import filtered, per_channel
from lab.exercises import reading
from lab.exercises.engine import Exercise, Unreadable
from lab.exercises.kinds import (
    Array,
    Choice,
    Found,
    Function,
    Number,
    Parts,
    Shape,
)

SOBEL = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])
LAPLACE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])

# 3. Match

LETTERS = {
    "A": np.full((3, 3), 1 / 9),
    "B": -SOBEL,
    "C": -SOBEL.T,
    "D": np.array([[0, 0, 0], [0, 0.5, 0], [0, 0, 0]]),
    "E": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "F": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
}
DOES = {
    "A": "A has the sum 1 and no negative weight, so it keeps the grey levels and "
    "softens the edges.",
    "B": "B compares rows, so it shows floor and ceiling and loses the walls.",
    "C": "C compares columns, so it shows the walls and loses floor and ceiling.",
    "D": "D has a single weight and the sum 1/2, so it makes everything darker, and "
    "softens nothing.",
    "E": "E has the sum 1 and negative weights, so it keeps the grey levels and "
    "exaggerates the edges.",
    "F": "F has the sum 0 and no direction, so it shows thin edges of every direction "
    "on middle grey.",
}
SHOWN = "FADCEB"  # picture 1 is made by F, and so on


def house():
    """Return a picture of 18 x 18: a house with a roof, a wall and a door."""
    rows, columns = np.indices((18, 18))
    picture = np.full((18, 18), 90)
    picture[np.abs(columns - 8.5) < rows - 1] = 150
    picture[8:] = 90
    picture[8:15, 4:14] = 200
    picture[10:15, 6:9] = 40
    return picture


SHOWS = {
    "A": "this picture keeps its grey levels, with soft edges",
    "B": "this one shows level edges only, on grey",
    "C": "this one shows upright edges only, on grey",
    "D": "this picture is darker, with edges as they were",
    "E": "this picture keeps its grey levels, with exaggerated edges",
    "F": "this one shows edges of every direction, on grey",
}


def _picture(right):
    mistakes = {name: f"{SHOWS[right]}. {DOES[name]}" for name in DOES}
    del mistakes[right]
    return Choice(right, mistakes)


# 6. Compose


def compose(one, two):
    """Return the kernel that does in one step what two do one after the other."""
    size = [a + b - 1 for a, b in zip(one.shape, two.shape)]
    both = np.zeros(size)
    for i, j in np.ndindex(two.shape):
        both[i : i + len(one), j : j + one.shape[1]] += two[i, j] * one
    return both


def kernel_pairs():
    """Return pairs of kernels, from small to large."""
    rng = np.random.default_rng(4)
    shapes = [((1, 2), (1, 2)), ((2, 1), (1, 3)), ((2, 2), (2, 2)), ((3, 3), (3, 3))]
    shapes += [((2, 3), (3, 2)), ((1, 4), (3, 3))]
    return [
        (rng.integers(-4, 5, one), rng.integers(1, 5, two))
        for one, two in shapes
        for _ in range(5)
    ]


# 7. Design


def _nine(answer):
    answer = Parts({"kernel": Array(0, [])}).read(answer)
    found = reading.array(answer["kernel"], "The kernel")
    if found.shape != (3, 3):
        raise Unreadable(f"A kernel of 3 x 3 is asked for; yours is {found.shape}.")
    return found


def _blind_to_slopes(kernel):
    rows, columns = np.indices((3, 3))
    if not kernel.any():
        return "It answers 0 to a slope, but also to everything else."
    for name, picture in {
        "flat picture of 1": np.ones((3, 3)),
        "slope that rises by 1 a row": rows,
        "slope that rises by 1 a column": columns,
    }.items():
        answer = float((kernel * picture).sum())
        if abs(answer) > 1e-9:
            return f"To a {name} it answers {reading.shown(round(answer, 6))}, not 0."
    return None


# 8. Find the bug


# fmt: off


def _bug(picture):
    return abs(picture[1:] - picture[:-1])

# fmt: on


def changes(picture):
    """Return by how much each row differs from the next."""
    return np.abs(picture[1:].astype(int) - picture[:-1])


def bytes_pictures():
    """Return pictures of bytes, from small to large."""
    rng = np.random.default_rng(8)
    first = np.array([[7], [9]], np.uint8), np.array([[9], [7]], np.uint8)
    shapes = [(2, 1), (2, 2), (3, 2), (3, 3), (4, 5)]
    more = [rng.integers(0, 256, s).astype(np.uint8) for s in shapes for _ in range(6)]
    return [(picture,) for picture in (*first, *more)]


# 9. Refute


def _two_windows(answer):
    answer = Parts({"one": Array(0, []), "two": Array(0, [])}).read(answer)
    found = [reading.array(window, f"{name!r}") for name, window in answer.items()]
    for name, window in zip(answer, found):
        if window.shape != (3,):
            raise Unreadable(
                f"A window of three numbers is asked for, and {name!r} has the shape "
                f"{window.shape}."
            )
    return np.array(found)


def _median_adds(windows):
    one, two = windows
    a, b, both = (float(np.median(w)) for w in (one, two, one + two))
    said = f"{reading.shown(a)} and {reading.shown(b)}"
    if not np.isclose(a + b, both):
        return None
    if not windows.any():
        return "To nothing at all every method answers 0."
    if np.array_equal(one, -two):
        return "That is the test that the median passes: a window and its negative."
    if np.array_equal(one, two):
        return "To twice the same window it answers twice the same, as a kernel does."
    if np.array_equal(np.argsort(one), np.argsort(two)):
        return (
            f"The medians {said} add up to that of the sum: both windows are in the "
            "same order, so the middle one stays in the middle."
        )
    return f"The medians {said} add up to {reading.shown(both)}, the median of the sum."


# 10. Recover


def _equations(picture, answer, kernel_size=None):
    size = kernel_size or tuple(n - o + 1 for n, o in zip(picture.shape, answer.shape))
    seen = sliding_window_view(picture, size)[: len(answer), : answer.shape[1]]
    return seen.reshape(answer.size, -1).astype(float), size


def recover(picture, answer):
    """Return the kernel of whole numbers that has made an answer under "valid"."""
    seen, size = _equations(picture, answer)
    weights = np.linalg.lstsq(seen, answer.ravel(), rcond=None)[0]
    return np.rint(weights).reshape(size)


def _weighed(picture, answer):
    seen, size = _equations(picture, answer)
    return (seen.T @ answer.ravel()).reshape(size)


def _of_one_window(picture, answer):
    seen, size = _equations(picture, answer)
    weights = np.linalg.lstsq(seen[:1], answer.ravel()[:1], rcond=None)[0]
    return weights.reshape(size)


def _share(picture, answer):
    kernel = recover(picture, answer)
    return kernel / np.abs(kernel).sum()


def unknown_kernels():
    """Return pictures and what unknown kernels make of them, from small to large."""
    rng = np.random.default_rng(10)
    found = []
    for kh, kw in [(1, 2), (2, 1), (2, 2), (2, 3), (3, 3)]:
        for _ in range(6):
            picture = rng.integers(0, 10, (kh + 3, kw + 4))
            kernel = rng.integers(1, 6, (kh, kw)) * rng.choice([-1, 1], (kh, kw))
            seen = sliding_window_view(picture, (kh, kw))
            found.append((picture, (seen * kernel).sum(axis=(2, 3))))
    return found


NINTHS = per_channel(np.ones((3, 3), int), 3)

EXERCISES = [
    Exercise(
        number="4.1",
        title="Compute one window",
        kind=Number(
            -4,
            {
                4: "The sign is that of true convolution, which turns the kernel; "
                "Keras does not.",
                18: "The weights of the last row are negative: subtract it.",
                -3: "The middle weights are 2 and -2, so their pixels count twice.",
                8: "That compares the columns; Sobel's kernel compares the rows.",
                7: "That is the first row of products; the last one is missing.",
                -11: "That is the last row of products; the first one is missing.",
            },
        ),
        why="The first row gives 3 + 2 + 2, the last 2 + 4 + 5, and the middle row "
        "counts nothing.",
        hints=(
            "Write down the nine products, one for each weight. Three of them are 0.",
            "Add up the products of the first row, and subtract from that what the "
            "last row gives with the weights 1, 2, 1.",
        ),
        answer="Multiply place by place, and add:\n\n"
        "```python\n"
        "window = np.array([[3, 1, 2], [6, 5, 1], [2, 2, 5]])\n"
        "sobel = np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])\n"
        "answer = (window * sobel).sum()\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="4.2",
        title="Move a picture",
        kind=Parts(
            {
                "Keras": Array(
                    [[0, 0, 0], [0, 1, 2], [0, 4, 5]],
                    [
                        (
                            [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
                            "the 1 is not in the middle, so the picture moves.",
                        ),
                        (
                            [[9, 7, 8], [3, 1, 2], [6, 4, 5]],
                            "what leaves at one side does not come back at the "
                            'other: outside are the zeros of "same".',
                        ),
                        (
                            [[1, 1, 2], [1, 1, 2], [4, 4, 5]],
                            'outside are the zeros of "same", not the outermost '
                            "pixels once more.",
                        ),
                        (
                            [[0, 0, 0], [1, 2, 3], [4, 5, 6]],
                            "the 1 stands above and to the left, so the picture "
                            "moves in both directions.",
                        ),
                        ([[1]], 'that is "valid"; under "same" the size stays.'),
                    ],
                    axes="h w",
                ),
                "convolution": Array(
                    [[5, 6, 0], [8, 9, 0], [0, 0, 0]],
                    [
                        (
                            [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
                            "turned by half a turn, the 1 is still in a corner.",
                        ),
                        (
                            [[5, 6, 4], [8, 9, 7], [2, 3, 1]],
                            "what leaves at one side does not come back.",
                        ),
                        (
                            [[4, 5, 6], [7, 8, 9], [0, 0, 0]],
                            "half a turn brings the 1 into the opposite corner, not "
                            "below the middle.",
                        ),
                    ],
                    axes="h w",
                ),
            },
            [
                (
                    {
                        "Keras": [[5, 6, 0], [8, 9, 0], [0, 0, 0]],
                        "convolution": [[0, 0, 0], [0, 1, 2], [0, 4, 5]],
                    },
                    "You exchanged the two: Keras reads the pixel under the 1, which "
                    "is above and to the left.",
                )
            ],
        ),
        why="Each output shows the pixel that its 1 stands on. In Keras that is the "
        "one above and to the left, so the picture moves down and to the right.",
        hints=(
            "Which pixel does the output in row 1, column 1 read? And that in row 0?",
            "Keras reads above and to the left. True convolution turns the kernel "
            "first, so that the 1 stands in the opposite corner.",
        ),
        answer="By hand, and once more with the kernel turned:\n\n"
        "```python\n"
        "picture = np.arange(1, 10).reshape(3, 3)\n"
        "kernel = np.zeros((3, 3), int)\n"
        "kernel[0, 0] = 1\n"
        "answer = {\n"
        '    "Keras": byhand.filtered(picture, kernel),\n'
        '    "convolution": byhand.filtered(picture, kernel[::-1, ::-1]),\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="4.3",
        title="Match",
        kind=Parts(
            {str(place): _picture(name) for place, name in enumerate(SHOWN, 1)},
            [
                (
                    dict(zip("123456", SHOWN.translate(str.maketrans("BC", "CB")))),
                    "You exchanged B and C: a kernel that compares rows sees the "
                    "floor, and no wall.",
                ),
                (
                    dict(zip("123456", SHOWN.translate(str.maketrans("AE", "EA")))),
                    "You exchanged A and E: negative weights sharpen, equal ones blur.",
                ),
            ],
        ),
        why="The sum told a picture from a map, and the places of the negative "
        "weights told the rest. You can look at nine numbers and say what they do.",
        hints=(
            "Add up the weights of each kernel first. Which of the pictures keep "
            "the grey levels, which are darker, and which are grey all over?",
            "Three kernels have the sum 0. One compares a row with another, one a "
            "column with another, and one a pixel with all its neighbours.",
        ),
        answer="The sums are 1, 0, 0, 1/2, 1 and 0. The maps are those of B, C and F; "
        "D is the darker picture; A blurs and E sharpens:\n\n"
        "```python\n"
        "answer = {\n"
        + "".join(f'    "{place}": "{name}",\n' for place, name in enumerate(SHOWN, 1))
        + "}\n"
        "q.check(answer)\n"
        "```\n",
        supply={
            "picture": house(),
            "kernels": LETTERS,
            "shown": [LETTERS[name] for name in SHOWN],
        },
    ),
    Exercise(
        number="4.4",
        title="Pool",
        kind=Parts(
            {
                "max": Shape(
                    [1, 300, 300, 3],
                    [
                        ([1, 600, 600, 3], "a stride of 2 leaves every second place."),
                        ([300, 300, 3], "the batch stays an axis."),
                        ([1, 300, 300, 1], "each channel is pooled by itself."),
                        ([1, 299, 299, 3], "the last window ends with the picture."),
                    ],
                ),
                "average": Shape(
                    [1, 200, 200, 3],
                    [
                        ([1, 300, 300, 3], "here the stride is 3."),
                        ([1, 598, 598, 3], "that is the size with stride 1."),
                        ([1, 200, 200, 1], "each channel has means of its own."),
                        ([1, 199, 199, 3], "the last block ends with the picture."),
                    ],
                ),
                "by a kernel": Choice(
                    "A",
                    {
                        "B": "the largest number is no sum of products; a mean is one.",
                        "C": "the largest number is no sum of products: think of a "
                        "window and its negative.",
                        "D": "a mean is a sum of products, with the weights 1/9.",
                    },
                ),
            }
        ),
        why="A stride of 2 halves 600 and one of 3 makes a third of it. A mean is a "
        "weighted sum, and the largest number is none.",
        hints=(
            'Under "valid" the size is that of chapter 3: how far can the window '
            "move, in steps of the stride?",
            "A kernel multiplies by fixed weights and adds. Which of the two poolings "
            "does no more than that?",
        ),
        answer="The sizes come from chapter 3, and only the mean is a weighted "
        "sum:\n\n"
        "```python\n"
        "answer = {\n"
        '    "max": (1, *[shapes.out_size(600, 2, 2)] * 2, 3),\n'
        '    "average": (1, *[shapes.out_size(600, 3, 3)] * 2, 3),\n'
        '    "by a kernel": "A",\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="4.5",
        title="Average by a kernel",
        kind=Parts(
            {
                "ninths": Array(
                    NINTHS,
                    [
                        (
                            np.ones((3, 3, 3, 3)),
                            "this adds up all channels: red must see only red.",
                        ),
                        (
                            np.full((3, 3, 3, 3), 1 / 3),
                            "this makes the same grey of all channels: red must see "
                            "only red.",
                        ),
                        (
                            NINTHS / 9,
                            "these are the weights themselves, and nine times the "
                            "weights are asked for.",
                        ),
                        (
                            np.ones((3, 3, 3, 1)),
                            "a `Conv2D` has as many output channels as its last axis "
                            "is long; this is the kernel of a `DepthwiseConv2D`.",
                        ),
                        (
                            np.ones((3, 3)),
                            "a kernel has four axes: it needs to know the channels.",
                        ),
                        (
                            NINTHS.transpose(2, 3, 0, 1),
                            "the axes are in the order in, out, kh, kw; Keras has "
                            "(kh, kw, in, out).",
                        ),
                    ],
                    axes="kh kw in out",
                ),
                "strides": Number(
                    3,
                    {
                        1: "the windows of this pooling do not overlap.",
                        2: "the windows are as far apart as they are long.",
                        9: "a stride is counted along one axis.",
                    },
                ),
            }
        ),
        why="The weights are 1/9 where the input channel is the output channel, and "
        'the windows lie side by side. With "valid" it is the pooling, on 600 x 600 '
        'pixels also with "same", because 3 divides 600.',
        hints=(
            "What is the mean of nine numbers as a sum of products? Begin with one "
            "channel.",
            "`byhand.per_channel` makes of one table a kernel that mixes no channels.",
        ),
        answer="A box for each channel, and its own size as the stride:\n\n"
        "```python\n"
        "ninths = byhand.per_channel(np.ones((3, 3), int), 3)\n"
        "x = np.random.default_rng(0).random((1, 6, 9, 3))\n"
        'mean = reduce(x, "b (h i) (w j) c -> b h w c", "mean", i=3, j=3)\n'
        "assert np.allclose(byhand.conv2d(x, ninths / 9, 3), mean)\n"
        'q.check({"ninths": ninths, "strides": 3})\n'
        "```\n",
    ),
    Exercise(
        number="4.6",
        title="Compose",
        kind=Function(
            compose,
            [
                (
                    lambda one, two: compose(one, two[::-1, ::-1]),
                    "One of the kernels is turned, and must not be.",
                ),
                (
                    lambda one, two: compose(one, two)[::-1, ::-1],
                    "The answer is turned by half a turn.",
                ),
                (
                    lambda one, two: filtered(one, two[::-1, ::-1]),
                    "The answer is only as large as the first kernel: two steps reach "
                    "further than one.",
                ),
                (
                    lambda one, two: compose(one, np.ones_like(two)),
                    "The second kernel's weights do not count, only its size.",
                ),
                (
                    lambda one, two: compose(two, two),
                    "The second kernel is applied twice, and the first not at all.",
                ),
                (
                    lambda one, two: compose(one, two) / two.sum(),
                    "The answer is divided by the sum of the second kernel, and must "
                    "not be.",
                ),
                (
                    lambda one, two: one,
                    "The second kernel is left out.",
                ),
            ],
            kernel_pairs(),
        ),
        why="It is the true convolution of the two kernels, with every place where "
        "they overlap at all. That is why mathematicians like the turn.",
        hints=(
            "Take three ones in a row, twice. How often does each pixel count in the "
            "end? The kernel that does it in one step is 1 2 3 2 1.",
            "Through two kernels a single pixel goes as through one. How large is the "
            "answer, if tap (i, j) of the first meets tap (m, n) of the second?",
        ),
        answer="Tap (i, j) of the first, after tap (m, n) of the second, reads the "
        "pixel i + m rows down and j + n columns to the right:\n\n"
        "```python\n"
        "def compose(one, two):\n"
        "    size = [a + b - 1 for a, b in zip(one.shape, two.shape)]\n"
        "    both = np.zeros(size)\n"
        "    for i, j in np.ndindex(two.shape):\n"
        "        both[i : i + len(one), j : j + one.shape[1]] += two[i, j] * one\n"
        "    return both\n"
        "\n"
        "\n"
        "q.check(compose)\n"
        "```\n\n"
        "SciPy calls it `signal.convolve2d(one, two)`.",
    ),
    Exercise(
        number="4.7",
        title="Design",
        kind=Found(
            {"kernel": LAPLACE},
            [
                {"kernel": wrong}
                for wrong in (
                    np.zeros((3, 3)),
                    SOBEL,
                    SOBEL.T,
                    np.ones((3, 3)),
                    [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
                    [[0, 1, 0], [0, -1, 0], [0, 0, 0]],
                    np.zeros((5, 5)),
                )
            ],
            _nine,
            _blind_to_slopes,
        ),
        why="It answers only to bends. Every kernel with the sum 0 that looks the same "
        "after half a turn does so, Laplace's for instance.",
        hints=(
            "On a slope, what a pixel's upper neighbour has less, its lower neighbour "
            "has more. How do you make the two cancel?",
            "Three equations: the sum of the weights is 0, and so is it with each "
            "weight times its row, and with each weight times its column.",
        ),
        answer="Twice the pixel, minus its two neighbours, along a column:\n\n"
        "```python\n"
        "kernel = np.array([[0, -1, 0], [0, 2, 0], [0, -1, 0]])\n"
        "rows, columns = np.indices((6, 8))\n"
        "slope = 3 * rows - 2 * columns + 5\n"
        'assert not byhand.filtered(slope, kernel, "valid").any()\n'
        'q.check({"kernel": kernel})\n'
        "```\n\n"
        "Laplace's kernel does so along both axes.",
    ),
    Exercise(
        number="4.8",
        title="Find the bug",
        kind=Function(
            changes,
            [
                (
                    lambda picture: np.abs((picture[1:] - picture[:-1]).astype(int)),
                    "The conversion comes too late: the subtraction has wrapped round "
                    "by then.",
                ),
                (
                    lambda picture: picture[1:].astype(int) - picture[:-1],
                    "Nothing wraps round any more, but the sign is to be left out.",
                ),
                (
                    lambda picture: np.maximum(
                        picture[1:].astype(int) - picture[:-1], 0
                    ),
                    "What grows darker counts, too: take the absolute value, not the "
                    "positive part.",
                ),
                (
                    lambda picture: np.abs(
                        picture[1:].astype("int8") - picture[:-1].astype("int8")
                    ).astype(int),
                    "`int8` ends at 127, so grey levels above that wrap round before "
                    "anything is subtracted.",
                ),
                (
                    lambda picture: np.abs(np.diff(picture.astype(int), axis=1)),
                    "This compares columns; rows are asked for.",
                ),
                (
                    lambda picture: np.abs(np.diff(picture.astype(int), axis=0)) / 255,
                    "Grey levels are asked for, not shares of white.",
                ),
                (
                    lambda picture: np.diff(picture.astype(int), axis=0) ** 2,
                    "The differences are squared; their absolute value is asked for.",
                ),
            ],
            bytes_pictures(),
            start=_bug,
        ),
        why="The bytes become whole numbers with a sign before anything is "
        "subtracted, so 7 - 9 is -2 and not 254.",
        hints=(
            "Try it with a row of 9 above a row of 7. What is 7 - 9 in bytes?",
            "`abs` comes too late: there is no negative byte. Convert before you "
            "subtract.",
        ),
        answer="Convert first:\n\n"
        "```python\n"
        "def changes(picture):\n"
        "    levels = picture.astype(int)\n"
        "    return abs(levels[1:] - levels[:-1])\n"
        "\n"
        "\n"
        "q.check(changes)\n"
        "```\n",
    ),
    Exercise(
        number="4.9",
        title="Refute",
        kind=Found(
            {"one": [1, 0, 0], "two": [0, 1, 0]},
            [
                {"one": one, "two": two}
                for one, two in [
                    ([0, 0, 0], [0, 0, 0]),
                    ([1, 2, 3], [-1, -2, -3]),
                    ([1, 2, 3], [4, 5, 6]),
                    ([4, 1, 2], [4, 1, 2]),
                    ([1, 5, 1], [3, 3, 3]),
                    ([1, 0], [0, 1, 0]),
                ]
            ],
            _two_windows,
            _median_adds,
        ),
        why="To the sum of two pictures a kernel answers with the sum of its answers, "
        "and the median does not. So it is no convolution, although it passes the "
        "test that refuted the maximum.",
        hints=(
            "To the sum of two pictures a kernel answers with the sum of its answers. "
            "Zeros and ones are enough.",
            "Which window has the median 0 and yet a 1 in it? Take two such windows, "
            "with the 1 in different places.",
        ),
        answer="Two specks, each of which the median removes, but not both:\n\n"
        "```python\n"
        "one, two = np.array([1, 0, 0]), np.array([0, 1, 0])\n"
        "assert np.median(one) + np.median(two) == 0\n"
        "assert np.median(one + two) == 1\n"
        'q.check({"one": one, "two": two})\n'
        "```\n\n"
        "A test that passes proves only what it tests.",
    ),
    Exercise(
        number="4.10",
        title="Recover",
        kind=Function(
            recover,
            [
                (
                    lambda picture, answer: recover(picture, answer)[::-1, ::-1],
                    "That is the kernel of a true convolution; Keras does not turn it.",
                ),
                (
                    _weighed,
                    "That weighs the pixels by the answers, which tells how alike they "
                    "are. Solve the equations.",
                ),
                (
                    _of_one_window,
                    "One window is one equation, and has many solutions: use all of "
                    "them.",
                ),
                (
                    _share,
                    "The shape of the kernel is right, but its weights need not add up "
                    "to 1.",
                ),
                (
                    lambda picture, answer: np.abs(recover(picture, answer)),
                    "Weights may be negative.",
                ),
                (
                    lambda picture, answer: recover(picture, answer).T,
                    "Rows and columns of the kernel are exchanged.",
                ),
                (
                    lambda picture, answer: np.pad(recover(picture, answer), 1),
                    'The kernel is too large: under "valid" n - k + 1 = o, so k = n - '
                    "o + 1.",
                ),
            ],
            unknown_kernels(),
        ),
        why="Every output is one equation for the weights, and there are more outputs "
        "than weights. So a picture and its answer give the kernel away; training "
        "finds kernels from such pairs, too.",
        hints=(
            "How large is the kernel? Then write one output as a sum of products: the "
            "pixels of its window are known, the weights are not.",
            "`byhand.windows` cuts out all windows; make each of them a row of a "
            "matrix. `np.linalg.lstsq` solves for the weights.",
        ),
        answer="One equation for each output, and a least-squares solver:\n\n"
        "```python\n"
        "def recover(picture, answer):\n"
        "    size = [n - o + 1 for n, o in zip(picture.shape, answer.shape)]\n"
        "    batch = picture[None, :, :, None]\n"
        "    seen = byhand.windows(batch, np.ones(size))\n"
        "    rows = seen.reshape(answer.size, -1).astype(float)\n"
        "    weights = np.linalg.lstsq(rows, answer.ravel(), rcond=None)[0]\n"
        "    return np.rint(weights).reshape(size)\n"
        "\n"
        "\n"
        "q.check(recover)\n"
        "```\n",
    ),
]
