"""The exercises of chapter 1, Flatten and rearrange."""

from itertools import permutations, product

import numpy as np
from einops import rearrange, reduce

from lab.exercises import reading
from lab.exercises.engine import Exercise, Unreadable
from lab.exercises.kinds import Array, Found, Function, Number, Parts, Pattern, Shape

# 3. Undo

PICTURE = np.arange(24).reshape(3, 4, 2)
STRIP = rearrange(PICTURE, "h w c -> (w h) c")


def undone(pattern, h):
    """Return the strip, taken for another order or another height."""
    return rearrange(STRIP, pattern, h=h)


# 5. Refute


def right_and_wrong(signal):
    """Return what the right and the wrong pattern of max pooling make of a signal."""
    return [
        reduce(signal, how, "max", w2=2).tolist()
        for how in ("(w w2) -> w", "(w2 w) -> w")
    ]


def read_signals(answer):
    """Return the two signals that exercise 5 asks for."""
    parts = Parts({"refutes": Array(0, []), "silent": Array(0, [])})
    signals = parts.read(answer)
    for name, signal in signals.items():
        signals[name] = reading.array(signal, f"The signal {name!r}")
        if signals[name].shape != (4,):
            raise Unreadable(
                f"The signal {name!r} has the shape {signals[name].shape}; each has "
                "one row of four numbers."
            )
    return signals


def refuting(signals):
    """Return what is wrong with the two signals, or None."""
    maxima = {name: right_and_wrong(signal) for name, signal in signals.items()}
    tells = {name: right != wrong for name, (right, wrong) in maxima.items()}
    silent = maxima["silent"]
    if not tells["refutes"] and tells["silent"]:
        return "You exchanged them: `silent` tells the patterns apart, `refutes` not."
    if not tells["refutes"]:
        same = reading.shown(maxima["refutes"][0])
        return (
            f"On `refutes` both patterns give {same}: put the two largest numbers "
            "where only one of the patterns has them in one window."
        )
    if len(set(signals["silent"].tolist())) == 1:
        return "`silent` is constant; without equal numbers it is harder, and possible."
    if len(set(signals["silent"].tolist())) < 4:
        return "`silent` has two equal numbers, and there must be none."
    if tells["silent"] and sorted(silent[0]) == sorted(silent[1]):
        return "On `silent` the maxima are the same, but stand in different order."
    if tells["silent"]:
        return (
            f"`silent` tells the patterns apart: the right one gives "
            f"{reading.shown(silent[0])}, the wrong one {reading.shown(silent[1])}."
        )
    return None


# 6. Find the bug

# fmt: off


def _bug(x):
    b, h, w, c = x.shape
    return x.reshape(h, b * w, c)

# fmt: on


def pictures():
    """Return small batches of pictures, from few numbers to more."""
    shapes = sorted(product(range(1, 4), repeat=4), key=lambda shape: np.prod(shape))
    return [(np.arange(np.prod(shape)).reshape(shape),) for shape in shapes]


def _side_by_side(x):
    return rearrange(x, "b h w c -> h (b w) c")


# 7. Where does it come from?


def place(position, H, W, C):
    """Return the row, column and channel that `Flatten` put at an address."""
    return position // (W * C), position // C % W, position % C


def addresses():
    """Return all addresses in small pictures, from few numbers to more."""
    sizes = sorted(product(range(1, 4), repeat=3), key=np.prod)
    return [(i, *size) for size in sizes for i in range(np.prod(size))]


# 8. A rearrange of your own


def _groups(side):
    """Return the axes of each group of one side of a pattern."""
    for word in "()":
        side = side.replace(word, f" {word} ")
    groups, inside = [], False
    for word in side.split():
        if word in "()":
            inside = word == "("
            groups += [[]] * inside
        elif inside:
            groups[-1] = [*groups[-1], word]
        else:
            groups.append([word])
    return groups


def _my_rearrange(x, pattern, order=None, joined=None):
    left, right = pattern.split("->")
    left, groups = left.split(), _groups(right)
    sizes = dict(zip(left, x.shape))
    flat = [name for group in groups for name in group]
    moved = x.transpose((order or (lambda a, b: [a.index(n) for n in b]))(left, flat))
    groups = (joined or (lambda groups: groups))(groups)
    return moved.reshape([int(np.prod([sizes[n] for n in g])) for g in groups])


def patterns():
    """Return arrays and patterns, from few axes to more."""
    found = []
    for names in ("a b", "a b c", "a b c d"):
        names = names.split()
        x = np.arange(np.prod(range(2, 2 + len(names)))).reshape(
            range(2, 2 + len(names))
        )
        for order in permutations(names):
            for first in range(len(names)):
                for last in range(first + 2, len(names) + 1):
                    axes = list(order)
                    axes[first:last] = [f"({' '.join(axes[first:last])})"]
                    found.append((x, f"{' '.join(names)} -> {' '.join(axes)}"))
            found.append((x, f"{' '.join(names)} -> {' '.join(order)}"))
    # Without brackets first, and of four axes not all.
    found = [case for case in found if case[0].ndim < 4][::-1] + found[-60::7]
    return sorted(found, key=lambda case: (case[0].size, "(" in case[1], case[1]))


EXERCISES = [
    Exercise(
        number="1.1",
        title="Predict",
        kind=Shape(
            (8, 30),
            {
                (240,): "`Flatten` keeps the batch: each of the 8 pictures has a row "
                "of its own.",
                (1, 240): "The pictures are not joined to one; each of the 8 has a row "
                "of its own.",
                (30, 8): "The sizes are right, but the batch stays first.",
                (8, 10): "That is the number of pixels; each has 3 channels, and they "
                "are flattened, too.",
                (8, 10, 3): "This would keep the channels, as `b (h w) c`. `Flatten` "
                "joins them as well.",
                (8, 2, 15): "Only width and channel are joined here; the rows are "
                "joined, too.",
                (8, 3, 10): "Channels first, and kept; `Flatten` joins all axes but "
                "the batch.",
                (16, 15): "Here each row is taken for a picture; the batch is 8.",
                (8, 2, 5, 3): "That is the batch as it was; three of its axes become "
                "one.",
            },
        ),
        why="The batch stays, and the other axes become one: every picture has "
        "2 x 5 x 3 numbers.",
        hints=(
            "Which of the four axes does `Flatten` leave alone?",
            "All axes but the first become one. Its size is how many numbers a single "
            "picture holds: multiply.",
        ),
        answer="The batch stays, and each picture becomes one row:\n\n"
        "```python\n"
        "shape = (8, 2 * 5 * 3)\n"
        "q.check(shape)\n"
        "```\n",
    ),
    Exercise(
        number="1.2",
        title="Translate",
        kind=Pattern(
            "b h w c -> b (c h w)",
            {
                "b h w c -> b (h w c)": "This is what Keras' `Flatten` does: the "
                "channel runs fastest. In PyTorch's order it runs slowest.",
                "b h w c -> b (w h c)": "You read down the columns, and the channel "
                "still runs fastest: nothing of this is PyTorch's order.",
                "b h w c -> b (c w h)": "The channel is slowest, as it should be, but "
                "within a channel you read down the columns.",
                "b h w c -> b c h w": "The axes are in PyTorch's order, but not yet "
                "joined: brackets make one axis of them.",
                "b h w c -> (b c h w)": "Every picture must keep its own row, and you "
                "joined the batch with the rest.",
                "b h w c -> b (h c w)": "Within a row your channels come before the "
                "columns, but the rows still stand outside the channels.",
                "b h w c -> (c h w) b": "The order within the brackets is right, but "
                "the batch belongs before them.",
            },
            shape=(2, 3, 4, 5),
            axes="b flat",
        ),
        why="Your axes stand on the left, PyTorch's order on the right: the channel "
        "is slowest, the column fastest. No transposition is needed before it.",
        hints=(
            "PyTorch reads its tensor as it lies, the last axis fastest. Which axis "
            "of `b c h w` is slowest within a picture, and which fastest?",
            "On the left stand your axes, as they are. On the right stands the batch, "
            "and then one pair of brackets, with three axes in PyTorch's order.",
        ),
        answer="On the left stand your axes, on the right PyTorch's order.\n\n"
        "```python\n"
        'pattern = "b h w c -> b (c h w)"\n'
        "q.check(pattern)\n"
        "```\n\n"
        "No transposition is needed before it: the pattern does both at once.",
    ),
    Exercise(
        number="1.3",
        title="Undo",
        supply=STRIP,
        kind=Array(
            PICTURE,
            [
                (
                    undone("(h w) c -> h w c", 3),
                    "You took the strip for `(h w) c`: it fills the rows, but it was "
                    "read down the columns.",
                ),
                (
                    undone("(w h) c -> h w c", 4),
                    "You exchanged the sizes: the picture is 3 high and 4 wide.",
                ),
                (
                    undone("(w h) c -> w h c", 3),
                    "The picture lies on its side: every number has its row and its "
                    "column, but the width comes first.",
                ),
                (
                    undone("(w h) c -> c h w", 3),
                    "Rows and columns are right; the channels should stay last.",
                ),
                (
                    undone("(w h) c -> h w c", 3)[::-1],
                    "The picture is upside down.",
                ),
                (STRIP, "That is the strip still: split its first axis in two."),
            ],
            axes="h w c",
        ),
        why="In `(w h)` the height runs fastest, so the strip fills column after "
        "column, and one size is enough to say where a column ends.",
        hints=(
            "Write the pattern that made the strip, and exchange its two sides.",
            "A strip does not know where a column ends: tell `rearrange` one of the "
            "two sizes, as in `h=...`.",
        ),
        answer="The pattern that made the strip, from right to left, and one size:\n\n"
        "```python\n"
        'picture = rearrange(strip, "(w h) c -> h w c", h=3)\n'
        "q.check(picture)\n"
        "```\n\n"
        "Taken for `(h w) c`, the strip fills the rows. In a picture of three "
        "coloured rows the colours then run as diagonals.",
    ),
    Exercise(
        number="1.4",
        title="Locate",
        kind=Number(
            40,
            {
                33: "This is the address in `(c h w)`, PyTorch's order; `Flatten` lets "
                "the channel run fastest.",
                43: "This is the address in `(w h c)`, down the columns: a step down "
                "skips a whole row of 5 pixels.",
                34: "A row holds 5 pixels; you multiplied by the height, 4.",
                13: "That is the number of the pixel; each pixel before it holds 3 "
                "numbers.",
                39: "There the pixel begins, with its channel 0.",
                41: "You count from 1 somewhere; the first address is 0.",
                59: "Rows, columns and channels count from 0, as indices do: this is "
                "the next row, the next column and the next channel.",
            },
        ),
        why="(2 * 5 + 3) * 3 + 1: two whole rows and three pixels come before, each "
        "pixel has three numbers, and then one channel.",
        hints=(
            "How many whole pixels come before this one: in the rows above it, and in "
            "its own row?",
            "Put the numbers into the formula of the address, in the section "
            '"The address of a number". Which of the picture\'s three sizes does it '
            "not need?",
        ),
        answer="The formula of the address, with numbers put in; it needs the width "
        "and the number of channels, and not the height:\n\n"
        "```python\n"
        "address = (2 * 5 + 3) * 3 + 1\n"
        "q.check(address)\n"
        "```\n\n"
        "`Flatten` says the same, if you number the picture: "
        "`np.arange(60).reshape(4, 5, 3)[2, 3, 1]`.",
    ),
    Exercise(
        number="1.5",
        title="Refute",
        kind=Found(
            {"refutes": [0, 1, 2, 3], "silent": [2, 0, 1, 3]},
            [
                {"refutes": [2, 0, 1, 3], "silent": [0, 1, 2, 3]},
                {"refutes": [1, 1, 1, 1], "silent": [2, 0, 1, 3]},
                {"refutes": [0, 1, 2, 3], "silent": [1, 1, 1, 1]},
                {"refutes": [0, 1, 2, 3], "silent": [0, 0, 1, 2]},
                {"refutes": [0, 1, 2, 3], "silent": [3, 2, 1, 0]},
                {"refutes": [0, 1, 2, 3], "silent": [0, 2, 1, 3]},
                {"refutes": [0, 1], "silent": [2, 0, 1, 3]},
                {"refutes": [0, 1, 2, 3], "silent": [2, 0, 1, 3, 4, 5]},
            ],
            read_signals,
            refuting,
        ),
        why="An input whose numbers all differ is not yet a test: of the 24 orders of "
        "four numbers, 4 do not tell the two patterns apart.",
        hints=(
            "Which pixels share a window in `(w w2)`, and which in `(w2 w)`? Write "
            "the four places down and draw the windows.",
            "The largest of each window decides. For `silent`, place the two largest "
            "numbers so that neither pattern has them in one window, and in the same "
            "order.",
        ),
        answer="`(w w2)` pairs neighbours, `(w2 w)` pairs each number with the next "
        "but one.\n\n"
        "```python\n"
        "signals = {\n"
        '    "refutes": [0, 1, 2, 3],\n'
        '    "silent": [2, 0, 1, 3],\n'
        "}\n"
        "q.check(signals)\n"
        "```\n\n"
        "On the first the right pattern gives 1 and 3, the wrong one 2 and 3. On the "
        "second both give 2 and 3. So an input whose numbers all differ is not yet a "
        "test. No shorter one refutes: with two numbers there is one window.",
    ),
    Exercise(
        number="1.6",
        title="Find the bug",
        kind=Function(
            _side_by_side,
            [
                (
                    lambda x: np.reshape(x, (x.shape[1], -1, x.shape[3])),
                    "The shape is right, but `reshape` moves no number: the batch has "
                    "to change places with the height.",
                ),
                (
                    lambda x: rearrange(x, "b h w c -> h (w b) c"),
                    "You weave the pictures: the columns of all of them take turns. "
                    "Within the bracket the width should run fastest.",
                ),
                (
                    lambda x: rearrange(x, "b h w c -> (b h) w c"),
                    "The pictures stand one below the other: the batch should become "
                    "part of the width.",
                ),
                (
                    lambda x: rearrange(x[::-1], "b h w c -> h (b w) c"),
                    "The pictures stand side by side, but the first is on the right.",
                ),
                (
                    lambda x: rearrange(x, "b h w c -> w (b h) c"),
                    "Each picture lies on its side: height and width changed places.",
                ),
                (
                    lambda x: rearrange(x, "b h w c -> h b w c"),
                    "The axes are in the right order; the batch and the width are "
                    "still to be joined.",
                ),
                (
                    lambda x: rearrange(x, "b h w c -> h (b w c)"),
                    "The channels are joined with the rest: leave `c` outside.",
                ),
                (lambda x: x, "The batch comes back as it went."),
            ],
            pictures(),
            start=_bug,
        ),
        why="The batch changes places with the height, and the numbers with it. "
        "`reshape` only cuts the same row of numbers into other pieces.",
        hints=(
            "Call it on `np.arange(4).reshape(2, 2, 1, 1)`, two pictures of two rows "
            "with one number each. Which numbers should the first row hold?",
            "`reshape` keeps the numbers in the order in which they lie. You need "
            "something that names the axes: which two become one, and which of them "
            "runs fastest?",
        ),
        answer="The shape is right, and so nothing is raised, but `reshape` moves no "
        "number. A pattern does:\n\n"
        "```python\n"
        "def side_by_side(x):\n"
        '    return rearrange(x, "b h w c -> h (b w) c")\n'
        "\n"
        "\n"
        "q.check(side_by_side)\n"
        "```\n\n"
        "With NumPy alone: `x.swapaxes(0, 1).reshape(h, b * w, c)`. First the axes "
        "move, and then two of them are joined.",
    ),
    Exercise(
        number="1.7",
        title="Say where it comes from",
        kind=Function(
            place,
            [
                (
                    lambda i, H, W, C: (i // W % H, i % W, i // (H * W)),
                    "This is right for `(c h w)`, where the channel is slowest; in "
                    "`Flatten` it is fastest.",
                ),
                (
                    lambda i, H, W, C: (i // C % H, i // (H * C), i % C),
                    "This is right for `(w h c)`, down the columns.",
                ),
                (
                    lambda i, H, W, C: (i // (H * C), i // C % W, i % C),
                    "A row holds W pixels; you divide by the height.",
                ),
                (
                    lambda i, H, W, C: place(i, H, W, C)[::-1],
                    "The three numbers are right, but in the order c, w, h.",
                ),
                (
                    lambda i, H, W, C: tuple(n + 1 for n in place(i, H, W, C)),
                    "You count from 1; indices begin with 0.",
                ),
                (
                    lambda i, H, W, C: (i / (W * C), i / C % W, i % C),
                    "Rows and columns are whole numbers: divide with `//`, which "
                    "rounds down.",
                ),
                (
                    lambda i, H, W, C: (i // (W * C), i // C, i % C),
                    "The column does not start again with each row: take the "
                    "remainder of W.",
                ),
            ],
            addresses(),
        ),
        why="With it you can say of every address where it came from, and that is all "
        "it takes to undo `Flatten`.",
        hints=(
            "How many numbers does one row of the picture fill? How often they fit "
            "into the address is the row.",
            "`//` tells how often, `%` what remains. Begin with the fastest axis: "
            "what remains after dividing by C?",
        ),
        answer="The fastest axis is the remainder; what is left is divided again:\n\n"
        "```python\n"
        "def place(position, H, W, C):\n"
        "    pixel, c = divmod(position, C)\n"
        "    h, w = divmod(pixel, W)\n"
        "    return h, w, c\n"
        "\n"
        "\n"
        "q.check(place)\n"
        "```\n\n"
        "H is not needed: the height only says where the addresses end.",
    ),
    Exercise(
        number="1.8",
        title="Write your own rearrange",
        kind=Function(
            _my_rearrange,
            [
                (
                    lambda x, p: _my_rearrange(x, p, order=lambda a, b: range(len(a))),
                    "The shapes come out right, but no axis moves: `reshape` alone is "
                    "not enough.",
                ),
                (
                    lambda x, p: _my_rearrange(
                        x, p, joined=lambda groups: [[n] for g in groups for n in g]
                    ),
                    "The axes move as they should; the brackets do not join yet.",
                ),
                (
                    lambda x, p: _my_rearrange(
                        x, p, order=lambda a, b: [b.index(n) for n in a]
                    ),
                    "You move each axis the opposite way: `transpose` wants to know, "
                    "for each axis on the right, its place on the left.",
                ),
                (
                    lambda x, p: _my_rearrange(
                        x, p, joined=lambda groups: [[n for g in groups for n in g]]
                    ),
                    "Everything becomes one axis; only what stands in brackets should.",
                ),
                (
                    lambda x, p: (
                        _my_rearrange(x, p.replace("(", "").replace(")", "")).T
                    ),
                    "The axes come out in the reversed order.",
                ),
                (lambda x, p: x, "The array comes back as it was."),
            ],
            patterns(),
        ),
        why="It moves the axes first and joins them then, as einops does. You have "
        "written the core of a library.",
        hints=(
            "Two steps of NumPy do it all: `transpose` brings the axes into the order "
            "of the right side, and `reshape` joins the groups.",
            "To read the right side, put blanks around the brackets, `split` it, and "
            "collect a list of groups: an axis without brackets is a group of one. "
            "The sizes stand in `dict(zip(left.split(), x.shape))`.",
        ),
        answer="First move, then join:\n\n"
        "```python\n"
        "def my_rearrange(x, pattern):\n"
        '    left, right = pattern.split("->")\n'
        "    left, groups, inside = left.split(), [], False\n"
        '    for word in right.replace("(", " ( ").replace(")", " ) ").split():\n'
        '        if word == "(":\n'
        "            groups.append([])\n"
        "            inside = True\n"
        '        elif word == ")":\n'
        "            inside = False\n"
        "        elif inside:\n"
        "            groups[-1].append(word)\n"
        "        else:\n"
        "            groups.append([word])\n"
        "    order = [left.index(name) for group in groups for name in group]\n"
        "    size = dict(zip(left, x.shape))\n"
        "    joined = [np.prod([size[n] for n in group]) for group in groups]\n"
        "    return x.transpose(order).reshape(joined)\n"
        "\n"
        "\n"
        "q.check(my_rearrange)\n"
        "```\n\n"
        "einops does more: it splits axes, reads `1` and `...`, and says what is wrong "
        "with a pattern.",
    ),
]
