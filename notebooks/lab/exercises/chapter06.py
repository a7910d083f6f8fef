"""The exercises of chapter 6, Patterns inside models."""

from itertools import product

import numpy as np
from einops import rearrange

from lab.byhand import conv2d
from lab.exercises.engine import Exercise
from lab.exercises.kinds import Choice, Function, Number, Parts, Shape

# 2 and 3: what the questions say

POOLED = {"batch": 4, "h": 12, "w": 10, "channels": 5, "dense": 7}
VISION = {"size": 32, "patch": 4, "numbers": 40}

# 4. Join


def weave(thin, d):
    """Return signals, of thinned ones that lie along the batch."""
    return _weave(thin, d, "(d b) t c -> b (t d) c")


def _weave(thin, d, pattern):
    return rearrange(thin, pattern, d=d)


def thinned():
    """Return thinned signals and how many make one, from few numbers to more."""
    sizes = product((1, 2, 3), (1, 2, 3), (1, 2, 3), (1, 2))
    return [
        (np.arange(d * b * t * c).reshape(d * b, t, c), d)
        for d, b, t, c in sorted(sizes, key=np.prod)
    ]


# 5. Share


def shares(window):
    """Return the gradient of a window's maximum, as a pattern has it, in twelfths."""
    at_maximum = np.equal(window, max(window))
    return 12 * at_maximum / at_maximum.sum()


def _all_to(window, place):
    (found,) = np.nonzero(np.equal(window, max(window)))
    return 12 * np.eye(len(window))[found[place]]


def windows():
    """Return windows of small numbers, from short to long."""
    return [(list(some),) for n in range(1, 5) for some in product(range(3), repeat=n)]


# 6. Find the bug

# fmt: off


def _bug(weights, h, w):
    return rearrange(weights, "(h w c) f -> (c h w) f", h=h, w=w)

# fmt: on


def carry(weights, h, w):
    """Return a dense layer's weights, from (c h w) to (h w c)."""
    return rearrange(weights, "(c h w) f -> (h w c) f", h=h, w=w)


def dense_layers():
    """Return weights and the sizes of maps, from few rows to many."""
    cases = sorted(product((1, 2, 3, 4), (1, 2, 3), (1, 2, 3)), key=np.prod)
    return [
        (np.arange(h * w * c * 2.0).reshape(-1, 2), h, w)
        for c, h, w in cases
        if c * h * w > 1
    ]


# 7. Translate


def translate(kernel):
    """Return a kernel whose filters stand as TensorFlow's depth-to-space wants them."""
    return _filters(kernel, "i j c (f h w) -> i j c (h w f)")


def _filters(kernel, pattern):
    return rearrange(kernel, pattern, h=2, w=2)


def kernels():
    """Return kernels of 4, 8 or 12 filters, from few numbers to more."""
    sizes = sorted(product((1, 2, 3), (1, 2), (1, 2), (4, 8, 12)), key=np.prod)
    return [(np.arange(np.prod(size)).reshape(size),) for size in sizes]


# 9. Embed


def embed(x, weights, bias):
    """Return a vector for each patch of a picture."""
    return _embed(x, weights, bias, "(h i) (w j) c -> h w i j c")


def _embed(x, weights, bias, pattern):
    i, j, *_ = weights.shape
    patches = rearrange(x, pattern, i=i, j=j)
    return np.einsum("hwijc,ijcf->hwf", patches, weights) + bias


def pictures():
    """Return pictures, weights and biases, from few numbers to more."""
    rng = np.random.default_rng(6)
    sizes = product((1, 2, 3), (1, 2), (1, 2, 3), (1, 2), (1, 2), (1, 2))
    found = []
    for h, w, i, j, c, f in sizes:
        found.append(
            (
                rng.integers(1, 10, (h * i, w * j, c)),
                rng.integers(1, 4, (i, j, c, f)),
                rng.integers(1, 4, f),
            )
        )
    return sorted(found, key=lambda case: case[0].size * case[1].size)


# 10. Any length


def larger(rows):
    """Return the larger of each two neighbours, row by row."""
    return np.maximum(rows[:, 1:], rows[:, :-1])


def sums(rows):
    """Return the sum of each three neighbours, row by row."""
    return rows[:, 2:] + rows[:, 1:-1] + rows[:, :-2]


def twice(rows):
    """Return the double of each number."""
    return 2 * rows


def dilated(operation, x, d):
    """Return what an operation gives if its taps stand d apart."""
    return _dilated(operation, x, d, lambda n, lost: n - lost)


def _dilated(operation, x, d, kept, join="d t -> (t d)"):
    filled = list(x) + [0] * (-len(x) % d)
    thin = rearrange(np.array(filled), "(t d) -> d t", d=d)
    out = operation(thin)
    lost = d * (thin.shape[1] - out.shape[1])
    return rearrange(out, join)[: kept(len(x), lost)]


def signals():
    """Return operations, signals and dilations, from short to long."""
    found = []
    for taps, operation in ((1, twice), (2, larger), (3, sums)):
        for n, d in product(range(2, 12), range(1, 5)):
            if n > d * (taps - 1):
                signal = [int(number) for number in 1 + np.arange(n) * 5 % 12]
                found.append((operation, signal, d))
    return sorted(found, key=lambda case: len(case[1]) + 3 * case[2])


EXERCISES = [
    Exercise(
        number="6.1",
        title="Choose",
        kind=Parts(
            {
                "a NumPy array": Choice(
                    "B",
                    {
                        "F": "layers take arrays, too, and make tensors of them.",
                        "L": "arrays are what chapter 2 gave to the function.",
                    },
                ),
                "a TensorFlow tensor": Choice(
                    "B",
                    {
                        "F": "tensors are what a layer is called with in the end.",
                        "L": "the function sees the type and takes TensorFlow's "
                        "operations.",
                    },
                ),
                "an Input": Choice(
                    "L",
                    {
                        "F": "a symbolic tensor is what the function refused.",
                        "B": "the layer takes it, but look at the function's error.",
                    },
                ),
                "in a call": Choice(
                    "B",
                    {
                        "F": "a layer may call other layers.",
                        "L": "there Keras hands over TensorFlow's tensors, as "
                        "`Enlarge` shows.",
                    },
                ),
                "in a Sequential": Choice(
                    "L",
                    {
                        "F": "a function needs its tensor at once; this list is "
                        "written before there is any.",
                        "B": "what the function returns is a tensor, and the list "
                        "holds layers.",
                    },
                ),
            },
            [
                (
                    dict.fromkeys(
                        (
                            "a NumPy array",
                            "a TensorFlow tensor",
                            "an Input",
                            "in a call",
                            "in a Sequential",
                        ),
                        "B",
                    ),
                    "Not everywhere: while a model is being built there are tensors "
                    "without numbers.",
                )
            ],
        ),
        why="The function needs a tensor that it knows, now; the layer can wait.",
        hints=(
            "Ask each time: is there a tensor with numbers, or one that einops knows?",
            "Try it in a cell of your own. In a `Sequential` a list of layers is "
            "written, and nothing is computed yet.",
        ),
        answer="The layer goes everywhere, the function where a tensor is that it "
        "knows:\n\n"
        "```python\n"
        "answer = {\n"
        '    "a NumPy array": "B",\n'
        '    "a TensorFlow tensor": "B",\n'
        '    "an Input": "L",\n'
        '    "in a call": "B",\n'
        '    "in a Sequential": "L",\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="6.2",
        title="Predict",
        kind=Parts(
            {
                "shape": Shape(
                    (4, 100),
                    {
                        (4, 4, 5, 5): "the bracket on the right joins the three.",
                        (4, 600): "the 3 and the 2 are missing on the right, so they "
                        "are reduced.",
                        (100,): "the batch has its letter on the right, too.",
                        (4, 5, 20): "c stands in the bracket.",
                        (400,): "b stands outside the bracket.",
                        (4, 200): "both sizes are divided, one by 3 and one by 2.",
                    },
                ),
                "parameters": Number(
                    707,
                    {
                        700: "each of the 7 outputs has a bias, too.",
                        4_207: "those would be the weights for all numbers before "
                        "the pooling.",
                        107: "each output weighs each number: multiply.",
                        2_807: "all pictures of the batch share the weights.",
                        42: "a dense layer reads all that lies along the last axis, "
                        "and that is not the channels alone.",
                        800: "each output has one bias, and not one for each number.",
                    },
                ),
            },
        ),
        why="4 rows, 5 columns and 5 channels are 100 numbers, and each of 7 outputs "
        "weighs them all and adds a bias.",
        hints=(
            "Which letters stand on the left and not on the right? Divide by these.",
            "Each output of a dense layer has a weight for each number that comes in, "
            "and one bias.",
        ),
        answer="Divide, multiply, and add the biases:\n\n"
        "```python\n"
        "numbers = (12 // 3) * (10 // 2) * 5\n"
        'answer = {"shape": (4, numbers), "parameters": (numbers + 1) * 7}\n'
        "q.check(answer)\n"
        "```\n",
        supply=POOLED,
    ),
    Exercise(
        number="6.3",
        title="Count",
        kind=Parts(
            {
                "rows": Number(
                    65,
                    {
                        64: "the packed vector is a row, too.",
                        8: "so many patches lie side by side; as many lie one above "
                        "the other.",
                        1_025: "the rows are patches, not pixels.",
                        9: "the patches fill the picture along two axes.",
                        193: "a patch gives one row for all its channels.",
                    },
                ),
                "parameters": Number(
                    1_960,
                    {
                        1_920: "each of the numbers has a bias.",
                        680: "the three channels have weights of their own.",
                        1_921: "the bias is no single number: each output has one.",
                        122_920: "all patches share the weights: h and w are not "
                        "among their letters.",
                        520: "a patch has as many rows as columns; count both.",
                    },
                ),
            },
            [
                (
                    {"rows": 1_960, "parameters": 65},
                    "You exchanged them: rows are few, parameters many.",
                )
            ],
        ),
        why="8 × 8 patches and one vector; 4 × 4 × 3 weights for each of 40 numbers, "
        "and 40 biases. ViT-B/16, a vision transformer, has 224, 16 and 768 there.",
        hints=(
            "How many patches lie side by side, and how many one above the other?",
            "The weights have the axes `i j c f`; multiply their sizes. The bias has "
            "the axis `f` alone.",
        ),
        answer="Patches and one more; weights and biases:\n\n"
        "```python\n"
        "patches = (32 // 4) ** 2\n"
        "weights = 4 * 4 * 3 * 40\n"
        'answer = {"rows": patches + 1, "parameters": weights + 40}\n'
        "q.check(answer)\n"
        "```\n",
        supply=VISION,
    ),
    Exercise(
        number="6.4",
        title="Join",
        kind=Function(
            weave,
            [
                (
                    lambda thin, d: _weave(thin, d, "(d b) t c -> b (d t) c"),
                    "The thinned signals stand one after the other; they must "
                    "alternate.",
                ),
                (
                    lambda thin, d: _weave(thin, d, "(b d) t c -> b (t d) c"),
                    "In the first axis it is b that runs fastest: read the split from "
                    "right to left.",
                ),
                (
                    lambda thin, d: _weave(thin, d, "(b d) t c -> b (d t) c"),
                    "Both brackets are turned round.",
                ),
                (
                    lambda thin, d: _weave(thin, d, "(d b) t c -> b t (d c)"),
                    "The thinned signals lie in the channels now; they belong into "
                    "the time.",
                ),
                (
                    lambda thin, d: _weave(thin, d, "(d b) t c -> (b t) d c"),
                    "Time and the places within it belong into one bracket.",
                ),
                (
                    lambda thin, d: _weave(thin, d, "(d b) t c -> d b t c"),
                    "That takes apart and does not join.",
                ),
            ],
            thinned(),
        ),
        why="It is the split, read from right to left.",
        hints=(
            "What stands on the right of the split must stand on the left of yours.",
            "In a bracket the last letter runs fastest. Which numbers were neighbours "
            "in the whole signal?",
        ),
        answer="The split from right to left:\n\n"
        "```python\n"
        "def weave(thin, d):\n"
        '    return rearrange(thin, "(d b) t c -> b (t d) c", d=d)\n'
        "\n"
        "\n"
        "q.check(weave)\n"
        "```\n",
    ),
    Exercise(
        number="6.5",
        title="Share",
        kind=Function(
            shares,
            [
                (
                    lambda window: _all_to(window, 0),
                    "That is what the layer does: all to the first of them.",
                ),
                (
                    lambda window: _all_to(window, -1),
                    "All to the last of them: the pattern shares.",
                ),
                (
                    lambda window: 12 * np.equal(window, max(window)),
                    "The places are right; all shares together are twelve twelfths.",
                ),
                (
                    lambda window: np.full(len(window), 12 / len(window)),
                    "That is the gradient of the mean.",
                ),
                (
                    lambda window: _all_to(window, 0) * max(window),
                    "You multiplied by the maximum; a gradient says how it changes, "
                    "and not how large it is.",
                ),
                (
                    lambda window: (
                        shares(window) * (np.equal(window, max(window)).sum() == 1)
                    ),
                    "Ties get nothing from yours; they share.",
                ),
                (
                    lambda window: shares([-number for number in window]),
                    "That is the gradient of the minimum, but for its sign.",
                ),
            ],
            windows(),
        ),
        why="As many equal shares as there are equal maxima.",
        hints=(
            "Which places hold the largest number? How many are they?",
            "`np.equal(window, number)` is true where they are equal, and true counts "
            "as one.",
        ),
        answer="Mark the largest, and divide by their number:\n\n"
        "```python\n"
        "def shares(window):\n"
        "    largest = np.equal(window, max(window))\n"
        "    return 12 * largest / largest.sum()\n"
        "\n"
        "\n"
        "q.check(shares)\n"
        "```\n",
    ),
    Exercise(
        number="6.6",
        title="Find the bug",
        kind=Function(
            carry,
            [
                (
                    lambda weights, h, w: rearrange(
                        weights, "(c h w) f -> (w h c) f", h=h, w=w
                    ),
                    "Height and width are exchanged on the right.",
                ),
                (
                    lambda weights, h, w: rearrange(
                        weights, "(c h w) f -> (h c w) f", h=h, w=w
                    ),
                    "On the right the channel has to run fastest.",
                ),
                (
                    lambda weights, h, w: rearrange(
                        weights, "(c w h) f -> (h w c) f", h=h, w=w
                    ),
                    "Height and width are exchanged on the left.",
                ),
                (
                    lambda weights, h, w: weights,
                    "Nothing has moved.",
                ),
                (
                    lambda weights, h, w: rearrange(
                        weights, "(c h w) f -> f (h w c)", h=h, w=w
                    ),
                    "The axes are exchanged, too: the outputs stay behind.",
                ),
                (
                    lambda weights, h, w: weights[::-1],
                    "That turns the order round, and does not exchange axes.",
                ),
            ],
            dense_layers(),
            start=_bug,
        ),
        why="The pattern goes the other way: its left says what the weights are, its "
        "right what you want. With a single channel nobody can see the bug.",
        hints=(
            "Say in words what lies on the left of the arrow: the weights as they come "
            "from PyTorch, or as Keras wants them?",
            "Which letter runs fastest in a network with channels first?",
        ),
        answer="Left is what comes, right is what goes:\n\n"
        "```python\n"
        "def carry(weights, h, w):\n"
        '    return rearrange(weights, "(c h w) f -> (h w c) f", h=h, w=w)\n'
        "\n"
        "\n"
        "q.check(carry)\n"
        "```\n",
    ),
    Exercise(
        number="6.7",
        title="Translate",
        kind=Function(
            translate,
            [
                (
                    lambda kernel: _filters(kernel, "i j c (h w f) -> i j c (f h w)"),
                    "That goes the other way, from TensorFlow to PyTorch.",
                ),
                (
                    lambda kernel: _filters(kernel, "i j c (f h w) -> i j c (w h f)"),
                    "Rows and columns of the block are exchanged.",
                ),
                (
                    lambda kernel: _filters(kernel, "i j c (f h w) -> i j c (f w h)"),
                    "The channel must run fastest.",
                ),
                (
                    lambda kernel: _filters(kernel, "i j c (f h w) -> i j c (h f w)"),
                    "The channel stands between the two places; it must be last.",
                ),
                (
                    lambda kernel: kernel,
                    "Nothing moves, and the colours mix.",
                ),
                (
                    lambda kernel: _filters(kernel, "i j c (f h w) -> j i c (h w f)"),
                    "The filters are in the right order, but each is transposed.",
                ),
            ],
            kernels(),
        ),
        why="The pictures need no change: the filters stand in the order in which "
        "depth-to-space wants their answers.",
        hints=(
            "Leave the first three axes alone, and take the last one apart.",
            "PyTorch has the channel first and the place in the block after it; "
            "chapter 2 says which order TensorFlow has.",
        ),
        answer="The filters change places:\n\n"
        "```python\n"
        "def translate(kernel):\n"
        '    order = "i j c (f h2 w2) -> i j c (h2 w2 f)"\n'
        "    return rearrange(kernel, order, h2=2, w2=2)\n"
        "\n"
        "\n"
        "q.check(translate)\n"
        "```\n\n"
        "A bias needs the same, without `i j c`. The folded cell tries it.",
    ),
    Exercise(
        number="6.8",
        title="Judge",
        kind=Parts(
            {
                "flatten": Choice(
                    "A",
                    {
                        "B": "nothing is computed, only moved; a gradient moves back "
                        "the same way.",
                        "C": "`(h w c)` is the order of Keras' `Flatten`.",
                    },
                ),
                "flatten first": Choice(
                    "C",
                    {
                        "A": "the numbers are the same, but their order is PyTorch's.",
                        "B": "look at the order in the bracket: already the outputs "
                        "differ.",
                    },
                ),
                "max": Choice(
                    "B",
                    {
                        "A": "think of a window with a tie.",
                        "C": "on these sizes the maxima are the same.",
                    },
                ),
                "mean": Choice(
                    "A",
                    {
                        "B": "a mean knows no ties: each number has the same share.",
                        "C": "both take the mean of the same windows.",
                    },
                ),
                "patches": Choice(
                    "A",
                    {
                        "B": "both are one and the same weighted sum, which has one "
                        "gradient.",
                        "C": "a kernel as large as its stride reads patches.",
                    },
                ),
                "dilated": Choice(
                    "C",
                    {
                        "A": "the kernel is even and the padding is on: where do the "
                        "zeros go?",
                        "B": 'with an even kernel under "same" the outputs differ '
                        "already.",
                    },
                ),
            },
        ),
        why="What only moves or sums is the same in both directions, a maximum is not; "
        "and orders and zeros decide about the outputs.",
        hints=(
            "First the outputs: for which pairs has the chapter shown that they are "
            "equal, or that they are not?",
            "Then the gradients. Where the output is a weighted sum, the weights are "
            "the gradient, and nothing is left to choose. Where is it no such sum?",
        ),
        answer="Moved and summed is the same; a maximum is not:\n\n"
        "```python\n"
        "answer = {\n"
        '    "flatten": "A",\n'
        '    "flatten first": "C",\n'
        '    "max": "B",\n'
        '    "mean": "A",\n'
        '    "patches": "A",\n'
        '    "dilated": "C",\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="6.9",
        title="Embed",
        kind=Function(
            embed,
            [
                (
                    lambda x, weights, bias: _embed(
                        x, weights, bias, "(i h) (j w) c -> h w i j c"
                    ),
                    "Those are thinned pictures, not patches: `i` must run faster "
                    "than `h`.",
                ),
                (
                    lambda x, weights, bias: embed(x, weights, 0 * bias),
                    "The bias is missing.",
                ),
                (
                    lambda x, weights, bias: embed(
                        x, weights, bias * weights[..., 0].size
                    ),
                    "The bias was added once for each weight; it comes after the sum.",
                ),
                (
                    lambda x, weights, bias: embed(x, weights[::-1, ::-1], bias),
                    "You turned the weights by half a turn; Keras does not.",
                ),
                (
                    lambda x, weights, bias: (
                        embed(x, weights, 0 * bias) / weights[..., 0].size + bias
                    ),
                    "That is a mean; the products are summed.",
                ),
                (
                    lambda x, weights, bias: (
                        conv2d(x[None].astype(float), weights)[0] + bias
                    ),
                    "The window moves by one pixel; it should move by its own size.",
                ),
                (
                    lambda x, weights, bias: rearrange(
                        embed(x, weights, bias), "h w f -> (h w) f"
                    ),
                    "The numbers are right, but they form a list of patches; keep "
                    "rows and columns.",
                ),
            ],
            pictures(),
        ),
        why="Cut, multiply, add: that is a patch embedding, and a convolution whose "
        "stride is its kernel's size.",
        hints=(
            "Cut first. Which pattern makes of `h w c` an array with the axes "
            "`h w i j c`? The sizes of `i` and `j` are those of the weights.",
            "`np.einsum` multiplies two arrays and sums over the letters that are "
            "missing on the right; its letters stand without spaces between them.",
        ),
        answer="Cut, multiply, add:\n\n"
        "```python\n"
        "def embed(x, weights, bias):\n"
        "    i, j = weights.shape[:2]\n"
        '    cut = "(h i) (w j) c -> h w i j c"\n'
        "    patches = rearrange(x, cut, i=i, j=j)\n"
        '    return np.einsum("hwijc,ijcf->hwf", patches, weights) + bias\n'
        "\n"
        "\n"
        "q.check(embed)\n"
        "```\n",
    ),
    Exercise(
        number="6.10",
        title="Any length",
        kind=Function(
            dilated,
            [
                (
                    lambda operation, x, d: _dilated(
                        operation, x, d, lambda n, lost: n + d
                    ),
                    "What the filling made is still there: cut it off at the end.",
                ),
                (
                    lambda operation, x, d: dilated(operation, x[: len(x) // d * d], d),
                    "Numbers that are left over at the end are read, too.",
                ),
                (
                    lambda operation, x, d: operation(np.array([x]))[0],
                    "The taps stand side by side, as if d were 1.",
                ),
                (
                    lambda operation, x, d: _dilated(
                        operation, x, d, lambda n, lost: n - lost, "d t -> (d t)"
                    ),
                    "The rows stand one after the other; they must alternate.",
                ),
                (
                    lambda operation, x, d: _dilated(
                        operation, x, d, lambda n, lost: n - lost // d
                    ),
                    "Each row loses some numbers, and there are d rows.",
                ),
                (
                    lambda operation, x, d: operation(np.array([x[::d]]))[0],
                    "That is the first of the thinned signals alone: a stride.",
                ),
            ],
            signals(),
        ),
        why="Fill up, split, operate, join, cut off. What was filled in is read only "
        "by outputs that are cut off.",
        hints=(
            "With numbers at the end that make the length a multiple of d, a pattern "
            "can split. How many are needed?",
            "The operation makes each row shorter by some number; compare the shapes. "
            "By how much is the joined signal shorter then, and how long should the "
            "answer be?",
        ),
        answer="Fill up, and cut off again:\n\n"
        "```python\n"
        "def dilated(operation, x, d):\n"
        "    filled = list(x) + [0] * (-len(x) % d)\n"
        '    rows = rearrange(np.array(filled), "(t d) -> d t", d=d)\n'
        "    out = operation(rows)\n"
        "    lost = d * (rows.shape[1] - out.shape[1])\n"
        '    return rearrange(out, "d t -> (t d)")[: len(x) - lost]\n'
        "\n"
        "\n"
        "q.check(dilated)\n"
        "```\n",
    ),
]
