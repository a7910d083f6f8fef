"""The exercises of chapter 3, Padding and stride."""

from itertools import product

import numpy as np

from lab.exercises import reading
from lab.exercises.engine import Exercise
from lab.exercises.kinds import (
    Array,
    Choice,
    Collection,
    Function,
    Number,
    Parts,
    Shape,
    Thought,
)
from lab.shapes import out_size, same_pad, same_size, span

# 6. Move a picture


def one_tap(row, column, channels=None):
    """Return a kernel of 3 x 3 with one tap; each channel is left to itself."""
    kernel = np.zeros((3, 3, 3, 3))
    kernel[row, column] = np.eye(3) if channels is None else channels
    return kernel


# 8. Find the bugs

# fmt: off


def _bug(n, k, s):
    o = -(-n // s)
    total = (o - 1) * s + k - n
    return total - total // 2, total // 2

# fmt: on


def _total(n, k, s):
    return (same_size(n, s) - 1) * s + k - n


def _halves(total):
    return total // 2, total - total // 2


# 9. Which pixels?


def reads(n, k, s, d, p):
    """Return, for each output, the pixels that it reads."""
    places = [
        [s * i + d * t - p for t in range(k)] for i in range(out_size(n, k, s, d, p))
    ]
    return [[place for place in row if 0 <= place < n] for row in places]


def small_sizes():
    """Return n, k, s, d, p for which the kernel fits, from small to large."""
    most = [range(1, 7), range(1, 4), range(1, 4), range(1, 3), range(3)]
    found = [
        (n, k, s, d, p)
        for n, k, s, d, p in product(*most)
        if span(k, d) <= n + 2 * p and p < k
    ]
    return sorted(found, key=lambda case: (sum(case), case))


# 11. What one output sees


def seen(layers):
    """Return the pixels that one output sees, the first of them called 0."""
    found, step = {0}, 1
    for k, s, d in layers:
        found = {i + step * d * tap for i in found for tap in range(k)}
        step *= s
    return sorted(found)


def _steps_apart(layers, step_of):
    found = {0}
    for place, (k, _, d) in enumerate(layers):
        step = step_of([s for _, s, _ in layers], place)
        found = {i + step * d * tap for i in found for tap in range(k)}
    return sorted(found)


def stacks():
    """Return stacks of up to three layers, from few pixels to more."""
    layers = list(product((1, 2, 3), (1, 2), (1, 2)))
    found = [[layer] for layer in layers]
    found += [[a, b] for a in layers for b in layers[4:]]
    found += [[a, (3, 2, 1), b] for a in layers[::3] for b in layers[::2]]
    return [(stack,) for stack in sorted(found, key=lambda s: (len(s), sum(s, ())))]


EXERCISES = [
    Exercise(
        number="3.1",
        title="Predict",
        kind=Parts(
            {
                "same": Number(
                    16,
                    {
                        32: '"same" keeps the size only with stride 1; with stride 2 '
                        "as many outputs are left as every second pixel.",
                        15: 'that is what "valid" gives; "same" does not ask for the '
                        "kernel.",
                        17: "one too many: n/s is whole here, and nothing is rounded.",
                        8: "the stride is counted twice.",
                    },
                ),
                "valid": Number(
                    15,
                    {
                        16: 'that is what "same" gives; "valid" has no zeros for the '
                        "last window to stand on.",
                        14: "the first window counts, too: add 1 after the division.",
                        29: "that is the size with stride 1.",
                        28: "that is how far the kernel can move; divide it by the "
                        "stride, and add the first window.",
                    },
                ),
                "zeros": Array(
                    [1, 1],
                    [
                        ([0, 2], "two zeros are needed; they are shared out evenly."),
                        ([2, 0], "two zeros are needed, but not both in front."),
                        (
                            [2, 2],
                            "k/2 on each side would be symmetric padding; the last "
                            "window sticks out by less.",
                        ),
                        ([0, 1], "the last window sticks out by more than one."),
                        ([0, 0], 'without zeros this would be "valid".'),
                    ],
                ),
            },
            [
                (
                    {"same": 15, "valid": 16, "zeros": [1, 1]},
                    'You exchanged "same" and "valid": "same" is never the smaller.',
                )
            ],
        ),
        why='"same" asks only for n and s; its last window starts at pixel 29 and '
        "ends with pixel 32, where one zero stands, and another one is in front.",
        supply={"n": 32, "k": 4, "s": 2},
        hints=(
            '"Same" needs only `n` and `s` for the size; "valid" needs the kernel, '
            "too.",
            'For the zeros of "same", ask how far the last window sticks out, and '
            "share that between the two sides.",
        ),
        answer='"Same" has ⌈n/s⌉ outputs and "valid" ⌊(n - k)/s⌋ + 1; the last window '
        'of "same" sticks out by (o - 1) s + k - n pixels:\n\n'
        "```python\n"
        "n, k, s = 32, 4, 2\n"
        "same, valid = -(-n // s), (n - k) // s + 1\n"
        "total = (same - 1) * s + k - n\n"
        "answer = {\n"
        '    "same": same,\n'
        '    "valid": valid,\n'
        '    "zeros": (total // 2, total - total // 2),\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="3.2",
        title="Translate",
        kind=Parts(
            {
                "PyTorch": Number(
                    0,
                    {
                        3: "that is the number of the middle tap; subtract the zeros "
                        "that stand before the picture.",
                        -3: "there the window begins, with a zero; its middle is "
                        "asked for.",
                        1: 'that is the pixel of "same"; PyTorch puts 3 zeros in '
                        "front.",
                        4: "the taps count from 0: the middle one of seven is tap 3.",
                    },
                ),
                "Keras": Number(
                    1,
                    {
                        0: "that would need 3 zeros in front; there are 5 in all, and "
                        "the larger half goes behind.",
                        3: "that is the middle tap of a picture without zeros.",
                        2: "that many zeros stand in front; the middle tap is tap 3.",
                        -2: "there the window begins; its middle is asked for.",
                    },
                ),
            },
            [
                (
                    {"PyTorch": 1, "Keras": 0},
                    "You exchanged the frameworks: the one with more zeros in front "
                    "begins further left.",
                )
            ],
        ),
        why='Both give 112 outputs, and one pixel apart: "same" needs 5 zeros and '
        "puts 2 of them in front. To run the weights in Keras, pad by 3 by hand and "
        'use "valid".',
        supply={"n": 224, "k": 7, "s": 2},
        hints=(
            "How many zeros stand before the picture in either framework? For Keras, "
            "compute how many are needed in all, and halve that.",
            "The middle tap of seven is tap 3. Subtract the zeros that stand before "
            "the picture.",
        ),
        answer="The middle tap is tap 3, and the zeros before the picture shift it to "
        "the left:\n\n"
        "```python\n"
        "from lab import shapes\n\n"
        "n, k, s = 224, 7, 2\n"
        "before, after = shapes.same_pad(n, k, s)\n"
        'answer = {"PyTorch": k // 2 - 3, "Keras": k // 2 - before}\n'
        "q.check(answer)\n"
        "```\n\n"
        '"Same" needs 5 zeros, 2 before and 3 after. To run PyTorch\'s weights in '
        'Keras, pad by 3 by hand and use "valid".',
    ),
    Exercise(
        number="3.3",
        title="Count",
        kind=Parts(
            {
                "stride 1": Number(
                    25,
                    {
                        24: "they see 49 pixels, one too few.",
                        50: "each layer adds more than one pixel: a kernel of 3 adds "
                        "k - 1.",
                        17: "each layer adds 2 pixels, not 3: the windows overlap.",
                        49: "that is how many pixels 24 layers see.",
                    },
                ),
                "stride 2": Number(
                    5,
                    {
                        4: "they see 31 pixels: 1 + 2 + 4 + 8 + 16.",
                        6: "one less is enough: the fields are 3, 7, 15 and so on.",
                        25: "with stride 2 a step in a layer is two steps in the one "
                        "below, so the additions double.",
                        13: "the additions do not stay at 4: they double with each "
                        "layer.",
                    },
                ),
            },
            [
                (
                    {"stride 1": 5, "stride 2": 25},
                    "You exchanged the strides: the larger one sees further.",
                )
            ],
        ),
        why="With stride 1 each layer adds 2 pixels, with stride 2 twice as much as "
        "the one before. That is why networks take strides.",
        supply={"pixels": 50, "k": 3, "small": 1, "large": 2},
        hints=(
            "How many pixels does one layer see, and how many does a second one add?",
            "With stride 1 every layer adds the same. With stride 2 the additions "
            "double. Add up until the sum is enough, or let `shapes.receptive_field` "
            "do it.",
        ),
        answer="Add layers until the field is large enough:\n\n"
        "```python\n"
        "from lab import shapes\n\n"
        "answer = {}\n"
        "for s in (1, 2):\n"
        "    layers = [(3, s, 1)]\n"
        "    while shapes.receptive_field(layers) < 50:\n"
        "        layers.append((3, s, 1))\n"
        '    answer[f"stride {s}"] = len(layers)\n'
        "q.check(answer)\n"
        "```\n\n"
        "25 layers with stride 1 see 51 pixels, 5 with stride 2 see 63.",
    ),
    Exercise(
        number="3.4",
        title="Read everything",
        kind=Collection(
            [1, 2, 3],
            [
                ([0, 1, 2, 3], "Without padding, p = 0, pixel 7 stays unread."),
                (
                    [1],
                    "1 is right, but larger ones may do as well: the end is read, "
                    "too, when the windows begin earlier.",
                ),
                ([1, 3], "Odd paddings do it, and so does an even one: try 2."),
                (
                    [1, 2],
                    "Look at 3, too: the first window then reads nothing but "
                    "zeros, and no pixel is lost by it.",
                ),
                (
                    [2, 3],
                    "1 is enough already: the last window then ends with pixel 7.",
                ),
                ([2], "2 is right, and it is not the only one."),
                ([3], "3 is right, but smaller ones read everything, too."),
                ([0], "Without padding the last window ends with pixel 6."),
            ],
        ),
        why="Any padding of 1 or more lets a window reach the last pixel here, and as "
        "the stride is no longer than the kernel, nothing between is skipped.",
        supply={"n": 8, "k": 3, "s": 2},
        hints=(
            "Padding at the front moves the windows. Write down where each begins, "
            "and which of the pixels from the first to the last it covers.",
            "Let Python collect them: a set of `s * i + t - p` over all outputs `i` "
            "and taps `t`. Does it hold every pixel?",
        ),
        answer="Collect what the windows cover, for every padding:\n\n"
        "```python\n"
        "from lab import shapes\n\n"
        "n, k, s = 8, 3, 2\n"
        "paddings = []\n"
        "for p in range(4):\n"
        "    o = shapes.out_size(n, k, s, p=p)\n"
        "    read = {s * i + t - p for i in range(o) for t in range(k)}\n"
        "    if read >= set(range(n)):\n"
        "        paddings.append(p)\n"
        "q.check(paddings)\n"
        "```\n\n"
        'And "same"? Without dilation it reads every pixel if the windows touch, that '
        "is if `s <= k`, or if one window holds the whole picture, `n <= k`. "
        "Otherwise it skips some, like any rule.",
    ),
    Exercise(
        number="3.5",
        title="A kernel that does nothing",
        kind=Parts(
            {
                "same, n=10": Choice(
                    "B",
                    {
                        "A": "an even size needs three zeros here, and only one of "
                        "them stands in front.",
                        "C": '"same" returns ⌈10/2⌉ pixels, and these are fewer.',
                        "D": "there is a fifth output: the last window stands on "
                        "the last pixel.",
                    },
                ),
                "same, n=9": Choice(
                    "A",
                    {
                        "B": "there is no pixel 9: with n = 9 the last one is 8.",
                        "C": 'these are the pixels that need no zeros; "same" adds '
                        "some.",
                        "D": "an odd size needs four zeros here, two in front, and so "
                        "the first middle is another one.",
                    },
                ),
                "valid, n=10": Choice(
                    "C",
                    {
                        "A": 'the first middle of "valid" lies two pixels inside.',
                        "B": "the middle of five taps cannot stand on pixel 1 without "
                        "a zero in front.",
                        "D": "these begin one pixel too far left, and one is too many.",
                    },
                ),
                "p=2, n=10": Choice(
                    "A",
                    {
                        "B": 'this is "same"; with two zeros in front the first '
                        "middle lies further left.",
                        "C": "with p = 2 the border is reached; these are the pixels "
                        "without padding.",
                        "D": "with two zeros in front the first window's middle is "
                        "another pixel.",
                    },
                ),
            },
        ),
        why="The identity returns the middles of the windows, so it shows the sampling "
        'grid: under "same" it moves with the parity of n, and padding by 2 on both '
        "sides keeps it.",
        supply={"k": 5, "s": 2},
        hints=(
            "The identity returns the pixel under the middle tap. The first middle is "
            "tap 2, less the zeros in front; each further one is a stride away.",
            "How many pixels come out? Count the outputs with the two formulas; only "
            "then look at where the first of them lies.",
        ),
        answer="The first middle is 2 less the zeros in front; then count on in steps "
        "of the stride:\n\n"
        "```python\n"
        "def middles(o, before):\n"
        "    return [2 - before + 2 * i for i in range(o)]\n"
        "\n"
        "\n"
        "letters = {\n"
        '    (0, 2, 4, 6, 8): "A",\n'
        '    (1, 3, 5, 7, 9): "B",\n'
        '    (2, 4, 6): "C",\n'
        '    (1, 3, 5, 7): "D",\n'
        "}\n"
        "returned = {\n"
        '    "same, n=10": middles(5, before=1),\n'
        '    "same, n=9": middles(5, before=2),\n'
        '    "valid, n=10": middles(3, before=0),\n'
        '    "p=2, n=10": middles(5, before=2),\n'
        "}\n"
        "match = {name: letters[tuple(at)] for name, at in returned.items()}\n"
        "q.check(match)\n"
        "```\n",
    ),
    Exercise(
        number="3.6",
        title="Move a picture",
        kind=Array(
            one_tap(1, 0),
            [
                (
                    one_tap(1, 2),
                    "This moves the picture to the left: an output reads the pixel on "
                    "its right.",
                ),
                (one_tap(0, 1), "This moves the picture down: the first axis is kh."),
                (one_tap(2, 1), "This moves the picture up."),
                (one_tap(1, 1), "This is the identity: nothing moves."),
                (
                    one_tap(1, 0, np.ones((3, 3))),
                    "The place is right, but every output channel sums all three "
                    "channels: leave each to itself.",
                ),
                (
                    one_tap(1, 0, np.eye(3) / 3),
                    "The place is right, but each channel comes out a third as bright.",
                ),
                (
                    one_tap(1, 0).transpose(3, 2, 0, 1),
                    "These are PyTorch's axes, (out, in, kh, kw); Keras' are (kh, kw, "
                    "in, out).",
                ),
                (
                    one_tap(1, 0)[:, :, 0, 0],
                    "The place is right, but a kernel has four axes: it needs to know "
                    "the channels, too.",
                ),
                (
                    one_tap(1, 0, np.eye(3)[::-1]),
                    "The place is right, but red and blue are exchanged.",
                ),
            ],
            axes="kh kw in out",
        ),
        why="Each output reads the pixel on its left, so everything appears one pixel "
        "further right; the ones stand where the input channel is the output channel.",
        supply={"kh": 3, "kw": 3, "channels": 3, "s": 1},
        hints=(
            "An output shows what its tap reads. If the picture moves to the right, "
            "on which side of an output lies the pixel that it must show?",
            "Begin with `np.zeros((3, 3, 3, 3))`. The first two indices choose the "
            "tap; what stands there is a 3 x 3 matrix of input and output channels, "
            "as in the identity.",
        ),
        answer="The tap on the left of the middle, and each channel for itself:\n\n"
        "```python\n"
        "from lab import byhand\n\n"
        "kernel = np.zeros((3, 3, 3, 3))\n"
        "kernel[1, 0] = np.eye(3)\n"
        "x = np.random.default_rng(0).integers(0, 255, (1, 4, 5, 3))\n"
        'moved = byhand.conv2d(x, kernel, padding="same")\n'
        "assert np.array_equal(moved[:, :, 1:], x[:, :, :-1])\n"
        "q.check(kernel)\n"
        "```\n\n"
        "In the first column a zero of the padding is shown: the frame that moves in "
        "is black.",
    ),
    Exercise(
        number="3.7",
        title="Weigh a layer",
        kind=Parts(
            {
                "shape": Shape(
                    [1, 200, 300, 8],
                    [
                        (
                            [1, 400, 600, 8],
                            '"same" keeps the size only with stride 1; the stride is '
                            "2.",
                        ),
                        (
                            [1, 200, 300, 3],
                            "each filter makes one output channel, and there are 8.",
                        ),
                        (
                            [200, 300, 8],
                            "the batch is missing: one picture is a batch of one.",
                        ),
                        (
                            [1, 199, 298, 8],
                            'that is the size under "valid".',
                        ),
                        (
                            [1, 8, 200, 300],
                            "the channels come last in Keras.",
                        ),
                        (
                            [1, 300, 200, 8],
                            "height comes before width.",
                        ),
                    ],
                ),
                "parameters": Number(
                    368,
                    {
                        360: "each filter also has a bias.",
                        361: "every filter has a bias of its own, not the layer one.",
                        128: "a filter has 3 x 5 weights for each channel of the "
                        "input: it mixes all three.",
                        46: "that is one filter; the layer has 8.",
                        384: "a filter has one bias, not one for each input channel.",
                        92: "that is a quarter: the stride does not change the number "
                        "of weights.",
                    },
                ),
            },
        ),
        why="The size comes from the stride, the last axis from the filters. The "
        "parameters, (3 * 5 * 3 + 1) * 8, know neither the picture's size nor the "
        "stride.",
        supply={"filters": 8, "kh": 3, "kw": 5, "s": 2},
        hints=(
            "A kernel mixes all channels that it reads. Each filter makes one output "
            "channel, and has one bias.",
            "For the shape you need the stride and the number of filters, for the "
            "parameters the kernel's size, the channels on both sides and nothing "
            "else.",
        ),
        answer="The shape from ⌈n/s⌉, the parameters from the kernel:\n\n"
        "```python\n"
        "from lab import shapes\n\n"
        "h, w = shapes.same_size(400, 2), shapes.same_size(600, 2)\n"
        "answer = {\n"
        '    "shape": (1, h, w, 8),\n'
        '    "parameters": (3 * 5 * 3 + 1) * 8,\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="3.8",
        title="Find the bugs",
        kind=Function(
            lambda n, k, s: same_pad(n, k, s),
            [
                (
                    lambda n, k, s: _halves(max(_total(n, k, s), 0))[::-1],
                    "No number is negative any more, but the odd zero still stands in "
                    "front.",
                ),
                (
                    lambda n, k, s: _halves(_total(n, k, s)),
                    "The odd zero stands behind now, but where windows have gaps "
                    "between them the padding is negative.",
                ),
                (
                    lambda n, k, s: _halves(abs(_total(n, k, s))),
                    "Where nothing sticks out no zeros are needed: take 0, not the "
                    "absolute value.",
                ),
                (
                    lambda n, k, s: _halves(k - 1),
                    "This is right for stride 1 only: the zeros depend on n and s.",
                ),
                (
                    lambda n, k, s: (k // 2, k // 2),
                    "This is symmetric padding, PyTorch's usual choice.",
                ),
                (
                    lambda n, k, s: _halves(max((n // s - 1) * s + k - n, 0)),
                    "The number of outputs must be rounded up, and `n // s` rounds "
                    "down.",
                ),
                (
                    lambda n, k, s: (max(_total(n, k, s), 0) // 2,) * 2,
                    "Before the picture it is right; an odd total leaves one more "
                    "zero behind it.",
                ),
            ],
            sorted(
                product(range(1, 8), range(1, 5), range(1, 5)),
                key=lambda case: (sum(case), case),
            ),
            start=_bug,
        ),
        why="The odd zero goes behind the picture, and where the windows do not reach "
        "its end no zeros are needed at all.",
        supply={"k": 3, "s": 1},
        hints=(
            "With an odd kernel and stride 1 it is right, and that is what it was "
            "tried with. Try an even kernel. Which side gets the odd zero?",
            "Then try a stride that is longer than the kernel. What does it mean if "
            "`total` is negative?",
        ),
        answer="Two bugs. The halves were exchanged, and `total` can be negative "
        "where the stride is longer than the kernel:\n\n"
        "```python\n"
        "def zeros_of_same(n, k, s):\n"
        "    o = -(-n // s)\n"
        "    total = max((o - 1) * s + k - n, 0)\n"
        "    return total // 2, total - total // 2\n"
        "\n"
        "\n"
        "q.check(zeros_of_same)\n"
        "```\n\n"
        "No square picture with a 3 x 3 kernel and stride 1 could have shown either.",
    ),
    Exercise(
        number="3.9",
        title="Say what each output reads",
        kind=Function(
            reads,
            [
                (
                    lambda n, k, s, d, p: reads(n + 2 * p, k, s, d, 0),
                    "You number the padded picture: pixel 0 is the first real pixel, "
                    "and padding is not listed.",
                ),
                (
                    lambda n, k, s, d, p: (
                        reads(n, k, s, d, 0) if span(k, d) <= n else []
                    ),
                    "The padding is left out: it lets windows begin before pixel 0.",
                ),
                (
                    lambda n, k, s, d, p: [
                        [s * o + d * t - p for t in range(k)]
                        for o in range(out_size(n, k, s, d, p))
                    ],
                    "Places that lie on padding are listed, too; leave out what is "
                    "below 0, or n and more.",
                ),
                (
                    lambda n, k, s, d, p: reads(n, k, 1, d, p),
                    "The stride is left out: the next window begins s pixels further.",
                ),
                (
                    lambda n, k, s, d, p: reads(n, k, s, 1, p),
                    "The dilation is left out: the taps are d pixels apart.",
                ),
                (
                    lambda n, k, s, d, p: [
                        [i + 1 for i in row] for row in reads(n, k, s, d, p)
                    ],
                    "You count from 1; pixels count from 0, as indices do.",
                ),
                (
                    lambda n, k, s, d, p: reads(n, k, s, d, p)[:-1],
                    "The last output is missing: add 1 after the division.",
                ),
                (
                    lambda n, k, s, d, p: [*reads(n, k, s, d, p), []],
                    "There is one output too many: the last window must end inside "
                    "the padded picture.",
                ),
            ],
            small_sizes(),
            read_result=reading.rows,
        ),
        why="You can say, for any size, kernel, stride, dilation and padding, how "
        "many outputs there are and what each reads. That is this chapter.",
        hints=(
            "How many outputs are there? Where does output i begin, if p zeros stand "
            "before the picture?",
            "Tap t of output i stands at `s * i + d * t - p`. Which of these places "
            "are pixels, and which padding?",
        ),
        answer="The number of outputs, the places of the taps, and which of them are "
        "pixels:\n\n"
        "```python\n"
        "def reads(n, k, s, d, p):\n"
        "    o = (n + 2 * p - d * (k - 1) - 1) // s + 1\n"
        "    places = [[s * i + d * t - p for t in range(k)] for i in range(o)]\n"
        "    return [[x for x in row if 0 <= x < n] for row in places]\n"
        "\n"
        "\n"
        "q.check(reads)\n"
        "```\n",
    ),
    Exercise(
        number="3.10",
        title="Explain",
        kind=Thought(
            "Look at the layers with a stride: with an odd kernel and an even size "
            "the two frameworks put different numbers of zeros in front.",
        ),
        why="This is ours. Look at the layers with a stride. 192 is even, so with an "
        'odd kernel "same" needs an odd number of zeros and puts the larger half '
        "behind, where PyTorch puts as many on either side: every such layer samples "
        "pixels that lie beside those it was trained for. 193 is odd, the zeros are "
        "the same on both sides, and both agree. The cure is to pad by hand and use "
        '"valid".',
        supply={"even": 192, "odd": 193},
        hints=(
            "Equal shapes do not mean equal pictures. Which layers can differ "
            "although their sizes agree?",
            'Compute the zeros before and after under "same", with an odd kernel and '
            "stride 2, for both sizes.",
        ),
        answer="There is no single right text; the cell passes with any sentence. "
        "Ours:\n\n"
        "```python\n"
        "from lab import shapes\n\n"
        "assert shapes.same_pad(192, 3, 2) == (0, 1)\n"
        "assert shapes.same_pad(193, 3, 2) == (1, 1)\n"
        "answer = (\n"
        '    "With an even size the strided layers sample other pixels, because "\n'
        '    "same puts fewer zeros in front than PyTorch; with an odd size both "\n'
        '    "put as many in front as behind."\n'
        ")\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="3.11",
        title="See through a stack",
        kind=Function(
            seen,
            [
                (
                    lambda layers: list(range(seen(layers)[-1] + 1)),
                    "This is the whole receptive field; with a dilation or a stride "
                    "there can be gaps in it, which no weight reads.",
                ),
                (
                    lambda layers: _steps_apart(layers, lambda s, i: 1),
                    "A step in an upper layer is as long as all strides below it, "
                    "multiplied.",
                ),
                (
                    lambda layers: _steps_apart(
                        layers, lambda s, i: int(np.prod(s[: i + 1]))
                    ),
                    "A layer's own stride spaces its outputs, not its taps: only the "
                    "strides below it count.",
                ),
                (
                    lambda layers: seen(layers[::-1]),
                    "You begin at the top; the first layer of the list is the one on "
                    "the input.",
                ),
                (
                    lambda layers: seen([(k, s, 1) for k, s, _ in layers]),
                    "The dilation is left out: a layer's taps are d of its steps "
                    "apart.",
                ),
                (
                    lambda layers: _steps_apart(
                        layers, lambda s, i: max(sum(s[:i]), 1)
                    ),
                    "The strides below are added; they multiply.",
                ),
                (
                    lambda layers: [i + 1 for i in seen(layers)],
                    "The first pixel is called 0, and yours is 1.",
                ),
            ],
            stacks(),
            read_result=reading.row,
        ),
        why="Each layer adds its taps to every pixel found so far, at the step of the "
        "layers below. What your list leaves out, no weight reads.",
        supply=(3, 1, 2),
        hints=(
            "Begin with one output that sees one pixel, `{0}`, and add the layers "
            "from the input up. What does a kernel of k taps do to such a set?",
            "Keep two things: the set of pixels, and how many pixels one step is "
            "worth. After each layer the step is multiplied. In which order must the "
            "two be renewed?",
        ),
        answer="Keep the pixels and the length of a step, and add layer by layer:\n\n"
        "```python\n"
        "def seen(layers):\n"
        "    pixels, step = {0}, 1\n"
        "    for k, s, d in layers:\n"
        "        pixels = {x + step * d * t for x in pixels for t in range(k)}\n"
        "        step *= s\n"
        "    return sorted(pixels)\n"
        "\n"
        "\n"
        "q.check(seen)\n"
        "```\n\n"
        "Three layers of three taps and dilation 2 see 7 of 13 pixels: "
        "`seen([(3, 1, 2)] * 3)`. With dilations 1, 2, 4 they see 15 of 15.",
    ),
]
