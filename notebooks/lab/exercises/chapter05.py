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
LAYER = {"filters": 32, "k": 5, "groups": 4, "h": 20, "w": 30, "channels": 16}
SOUND = {"samples": 16_000, "k": 2, "d": 1}

# 5. Build

TO_RIGHT = np.zeros((1, 5, 3, 7, 1))
TO_RIGHT[0, np.arange(5), 1, np.arange(5) + 1] = 1
FILMS = {"right": TO_RIGHT, "left": TO_RIGHT[:, ::-1].copy()}


def detector(*ones):
    """Return a kernel of two frames and 1 × 2 pixels that is 1 at (frame, pixel)."""
    kernel = np.zeros((2, 1, 2, 1, 1))
    for frame, pixel in ones:
        kernel[frame, 0, pixel] = 1
    return kernel


def read_detector(answer):
    """Return the kernel that exercise 5 asks for."""
    kernel = reading.array(answer, "The kernel")
    if kernel.size != 4:
        raise Unreadable(
            f"The kernel has two frames of 1 × 2 pixels, so 4 weights; yours has "
            f"{kernel.size:,}."
        )
    if kernel.shape != (2, 1, 2, 1, 1):
        raise Unreadable(
            "A 3-D kernel has the axes (kt, kh, kw, in, out), here (2, 1, 2, 1, 1); "
            f"yours has the shape {kernel.shape}."
        )
    return kernel


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
    cases = product(range(1, 4), range(1, 4), range(1, 4))
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


def fold_norm(kernel, gamma, beta, mean, variance, epsilon):
    """Return kernel and bias of a convolution with the normalisation after it."""
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, beta - mean * scale


def read_pair(answer, what):
    """Return a kernel and a bias in one row of numbers."""
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Unreadable(
            f"{what} is {reading.kind_of(answer)}; a kernel and a bias are asked for, "
            "in this order."
        )
    kernel, bias = (reading.array(part, what) for part in answer)
    if kernel.ndim != 4 or bias.shape != kernel.shape[3:]:
        raise Unreadable(
            f"{what} has the shapes {kernel.shape} and {bias.shape}; a kernel has "
            "four axes, and a bias one number for each of its output channels."
        )
    return np.concatenate([kernel.ravel(), bias]).round(6)


def norms():
    """Return kernels and normalisations, from few numbers to more."""
    rng = np.random.default_rng(5)
    return [
        (
            rng.integers(-3, 4, (k, k, c, f)).astype(float),
            *rng.integers(1, 4, (2, f)).astype(float),
            rng.integers(-3, 4, f).astype(float),
            rng.integers(2, 5, f).astype(float) ** 2 - epsilon,
            epsilon,
        )
        for k, c, f, epsilon in [
            (1, 1, 1, 0.0),
            (1, 1, 2, 0.5),
            (2, 1, 3, 1.0),
            (3, 2, 4, 0.25),
        ]
    ]


# 9. Factor


def factor(kernel):
    """Return depthwise and pointwise kernels of least multiplier that make a kernel."""
    table = rearrange(kernel, "i j c f -> c (i j) f")
    m = max(int(np.linalg.matrix_rank(table).max()), 1)
    u, strength, v = np.linalg.svd(table, full_matrices=False)
    depth = (u * strength[:, None])[..., :m]
    return (
        rearrange(depth, "c (i j) m -> i j c m", i=len(kernel)),
        rearrange(v[:, :m], "c m f -> 1 1 (c m) f"),
    )


def read_factors(answer, what):
    """Return the multiplier, and the plain kernel that two kernels make."""
    if not isinstance(answer, list | tuple) or len(answer) != 2:
        raise Unreadable(
            f"{what} is {reading.kind_of(answer)}; two kernels are asked for, the "
            "depthwise and the pointwise one."
        )
    depth, point = (reading.array(part, what) for part in answer)
    if depth.ndim != 4 or point.ndim != 4 or point.shape[:2] != (1, 1):
        raise Unreadable(
            f"{what} has the shapes {depth.shape} and {point.shape}; the kernels are "
            "(kh, kw, in, m) and (1, 1, in m, out)."
        )
    c, m = depth.shape[2:]
    if point.shape[2] != c * m:
        raise Unreadable(
            f"{what} has the shapes {depth.shape} and {point.shape}: the pointwise "
            f"kernel must read {c * m} channels, in times m."
        )
    point = rearrange(point, "1 1 (c m) f -> c m f", c=c)
    made = np.einsum("ijcm,cmf->ijcf", depth, point)
    return np.concatenate([[m], made.ravel()]).round(6) + 0.0


def plain_kernels():
    """Return plain kernels of several ranks, from small to large."""
    rng = np.random.default_rng(5)
    return [
        (
            np.einsum(
                "ijcm,cmf->ijcf",
                rng.integers(-3, 4, (k, k, c, m)),
                rng.integers(1, 4, (c, m, f)) + np.eye(m, f),
            ).astype(float),
        )
        for k, c, m, f in [(2, 1, 1, 2), (2, 1, 2, 2), (3, 2, 1, 4), (3, 2, 3, 5)]
    ]


def _factors(kernel, change):
    return change(*factor(kernel))


def _padded(depth, point):
    c = depth.shape[2]
    more = rearrange(point, "1 1 (c m) f -> c m f", c=c)
    more = np.concatenate([more, 0 * more[:, :1]], 1)
    return (
        np.concatenate([depth, depth[..., :1]], -1),
        rearrange(more, "c m f -> 1 1 (c m) f"),
    )


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
                    3_232,
                    {
                        3_200: "each of the 32 outputs has a bias, too.",
                        12_832: "an output reads the channels of its group only, a "
                        "quarter of the 16.",
                        3_216: "a bias belongs to an output channel, and there are 32.",
                        3_236: "a bias belongs to an output channel, not to a group.",
                        12_800: "without groups it would be so many, and the biases "
                        "are missing.",
                        832: "both numbers of channels are divided; the 32 outputs "
                        "are all there.",
                        928: "a window of 5 × 5 has 25 taps, not 5 or 7.",
                    },
                ),
                "MACs": Number(
                    1_920_000,
                    {
                        1_939_200: "a bias is added, not multiplied.",
                        7_680_000: "an output reads a quarter of the channels only.",
                        1_331_200: 'that is "valid"; under "same" there are 20 × 30 '
                        "places.",
                        3_840_000: "those are FLOPs; a MAC is a multiplication and an "
                        "addition at once.",
                        3_200: "that is the cost of one place, and there are 20 × 30.",
                    },
                ),
            },
            [
                (
                    {"parameters": 1_920_000, "MACs": 3_232},
                    "You exchanged them: a parameter is used at every place.",
                )
            ],
        ),
        why="5 * 5 * 16 * 32 / 4 weights and 32 biases; each weight is used at 600 "
        "places.",
        hints=(
            "Each of the 32 outputs reads the channels of one group. How many are "
            "these?",
            "A bias is one parameter for each output, and is added, not multiplied. "
            "Each weight is used once at each place.",
        ),
        answer="Each output reads 16 / 4 channels:\n\n"
        "```python\n"
        "weights = 5 * 5 * 16 * 32 // 4\n"
        'answer = {"parameters": weights + 32, "MACs": weights * 20 * 30}\n'
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
                    15_999,
                    {
                        16_000: "the first layer sees two samples already.",
                        8_000: "a layer with two taps adds one sample, not two.",
                        7_999: "the windows overlap: each layer adds k - 1 samples.",
                        15_998: "they see 15,999 samples, one too few.",
                    },
                ),
                "doubling": Number(
                    14,
                    {
                        13: "they see 8,192 samples.",
                        15: "one less is enough: 14 see 16,384 samples.",
                        16: "count what L layers see: 2 to the power of L.",
                        7: "each layer doubles what is seen; it is not squared.",
                    },
                ),
            },
            [
                (
                    {"d = 1": 14, "doubling": 15_999},
                    "You exchanged them: doubling needs far fewer.",
                )
            ],
        ),
        why="With d = 1 a layer adds one sample; with doubling L layers see 2 to the "
        "power of L, and 14 are the first to reach 16,000.",
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
        "    while shapes.receptive_field(layers) < 16_000:\n"
        "        layers.append((2, 1, dilation(len(layers))))\n"
        "    return len(layers)\n"
        "\n"
        "\n"
        "doubling = enough(lambda n: 2**n)\n"
        'q.check({"d = 1": 16_000 - 1, "doubling": doubling})\n'
        "```\n\n"
        "With d = 1 the field of L layers is L + 1, so there is nothing to search.",
        supply=SOUND,
    ),
    Exercise(
        number="5.5",
        title="Build",
        kind=Found(
            detector((0, 0), (1, 1)),
            [
                detector((0, 1), (1, 0)),
                detector(),
                detector((0, 0), (1, 0)),
                detector((1, 1)),
                2 * detector((0, 0), (1, 1)),
                detector((0, 0), (1, 1)).reshape(2, 1, 2),
            ],
            read_detector,
            detects,
        ),
        why="It looks for the dot on the left first and on the right next. No kernel "
        "that sees one frame can do that: both films have the same frames.",
        hints=(
            "The kernel has four weights: two frames of two pixels. Where must the "
            "dot be in the first frame, and where in the second?",
            "Begin with `np.zeros((2, 1, 2, 1, 1))` and set two weights to 1, one in "
            'each frame. `byhand.conv3d(q.given["right"], kernel).max()` tells the '
            "largest answer.",
        ),
        answer="Left in the first frame, right in the second:\n\n"
        "```python\n"
        "kernel = np.zeros((2, 1, 2, 1, 1))\n"
        "kernel[0, 0, 0] = kernel[1, 0, 1] = 1\n"
        'assert byhand.conv3d(q.given["right"], kernel).max() == 2\n'
        'assert byhand.conv3d(q.given["left"], kernel).max() == 1\n'
        "q.check(kernel)\n"
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
                    lambda kernel, gamma, beta, mean, variance, epsilon: (
                        kernel * gamma / (variance + epsilon),
                        beta - mean * gamma / (variance + epsilon),
                    ),
                    "It is divided by the standard deviation, the root of the "
                    "variance and epsilon.",
                ),
                (
                    lambda kernel, gamma, beta, mean, variance, epsilon: (
                        kernel * gamma / np.sqrt(variance + epsilon),
                        beta - mean,
                    ),
                    "The kernel is right; the mean is subtracted before the factor "
                    "comes, so the factor meets it, too.",
                ),
                (
                    lambda kernel, gamma, beta, mean, variance, epsilon: (
                        kernel * gamma / np.sqrt(variance + epsilon),
                        beta,
                    ),
                    "The kernel is right; the mean is missing in the bias.",
                ),
                (
                    lambda kernel, gamma, beta, mean, variance, epsilon: (
                        kernel * gamma / np.sqrt(variance + epsilon),
                        beta + mean * gamma / np.sqrt(variance + epsilon),
                    ),
                    "The kernel is right; the mean is subtracted, not added.",
                ),
                (
                    lambda kernel, gamma, beta, mean, variance, epsilon: fold_norm(
                        kernel, gamma, beta, mean, variance, 0
                    ),
                    "Epsilon is left out; it is added to the variance.",
                ),
                (
                    lambda kernel, gamma, beta, mean, variance, epsilon: (
                        kernel,
                        fold_norm(kernel, gamma, beta, mean, variance, epsilon)[1],
                    ),
                    "The bias is right; the factor belongs into the kernel, too.",
                ),
            ],
            norms(),
            read_result=read_pair,
        ),
        why="What is done to each output channel after the sum can be done to its "
        "weights before it.",
        hints=(
            "Call the convolution's output y. Write gamma (y - mean) / deviation + "
            "beta as a factor times y and something else.",
            "The factor belongs to an output channel, which is the last axis of the "
            "kernel; NumPy multiplies along it by itself. What is left over is the "
            "bias.",
        ),
        answer="The factor into the kernel, the rest into the bias:\n\n"
        "```python\n"
        "def fold_norm(kernel, gamma, beta, mean, variance, epsilon):\n"
        "    scale = gamma / np.sqrt(variance + epsilon)\n"
        "    return kernel * scale, beta - mean * scale\n"
        "\n"
        "\n"
        "q.check(fold_norm)\n"
        "```\n\n"
        "That is why a network in use is often stored without its normalisations.",
    ),
    Exercise(
        number="5.10",
        title="Factor a kernel",
        kind=Function(
            factor,
            [
                (
                    lambda kernel: _factors(kernel, _padded),
                    "They make the kernel, but the multiplier is not the smallest: "
                    "it need be no larger than the largest rank.",
                ),
                (
                    lambda kernel: _factors(kernel, lambda d, p: (d, p * 0)),
                    "The pointwise kernel is 0, and so is what they make.",
                ),
                (
                    lambda kernel: _factors(kernel, lambda d, p: (d[::-1, ::-1], p)),
                    "The multiplier is right, but the window is turned by half a turn.",
                ),
                (
                    lambda kernel: _factors(kernel, lambda d, p: (d, p[..., ::-1])),
                    "The multiplier is right, but the outputs stand in reverse order.",
                ),
                (
                    lambda kernel: _factors(kernel, lambda d, p: (2 * d, 2 * p)),
                    "The strengths are in both kernels; give them to one of the two.",
                ),
            ],
            plain_kernels(),
            read_result=read_factors,
        ),
        why="The rank is the smallest multiplier, and the singular value "
        "decomposition finds kernels that reach it. A random kernel of full rank gets "
        "dearer by it: separable layers are cheap because they give up freedom.",
        hints=(
            "For each channel write the kernel as a table of places and outputs. Its "
            "rank is the multiplier that it needs; all channels share the largest.",
            "`np.linalg.svd(table, full_matrices=False)` writes a table as a product "
            "of three, and works on all channels at once. Keep as much of it as the "
            "rank asks for, and give the part in the middle to one neighbour.",
        ),
        answer="The three parts of the decomposition become two kernels:\n\n"
        "```python\n"
        "def factor(kernel):\n"
        '    table = rearrange(kernel, "i j c f -> c (i j) f")\n'
        "    m = np.linalg.matrix_rank(table).max()\n"
        "    u, strength, v = np.linalg.svd(table, full_matrices=False)\n"
        "    depth = (u * strength[:, None])[..., :m]\n"
        '    depth = rearrange(depth, "c (i j) m -> i j c m", i=len(kernel))\n'
        '    return depth, rearrange(v[:, :m], "c m f -> 1 1 (c m) f")\n'
        "\n"
        "\n"
        "q.check(factor)\n"
        "```\n",
    ),
]
