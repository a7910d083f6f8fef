"""The exercises of chapter 5, Types of convolution."""

from itertools import product

import numpy as np
from einops import rearrange

from lab.byhand import conv3d
from lab.exercises import reading
from lab.exercises.engine import Exercise, Unreadable
from lab.exercises.kinds import (
    Choice,
    Found,
    Function,
    Number,
    Parts,
    Pattern,
    Thought,
)
from lab.shapes import out_size, span

# 1, 2 and 4: what the questions say

MATCH = {"filters": 8, "channels": 6}
LAYER = {"filters": 8, "k": 3, "groups": 4, "h": 12, "w": 15, "channels": 16}
SOUND = {"samples": 2_000, "k": 2, "d": 1}

# 5. Build

TO_RIGHT = np.zeros((1, 5, 3, 7, 1))
TO_RIGHT[0, np.arange(5), 1, np.arange(5) + 1] = 1
FILMS = {"right": TO_RIGHT, "left": TO_RIGHT[:, ::-1].copy()}


def detector(first, second):
    """Return a kernel of two frames of 1 x 2 pixels, as exercise 5 asks for it."""
    return {"first frame": first, "second frame": second}


def read_detector(answer):
    """Return the kernel that exercise 5 asks for."""
    parts = Parts({"first frame": Number(0, []), "second frame": Number(0, [])})
    frames = parts.read(answer)
    for name, frame in frames.items():
        frames[name] = reading.array(frame, f"The {name}")
        if frames[name].shape != (2,):
            raise Unreadable(
                f"The {name} has the shape {frames[name].shape}; each frame has two "
                "weights, left and right."
            )
    return np.reshape(list(frames.values()), (2, 1, 2, 1, 1))


def detects(kernel):
    """Return what is wrong with a detector, or None."""
    right, left = (float(conv3d(film, kernel).max()) for film in FILMS.values())
    frames = kernel[:, 0, :, 0, 0]
    if (right, left) == (2, 1):
        return None
    if (right, left) == (1, 2):
        return "It answers 2 to the left and 1 to the right: exchange the two frames."
    if not frames.any():
        return "All weights are 0, and so is each answer."
    if right == left and (frames[0] == frames[1]).all():
        return (
            f"Both films get {right:g} at most, because both frames of the kernel are "
            "the same: it cannot tell which came first."
        )
    if right == left and not (frames[0].any() and frames[1].any()):
        return (
            f"Both films get {right:g} at most: the kernel looks at one frame, and "
            "the films have the same frames in another order."
        )
    return (
        f"It answers at most {right:g} to the dot that moves right, and {left:g} to "
        "the one that moves left; 2 and 1 are asked for."
    )


# 6. Find the bug

# fmt: off


def _bug(x, k, d):
    zeros = [0] * (k - 1)
    return zeros + list(x)

# fmt: on


def causal(x, k, d):
    """Return a signal with the zeros of causal padding."""
    return [0] * (d * (k - 1)) + list(x)


def signals():
    """Return signals, k and d, from small to large."""
    cases = product(range(1, 5), range(1, 4), range(1, 4))
    return [
        (list(range(1, n + 1)), k, d)
        for n, k, d in sorted(cases, key=lambda case: (sum(case), case))
    ]


# 7. Weigh any layer


def weigh(h, w, k, d, g, c_in, c_out):
    """Return the numbers one output reads, the parameters and the MACs."""
    reads = k * k * c_in // g
    places = out_size(h, k, d=d) * out_size(w, k, d=d)
    return reads, reads * c_out, reads * c_out * places


def layers():
    """Return layers and pictures on which they fit, from small to large."""
    channels = [(1, 1, 1), (1, 2, 3), (2, 2, 4), (2, 4, 2), (3, 6, 3)]
    cases = [
        (h, w, k, d, *some)
        for h, w, k, d in product((3, 5, 7), (4, 6), (1, 2, 3), (1, 2))
        for some in channels
        if span(k, d) <= min(h, w)
    ]
    return sorted(cases, key=lambda case: (sum(case), case))


def _weigh(h, w, k, d, g, c_in, c_out, change):
    reads, parameters, macs = weigh(h, w, k, d, g, c_in, c_out)
    return change(reads, parameters, macs)


# 8. Fold a normalisation


def fold_norm(weights, gamma, beta, mean, variance, epsilon):
    """Return weights and, below them, the bias of a layer with its normalisation."""
    scale = gamma / np.sqrt(variance + epsilon)
    return np.vstack([weights * scale, beta - mean * scale])


def _fold(weights, gamma, beta, mean, variance, epsilon, factor, bias):
    scale = factor(gamma, variance, epsilon)
    return np.vstack([weights * scale, bias(scale, beta, mean)])


def _scale(gamma, variance, epsilon):
    return gamma / np.sqrt(variance + epsilon)


def _shift(scale, beta, mean):
    return beta - mean * scale


def norms():
    """Return weights and normalisations, from few numbers to more."""
    rng = np.random.default_rng(5)
    found = []
    for n, f in product(range(1, 7), range(1, 7)):
        deviation = rng.integers(2, 5, f)
        epsilon = float(rng.integers(1, 4)) / 4
        found.append(
            (
                rng.integers(1, 5, (n, f)).astype(float),
                (deviation * rng.integers(1, 4, f)).astype(float),
                rng.integers(-3, 4, f).astype(float),
                rng.integers(1, 4, f).astype(float),
                deviation**2 - epsilon,
                epsilon,
            )
        )
    return sorted(found, key=lambda case: case[0].size)


# 10. Price a kernel


def tables(kernel):
    """Return a table of places and outputs for each input channel."""
    return rearrange(kernel, "i j c f -> c (i j) f")


def price(kernel):
    """Return the least multiplier, and the weights of both layers."""
    return _price(kernel, np.linalg.matrix_rank(tables(kernel)).max())


def _price(kernel, m):
    k, _, c, f = kernel.shape
    return int(m), int(k * k * c * m + c * m * f), kernel.size


def plain_kernels():
    """Return plain kernels of several ranks, from small to large."""
    rng = np.random.default_rng(5)
    found = []
    for k, c, f in product((2, 3), range(1, 5), range(2, 6)):
        kernel = np.zeros((k, k, c, f))
        for channel in range(c):
            rank = int(rng.integers(1, f + 1)) if channel else min(f, 2)
            depth = rng.integers(-3, 4, (k, k, rank))
            point = np.eye(rank, f) + rng.integers(1, 4, (rank, f))
            kernel[:, :, channel] = depth @ point
        found.append((kernel,))
    return sorted(found, key=lambda case: case[0].size)


EXERCISES = [
    Exercise(
        number="5.1",
        title="Match",
        kind=Parts(
            {
                "54 of 6": Choice(
                    "A",
                    {
                        "B": "a kernel of one pixel reads one number in each channel.",
                        "C": "two groups leave 3 of the 6 channels, and 27 numbers.",
                        "D": "depthwise reads a single channel.",
                        "E": "a kernel of 5 × 5 would read 25 numbers in a channel.",
                    },
                ),
                "6 of 6": Choice(
                    "B",
                    {
                        "A": "3 × 3 in 6 channels are 54 numbers.",
                        "C": "that reads 9 numbers in each of 3 channels.",
                        "D": "that reads 9 numbers, all in one channel.",
                        "E": "that reads 25 numbers, all in one channel.",
                    },
                ),
                "27 of 3": Choice(
                    "C",
                    {
                        "A": "without groups all 6 channels are read.",
                        "B": "a kernel of one pixel cannot read 9 numbers a channel.",
                        "D": "depthwise reads a single channel, not 3.",
                        "E": "that one reads a single channel, too.",
                    },
                ),
                "9 of 1": Choice(
                    "D",
                    {
                        "A": "that reads its window in all 6 channels.",
                        "B": "it reads one number of a channel, not 9.",
                        "C": "a group here has 3 channels.",
                        "E": "one channel, yes, but 5 × 5 numbers of it.",
                    },
                ),
            },
            [
                (
                    {"54 of 6": "A", "6 of 6": "B", "27 of 3": "D", "9 of 1": "C"},
                    "You exchanged grouped and depthwise: two groups have 3 channels "
                    "each.",
                )
            ],
        ),
        why="The window gives the numbers in a channel, the groups give the channels. "
        "The fifth layer, depthwise with 5 × 5, would read 25 numbers of 1.",
        hints=(
            "Ask twice of each layer: how many numbers does its window hold, and of "
            "how many channels are they read?",
            "Divide the numbers by the channels: that is the window. A dilation does "
            "not change it, since holes are not read.",
        ),
        answer="Numbers in a channel times channels: 9 times 6, 1 times 6, 9 times 3, "
        "9 times 1.\n\n"
        "```python\n"
        'answer = {"54 of 6": "A", "6 of 6": "B", "27 of 3": "C", "9 of 1": "D"}\n'
        "q.check(answer)\n"
        "```\n",
        supply=MATCH,
    ),
    Exercise(
        number="5.2",
        title="Predict",
        kind=Parts(
            {
                "parameters": Number(
                    296,
                    {
                        288: "each of the 8 outputs has a bias, too.",
                        1_160: "an output reads the channels of its group only, a "
                        "quarter of the 16.",
                        304: "a bias belongs to an output channel, and there are 8.",
                        292: "a bias belongs to an output channel, not to a group.",
                        1_152: "without groups it would be so many, and the biases "
                        "are missing.",
                        80: "only the channels that come in are divided; the 8 "
                        "outputs are all there.",
                        104: "a window of 3 × 3 has 9 taps, not 3.",
                    },
                ),
                "MACs": Number(
                    51_840,
                    {
                        53_280: "a bias is added, not multiplied.",
                        207_360: "an output reads a quarter of the channels only.",
                        37_440: 'that is "valid"; under "same" there are 12 × 15 '
                        "places.",
                        103_680: "those are FLOPs; a MAC is a multiplication and an "
                        "addition at once.",
                        288: "that is the cost of one place, and there are 12 × 15.",
                    },
                ),
            },
            [
                (
                    {"parameters": 51_840, "MACs": 296},
                    "You exchanged them: a parameter is used at every place.",
                )
            ],
        ),
        why="3 * 3 * 16 * 8 / 4 weights and 8 biases; each weight is used at 180 "
        "places.",
        hints=(
            "Each output reads the channels of one group. How many are these?",
            "A bias is one parameter for each output, and is added, not multiplied. "
            "Each weight is used once at each place.",
        ),
        answer="Each output reads 16 / 4 channels:\n\n"
        "```python\n"
        "weights = 3 * 3 * 16 * 8 // 4\n"
        'answer = {"parameters": weights + 8, "MACs": weights * 12 * 15}\n'
        "q.check(answer)\n"
        "```\n",
        supply=LAYER,
    ),
    Exercise(
        number="5.3",
        title="Translate",
        kind=Pattern(
            "i j c m -> i j 1 (c m)",
            {
                "i j c m -> i j 1 (m c)": "The shape is right, but the outputs are in "
                "the wrong order: depthwise gives all of one channel first.",
                "i j c m -> i j (c m) 1": "The outputs must stand along the last axis; "
                "a group reads one channel, so the axis before it has the size 1.",
                "i j c m -> 1 i j (c m)": "The axis of size 1 is that of the channels "
                "which a group reads; it stands after the rows and columns.",
                "i j c m -> j i 1 (c m)": "The window is turned over: its rows became "
                "its columns.",
                "i j c m -> i j (c m)": "A kernel has four axes, also where a group "
                "has a single channel: write it as 1.",
                "i j c m -> (i j) 1 (c m)": "Rows and columns of the window stay two "
                "axes.",
            },
            shape=(3, 2, 4, 5),
            axes="kh kw in out",
        ),
        why="With a group for each channel a group reads one channel, and its m "
        "outputs stand next to each other: (c m).",
        hints=(
            "The kernel of a grouped layer is (kh, kw, in / g, out). What is in / g, "
            "if g = c?",
            "The c m outputs stand along the last axis. Which of the two letters runs "
            "fastest, if first come all outputs of channel 0?",
        ),
        answer="One channel in each group, and the outputs of a channel together:\n\n"
        "```python\n"
        'pattern = "i j c m -> i j 1 (c m)"\n'
        "rng = np.random.default_rng(0)\n"
        "x, kernel = rng.normal(size=(1, 5, 6, 3)), rng.normal(size=(3, 2, 3, 2))\n"
        "grouped = byhand.grouped_conv2d(x, rearrange(kernel, pattern), 3)\n"
        "assert np.allclose(grouped, byhand.depthwise_conv2d(x, kernel))\n"
        "q.check(pattern)\n"
        "```\n",
    ),
    Exercise(
        number="5.4",
        title="Count",
        kind=Parts(
            {
                "d = 1": Number(
                    1_999,
                    {
                        2_000: "the first layer sees two samples already.",
                        1_000: "a layer with two taps adds one sample, not two.",
                        999: "the windows overlap: each layer adds k - 1 samples.",
                        1_998: "they see 1,999 samples, one too few.",
                    },
                ),
                "doubling": Number(
                    11,
                    {
                        10: "they see 1,024 samples.",
                        12: "one less is enough: 11 see 2,048 samples.",
                        2_048: "that is what they see; how many layers are they?",
                        1_000: "a layer does not add two samples; it doubles what "
                        "is seen.",
                    },
                ),
            },
            [
                (
                    {"d = 1": 11, "doubling": 1_999},
                    "You exchanged them: doubling needs far fewer.",
                )
            ],
        ),
        why="With d = 1 a layer adds one sample; with doubling L layers see 2 to the "
        "power of L, and 11 are the first to reach 2,000.",
        hints=(
            "How many samples does one layer with two taps see, and how many does the "
            "second add, with d = 1 and with d = 2?",
            "With doubling, what L layers see is a power of 2. Which is the first "
            "that is large enough?",
        ),
        answer="Add layers until the field is large enough:\n\n"
        "```python\n"
        "def enough(dilation):\n"
        "    layers = []\n"
        "    while shapes.receptive_field(layers) < 2_000:\n"
        "        layers.append((2, 1, dilation(len(layers))))\n"
        "    return len(layers)\n"
        "\n"
        "\n"
        "doubling = enough(lambda n: 2**n)\n"
        'q.check({"d = 1": 2_000 - 1, "doubling": doubling})\n'
        "```\n\n"
        "With d = 1 the field of L layers is L + 1, so there is nothing to search.",
        supply=SOUND,
    ),
    Exercise(
        number="5.5",
        title="Build",
        kind=Found(
            detector([1, 0], [0, 1]),
            [
                detector([0, 1], [1, 0]),
                detector([0, 0], [0, 0]),
                detector([1, 0], [1, 0]),
                detector([0, 1], [0, 0]),
                detector([2, 0], [0, 2]),
                detector([1, 0, 0], [0, 1, 0]),
            ],
            read_detector,
            detects,
        ),
        why="It looks for the dot on the left first and on the right next. No kernel "
        "that sees one frame can do that: both films have the same frames.",
        hints=(
            "Where must the dot be in the first frame, and where in the second, if it "
            "moves to the right?",
            "Two of the four weights are 1, one in each frame, and the others are 0. "
            "Put the frames into an array of the shape (2, 1, 2, 1, 1) and let "
            '`byhand.conv3d(q.given["right"], kernel).max()` tell the largest answer.',
        ),
        answer="Left in the first frame, right in the second:\n\n"
        "```python\n"
        'answer = {"first frame": [1, 0], "second frame": [0, 1]}\n'
        "kernel = np.reshape(list(answer.values()), (2, 1, 2, 1, 1))\n"
        'assert byhand.conv3d(q.given["right"], kernel).max() == 2\n'
        'assert byhand.conv3d(q.given["left"], kernel).max() == 1\n'
        "q.check(answer)\n"
        "```\n",
        supply=FILMS,
    ),
    Exercise(
        number="5.6",
        title="Find the bug",
        kind=Function(
            causal,
            [
                (
                    lambda x, k, d: [0] * (d * k) + list(x),
                    "There is one dilated step too many: k taps have k - 1 steps "
                    "between them.",
                ),
                (
                    lambda x, k, d: list(x) + [0] * (d * (k - 1)),
                    "The number is right, but these zeros stand in the future.",
                ),
                (
                    lambda x, k, d: (
                        [0] * (d * (k - 1) // 2)
                        + list(x)
                        + [0] * (d * (k - 1) - d * (k - 1) // 2)
                    ),
                    'Shared between both ends they are those of "same".',
                ),
                (
                    lambda x, k, d: [0] * (d * (k - 1) + 1) + list(x),
                    "That is the whole span of the kernel; its last tap stands on the "
                    "output's own time and needs no zero.",
                ),
                (
                    lambda x, k, d: [0] * (d + k - 2) + list(x),
                    "The dilation multiplies the steps; it is not added to them.",
                ),
                (
                    lambda x, k, d: [0] * (d * (k - 1)),
                    "The signal itself is missing.",
                ),
            ],
            signals(),
            start=_bug,
            read_result=reading.row,
        ),
        why="k taps are d apart, so the first of them stands d (k - 1) samples before "
        "the last. With d = 1 nobody could have seen the bug.",
        hints=(
            "With d = 1 it is right, and that is what it was tried with. Draw three "
            "taps with d = 2.",
            "How many samples before the last tap does the first tap stand?",
        ),
        answer="The dilation was forgotten:\n\n"
        "```python\n"
        "def causal(x, k, d):\n"
        "    zeros = [0] * (d * (k - 1))\n"
        "    return zeros + list(x)\n"
        "\n"
        "\n"
        "q.check(causal)\n"
        "```\n",
    ),
    Exercise(
        number="5.7",
        title="Weigh any layer",
        kind=Function(
            weigh,
            [
                (
                    lambda *case: weigh(*case[:4], 1, *case[5:]),
                    "The groups are left out: an output reads the channels of its own "
                    "group.",
                ),
                (
                    lambda *case: weigh(*case[:3], 1, *case[4:]),
                    "The reads and parameters are right; a dilated kernel spans more, "
                    "and so fewer places are left.",
                ),
                (
                    lambda *case: _weigh(
                        *case, lambda reads, p, macs: (reads, p, p * case[0] * case[1])
                    ),
                    'Under "valid" there are fewer places than pixels.',
                ),
                (
                    lambda *case: _weigh(
                        *case,
                        lambda reads, p, macs: (
                            reads,
                            p + case[6],
                            macs + macs // reads,
                        ),
                    ),
                    "There is no bias here.",
                ),
                (
                    lambda *case: _weigh(
                        *case, lambda reads, p, macs: (reads, p, 2 * macs)
                    ),
                    "Those are FLOPs; MACs are asked for.",
                ),
                (
                    lambda h, w, k, d, g, c_in, c_out: weigh(
                        h, w, k, d, g, c_in, c_out // g
                    ),
                    "Every output channel has weights, those of all groups: only the "
                    "inputs are divided.",
                ),
                (
                    lambda *case: _weigh(
                        *case,
                        lambda reads, p, macs: (
                            span(case[2], case[3]) ** 2 * case[5] // case[4],
                            p,
                            macs,
                        ),
                    ),
                    "The holes of a dilated kernel are not read.",
                ),
            ],
            layers(),
            read_result=reading.row,
        ),
        why="You can say of any layer which numbers an output reads, how many weights "
        "it has and how many multiplications it costs. That is this chapter.",
        hints=(
            "Begin with one output: how many taps has its window, and in how many "
            "channels? Each output channel has that many weights.",
            "For the places use `shapes.out_size(n, k, 1, d)`, once for the height "
            "and once for the width.",
        ),
        answer="From one output to all of them:\n\n"
        "```python\n"
        "def weigh(h, w, k, d, g, c_in, c_out):\n"
        "    reads = k * k * c_in // g\n"
        "    parameters = reads * c_out\n"
        "    places = shapes.out_size(h, k, 1, d) * shapes.out_size(w, k, 1, d)\n"
        "    return reads, parameters, parameters * places\n"
        "\n"
        "\n"
        "q.check(weigh)\n"
        "```\n",
    ),
    Exercise(
        number="5.8",
        title="Explain",
        kind=Thought(
            "Think of a pixel in the corner: the padding's zeros come after the "
            "normalisation, which would have made something else of a zero."
        ),
        why="Ours: in front of a padded convolution the normalisation adds its "
        "constant to the pixels, but not to the zeros of the padding, which come "
        "later. So near the border an output gets less of the constant than inside, "
        "and one bias cannot be both. Its factor folds all the same, and under "
        '"valid" so does the rest.',
        hints=(
            "A constant that is added to all inputs reaches an output once through "
            "each tap. Through which taps does it not, at the border?",
            "Let the kernel be ones, and compare what an output in the middle and one "
            "in a corner get of the constant.",
        ),
        answer="There is no single right text; the cell passes with any sentence. "
        "Ours:\n\n"
        "```python\n"
        "ones = np.ones((1, 4, 5, 1))\n"
        'got = byhand.conv2d(ones, np.ones((3, 3, 1, 1)), padding="same")[0, :, :, 0]\n'
        "assert (got[0, 0], got[1, 1]) == (4, 9)\n"
        "answer = (\n"
        '    "The zeros of the padding are not normalised, so near the border less "\n'
        '    "of the constant arrives than inside, and one bias cannot be both."\n'
        ")\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="5.9",
        title="Fold a normalisation",
        kind=Function(
            fold_norm,
            [
                (
                    lambda *case: _fold(*case, lambda g, v, e: g / (v + e), _shift),
                    "It is divided by the standard deviation, the root of the "
                    "variance and epsilon.",
                ),
                (
                    lambda *case: _fold(*case, _scale, lambda s, b, m: b - m),
                    "The weights are right; the mean is subtracted before the factor "
                    "comes, so the factor meets it, too.",
                ),
                (
                    lambda *case: _fold(*case, _scale, lambda s, b, m: b),
                    "The weights are right; the mean is missing in the bias.",
                ),
                (
                    lambda *case: _fold(*case, _scale, lambda s, b, m: b + m * s),
                    "The weights are right; the mean is subtracted, not added.",
                ),
                (
                    lambda *case: fold_norm(*case[:5], 0),
                    "Epsilon is left out; it is added to the variance.",
                ),
                (
                    lambda *case: np.vstack([case[0], fold_norm(*case)[-1]]),
                    "The bias is right; the factor belongs into the weights, too.",
                ),
                (
                    lambda *case: np.roll(fold_norm(*case), 1, axis=0),
                    "The bias stands on top; it is the last row.",
                ),
            ],
            norms(),
        ),
        why="What is done to each output after the sum can be done to its weights "
        "before it.",
        hints=(
            "Call the sum y. Write gamma (y - mean) / deviation + beta as a factor "
            "times y and something else.",
            "The factor belongs to an output, that is to a column; NumPy multiplies "
            "columns by itself. What is left over is the bias, and `np.vstack` puts "
            "it below.",
        ),
        answer="The factor into the weights, the rest into the bias:\n\n"
        "```python\n"
        "def fold_norm(weights, gamma, beta, mean, variance, epsilon):\n"
        "    scale = gamma / np.sqrt(variance + epsilon)\n"
        "    return np.vstack([weights * scale, beta - mean * scale])\n"
        "\n"
        "\n"
        "q.check(fold_norm)\n"
        "```\n\n"
        "So a network in use needs no normalisation after a convolution. The folded "
        "cell does it to a layer of Keras.",
    ),
    Exercise(
        number="5.10",
        title="Price a kernel",
        kind=Function(
            price,
            [
                (
                    lambda kernel: _price(
                        kernel, np.linalg.matrix_rank(tables(kernel)).min()
                    ),
                    "All channels have the same multiplier, so the one that needs "
                    "most decides.",
                ),
                (
                    lambda kernel: _price(
                        kernel, np.linalg.matrix_rank(tables(kernel)).sum()
                    ),
                    "The ranks of the channels are not added: each channel has m "
                    "kernels of its own.",
                ),
                (
                    lambda kernel: _price(kernel, kernel.shape[3]),
                    "With as many as there are outputs it works always; often fewer "
                    "suffice.",
                ),
                (
                    lambda kernel: _price(kernel, kernel.shape[0] ** 2),
                    "With as many as the window has places it works always; often "
                    "fewer suffice.",
                ),
                (
                    lambda kernel: (
                        price(kernel)[0],
                        price(kernel)[1] // price(kernel)[0],
                        kernel.size,
                    ),
                    "The multiplier is right; both steps need m times as many weights "
                    "as with m = 1.",
                ),
                (
                    lambda kernel: (
                        price(kernel)[0],
                        price(kernel)[1],
                        kernel.size // kernel.shape[2],
                    ),
                    "The separable layer is right; the plain one has weights for all "
                    "input channels.",
                ),
                (
                    lambda kernel: (price(kernel)[0], *price(kernel)[:0:-1]),
                    "You exchanged the two layers.",
                ),
            ],
            plain_kernels(),
            read_result=reading.row,
        ),
        why="The largest rank of a channel is the smallest multiplier. A kernel of "
        "full rank gets dearer by it: separable layers are cheap because they give up "
        "freedom.",
        hints=(
            "For each channel write the kernel as a table of places and outputs. What "
            "does its rank tell?",
            "`np.linalg.matrix_rank` takes all tables at once, if the channel is the "
            "first axis. The separable layer has a depthwise kernel and a pointwise "
            "one; what are their shapes?",
        ),
        answer="The channel with the largest rank decides:\n\n"
        "```python\n"
        "def price(kernel):\n"
        "    k, _, c, f = kernel.shape\n"
        '    table = rearrange(kernel, "i j c f -> c (i j) f")\n'
        "    m = int(np.linalg.matrix_rank(table).max())\n"
        "    return m, k * k * c * m + c * m * f, kernel.size\n"
        "\n"
        "\n"
        "q.check(price)\n"
        "```\n\n"
        "The folded cell finds the two kernels themselves, by the singular value "
        "decomposition, which writes each table as a product of three.",
    ),
]
