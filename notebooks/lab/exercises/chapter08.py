"""The exercises of chapter 8, A kernel learns."""

from itertools import product

import numpy as np

from lab.byhand import conv2d, conv2d_transpose, conv_matrix, windows
from lab.exercises.engine import Exercise
from lab.exercises.kinds import (
    Choice,
    Collection,
    Function,
    Number,
    Parts,
    Thought,
)

# 1, 2, 5 and 6: what the questions say

EXAMPLE = {"x": 2, "y": 8, "w": 1, "rate": 0.125}
PILE = {"pictures": 1_000, "batch": 32, "epochs": 5}
BIAS = {"start": 0, "best": 4, "slow": 0.001, "fast": 0.01, "steps": 10_000}
TRAININGS = {
    "first, trained on": 2.04,
    "first, lowest": 1.26,
    "first, held out": 2.1,
    "first, mean": 7.0,
    "second, trained on": 0.02,
    "second, held out": 6.8,
    "second, mean": 5.2,
    "third, trained on": 0.90,
    "third, lowest": 0.90,
    "third, held out": 0.95,
    "third, mean": 5.1,
    "fourth, trained on": 0.31,
    "fourth, held out": 0.33,
    "fourth, mean": 5.2,
}

# 4. Find the bug

# fmt: off


def _bug(w, x, y, rate):
    total = 0
    for a, b in zip(x, y):
        total += 2 * (w * a - b) * a
    return w - rate * total

# fmt: on


def step(w, x, y, rate):
    """Return a weight after one step on the mean squared error."""
    x, y = np.array(x), np.array(y)
    return w - rate * np.mean(2 * (w * x - y) * x)


def _step(w, x, y, rate, slope):
    x, y = np.array(x), np.array(y)
    return w - rate * np.mean(slope(w * x - y, x))


def weights():
    """Return weights, examples and rates, from one example to several."""
    rng = np.random.default_rng(8)
    cases = []
    for number, _ in product((1, 2, 4, 8), range(8)):
        while True:
            x, y = rng.integers(1, 9, (2, number)).tolist()
            case = int(rng.integers(-4, 5)), x, y, float(rng.choice([0.25, 0.125]))
            if step(*case) % 1 == 0 and case not in cases:
                break
        cases.append(case)
    return cases


# 7. Build


def kernel_slope(x, kernel, y):
    """Return the gradient of the mean squared error for a kernel under "valid"."""
    seen = windows(x, kernel)[:, :, :, 0]
    error = conv2d(x, kernel) - y
    return 2 * np.mean(error[..., None] * seen, axis=(0, 1, 2)).reshape(kernel.shape)


def lessons():
    """Return pictures, kernels and answers, from small to large."""
    rng = np.random.default_rng(8)
    cases = []
    for b, (kh, kw), (oh, ow), _ in product(
        (1, 2), ((1, 2), (2, 1), (3, 2), (2, 3)), ((1, 2), (2, 4)), range(2)
    ):
        x = rng.integers(1, 6, (b, oh + kh - 1, ow + kw - 1, 1))
        kernel = rng.integers(-2, 3, (kh, kw, 1, 1))
        error = rng.integers(-4, 5, (b, oh, ow, 1)) * (b * oh * ow // 2)
        cases.append((x, kernel, conv2d(x, kernel) - error))  # a whole gradient
    return sorted(cases, key=lambda case: case[0].size)


# 8. Undo


def undo(y, kernel):
    """Return the picture that a convolution under "same" made into y."""
    C = conv_matrix(kernel, *y.shape[1:3], padding="same")
    return np.linalg.solve(C, y.ravel()).round().reshape(y.shape)


def puzzles():
    """Return answers of convolutions that can be undone, and their kernels."""
    rng = np.random.default_rng(8)
    cases = []
    for h, w, kh, kw in product((2, 3, 4), (2, 3), (2, 3), (2, 3)):
        for _ in range(2):
            while True:
                kernel = rng.integers(-2, 4, (kh, kw, 1, 1)).astype(float)
                C = conv_matrix(kernel, h, w, padding="same")
                if abs(kernel.sum()) > 1 and np.linalg.cond(C) < 50:
                    break
            x = rng.integers(1, 9, (1, h, w, 1)).astype(float)
            cases.append((conv2d(x, kernel, padding="same"), kernel))
    return sorted(cases, key=lambda case: case[0].size + case[1].size)


# 10. The best rate


def _curvatures(A):
    return np.linalg.eigvalsh(2 * A.T @ A / len(A))


def best_rate(A):
    """Return the rate at which the slowest direction shrinks fastest."""
    curvatures = _curvatures(A)
    return round(2 / (curvatures.min() + curvatures.max()), 6)


def inputs():
    """Return tables of examples whose best rates are whole numbers."""
    rng = np.random.default_rng(8)
    cases = []
    spectra = [(1, 3), (1, 7), (3, 5), (1, 15), (2, 6), (1, 2, 3), (3, 4, 5), (1, 5, 7)]
    for squares, rate in product(spectra, (1, 2, 4, 8)):
        n = len(squares) + int(rng.integers(1, 4))
        left = np.linalg.qr(rng.normal(size=(n, len(squares))))[0]
        right = np.linalg.qr(rng.normal(size=(len(squares),) * 2))[0]
        squares = np.array(squares) / (min(squares) + max(squares)) / rate
        stretched = left * np.sqrt(squares * n)
        cases.append((stretched @ right,))
    return sorted(cases, key=lambda case: case[0].size)


EXERCISES = [
    Exercise(
        number="8.1",
        title="Predict",
        kind=Parts(
            {
                "loss": Number(
                    36,
                    {
                        6: "the error is squared.",
                        -6: "that is the error; the loss is its square.",
                        49: "the output is w x, so x is a factor, too.",
                        72: "the factor 2 belongs to the gradient.",
                    },
                ),
                "gradient": Number(
                    -24,
                    {
                        24: "the size is right, but as the weight grows the loss "
                        "falls.",
                        -12: "one factor is missing: the 2 from the square, or x.",
                        -6: "that is the error; it is multiplied by 2 and by x.",
                        -3: "that is rate × gradient.",
                    },
                ),
                "next weight": Number(
                    4,
                    {
                        -2: "the weight moves against the gradient.",
                        3: "that is how far it moves; it began at 1.",
                        25: "the rate is missing.",
                        2.5: "the gradient has two factors besides the error, 2 and x.",
                    },
                ),
            },
            [
                (
                    {"loss": 36, "gradient": 4, "next weight": -24},
                    "You exchanged the last two.",
                )
            ],
        ),
        why="(2 - 8) squared; 2 times -6 times 2; 1 + 0.125 times 24. This one step "
        "arrives, since 4 times 2 is 8.",
        hints=(
            "Begin with the error: the output w x, less the right answer.",
            "The gradient is 2 × error × x, and the step is the rate times that, with "
            "the other sign.",
        ),
        answer="The error first:\n\n"
        "```python\n"
        "error = 1 * 2 - 8\n"
        "slope = 2 * error * 2\n"
        "moved = 1 - 0.125 * slope\n"
        'answer = {"loss": error**2, "gradient": slope, "next weight": moved}\n'
        "q.check(answer)\n"
        "```\n",
        supply=EXAMPLE,
    ),
    Exercise(
        number="8.2",
        title="Count",
        kind=Parts(
            {
                "steps": Number(
                    160,
                    {
                        155: "the pictures that are left over make a step, too.",
                        156.25: "there are no quarter steps: each epoch ends with a "
                        "smaller batch.",
                        157: "each epoch ends with a smaller batch, not only the "
                        "last one.",
                        5_000: "a step looks at a whole batch, not at one picture.",
                        32: "that is one epoch.",
                        5: "an epoch is as many steps as there are batches.",
                    },
                ),
                "last batch": Number(
                    8,
                    {
                        32: "a thousand is no multiple of 32.",
                        31: "that is how many full batches there are.",
                        24: "so many are missing to a full batch.",
                        40: "what is left over is counted in each epoch for itself.",
                    },
                ),
            },
            [
                (
                    {"steps": 8, "last batch": 160},
                    "You exchanged them.",
                )
            ],
        ),
        why="31 full batches and one of what is left, in each epoch. "
        "That last step follows few pictures, and is as long as the others.",
        hints=(
            "How many full batches has an epoch, and what is left over?",
            "What is left over makes a smaller batch, and a step, in each epoch.",
        ),
        answer="Rounded up, for each epoch:\n\n"
        "```python\n"
        "full, left = divmod(1_000, 32)\n"
        'answer = {"steps": 5 * (full + 1), "last batch": left}\n'
        "q.check(answer)\n"
        "```\n",
        supply=PILE,
    ),
    Exercise(
        number="8.3",
        title="Read",
        kind=Collection(
            [2, 4],
            [
                ([2], "There it may be. Or the step was longer, and jumped."),
                ([4], "There it may be. Or the step was shorter, and did not jump."),
                ([-1, 1], "These are distances to 3; where is the weight?"),
                ([3], "There the loss is 0."),
                ([1, 5], "There the loss is 8: it is 2 times a square."),
                ([0, 6], "There the loss is 18, as at the start."),
            ],
        ),
        why="Both are 1 away from 3. At a rate of 1/6 the weight comes nearer from "
        "one side, at 1/3 it changes sides, and the two loss curves are the same to "
        "their end. So a loss curve alone does not tell whether a rate is small or "
        "large.",
        hints=(
            "The loss is 2 times the square of the distance to 3.",
            "Which distance has a loss of 2? And on which side of 3 is it?",
        ),
        answer="Where the loss is 2 times 1 squared:\n\n"
        "```python\n"
        "answer = [3 - 1, 3 + 1]\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="8.4",
        title="Find the bug",
        kind=Function(
            step,
            [
                (
                    lambda w, x, y, rate: _step(
                        w, x, y, rate, lambda error, x: 2 * error * x * len(x)
                    ),
                    "It still adds the examples up, so that the step grows with their "
                    "number.",
                ),
                (
                    lambda w, x, y, rate: _step(
                        w, x, y, rate, lambda error, x: -2 * error * x
                    ),
                    "Now it climbs: the weight must move against the gradient.",
                ),
                (
                    lambda w, x, y, rate: _step(
                        w, x, y, rate, lambda error, x: error * x
                    ),
                    "The 2, which comes from the square, was right.",
                ),
                (
                    lambda w, x, y, rate: _step(
                        w, x, y, rate, lambda error, x: 2 * error
                    ),
                    "The factor x was right: it says how much the weight matters in "
                    "each example.",
                ),
                (
                    lambda w, x, y, rate: _step(
                        w, x, y, rate, lambda error, x: 2 * error * x / len(x)
                    ),
                    "It divides twice by the number of examples.",
                ),
                (
                    lambda w, x, y, rate: _step(
                        w, x, y, rate, lambda error, x: 2 * error.mean() * x.mean()
                    ),
                    "The mean of products is not the product of the means.",
                ),
            ],
            weights(),
            start=_bug,
        ),
        why="The loss is a mean, so its gradient is a mean. With a sum the step grows "
        "with the number of examples, and some number makes it too long.",
        hints=(
            "What differs between one example and a thousand?",
            "The loss is the mean over the examples. What is the gradient of a mean?",
        ),
        answer="A mean, not a sum:\n\n"
        "```python\n"
        "def step(w, x, y, rate):\n"
        "    total = 0\n"
        "    for a, b in zip(x, y):\n"
        "        total += 2 * (w * a - b) * a\n"
        "    return w - rate * total / len(x)\n"
        "\n"
        "\n"
        "q.check(step)\n"
        "```\n",
    ),
    Exercise(
        number="8.5",
        title="Pace",
        kind=Parts(
            {
                "at 0.001": Number(
                    4_000,
                    {
                        4: "so many it would be at a rate of 1.",
                        0.004: "that is the way times the rate.",
                        1_000: "that is the way from 0 to 1.",
                        10_000: "so many were run; fewer suffice.",
                    },
                ),
                "at 0.01": Number(
                    400,
                    {
                        40_000: "a larger rate needs fewer steps.",
                        0.04: "that is 4 × 0.01; divide instead.",
                        100: "so many lead from 0 to 1.",
                    },
                ),
                "in 10,000 steps": Number(
                    10,
                    {
                        10_000: "so far only at a rate of 1.",
                        4: "there it would like to be; how far could it go?",
                        100: "that is at 0.01.",
                    },
                ),
            },
            [
                (
                    {"at 0.001": 400, "at 0.01": 4_000, "in 10,000 steps": 10},
                    "You exchanged the two rates.",
                )
            ],
        ),
        why="The way, divided by the rate. So before you wait for a training, ask how "
        "far its steps can go. Ours went less straight: in those 10,000 steps it came "
        "to 1.1.",
        hints=(
            "Each step is about as long as the rate, whatever the gradient is.",
            "Divide the way by the length of a step, or multiply steps by their "
            "length.",
        ),
        answer="Way, step and number of steps:\n\n"
        "```python\n"
        "answer = {\n"
        '    "at 0.001": 4 / 0.001,\n'
        '    "at 0.01": 4 / 0.01,\n'
        '    "in 10,000 steps": 10_000 * 0.001,\n'
        "}\n"
        "q.check(answer)\n"
        "```\n",
        supply=BIAS,
    ),
    Exercise(
        number="8.6",
        title="Judge",
        kind=Parts(
            {
                "first": Choice(
                    "B",
                    {
                        "A": "its weights are not yet those of the lowest loss.",
                        "C": "on held-out examples it does as well as on its own.",
                        "D": "there is something: the loss could be far lower.",
                    },
                ),
                "second": Choice(
                    "C",
                    {
                        "A": "nothing is said of a call that has the same weights.",
                        "B": "a loss of 0.02 is not what is wrong with it.",
                        "D": "on held-out examples it is worse than a guess.",
                    },
                ),
                "third": Choice(
                    "A",
                    {
                        "B": "it has reached the lowest loss there is.",
                        "C": "held out it is nearly as good.",
                        "D": "it is good, but one call would have done.",
                    },
                ),
                "fourth": Choice(
                    "D",
                    {
                        "A": "no call is known that has its weights.",
                        "B": "nothing says that its loss could be lower.",
                        "C": "then its held-out loss would be far above 0.31.",
                    },
                ),
            },
            [
                (
                    {"first": "C", "second": "B", "third": "A", "fourth": "D"},
                    "The first two are exchanged: look at what is held out.",
                )
            ],
        ),
        why="Compare the training loss with the lowest one, and the held-out loss with "
        "the training loss and with a guess. Now you can say of a training whether it "
        "was needless, unfinished, or has learnt something else. That is this chapter.",
        hints=(
            "Two comparisons: how far is the training loss from the lowest one, and "
            "how far is the held-out loss from the training loss?",
            "A large gap to the lowest loss: not finished. A large gap to the held-out "
            "loss: by heart.",
        ),
        answer="The gaps tell:\n\n"
        "```python\n"
        'answer = {"first": "B", "second": "C", "third": "A", "fourth": "D"}\n'
        "q.check(answer)\n"
        "```\n",
        supply=TRAININGS,
    ),
    Exercise(
        number="8.7",
        title="Build",
        kind=Function(
            kernel_slope,
            [
                (
                    lambda x, kernel, y: kernel_slope(x, kernel, y) / 2,
                    "The factor 2 from the square is missing.",
                ),
                (
                    lambda x, kernel, y: -kernel_slope(x, kernel, y),
                    "The sign is wrong: the error is output less right answer.",
                ),
                (
                    lambda x, kernel, y: kernel_slope(x, kernel, y) * y.size,
                    "It is a sum over all outputs; the loss is a mean.",
                ),
                (
                    lambda x, kernel, y: kernel_slope(x, kernel, y) * y[0].size,
                    "It is a mean over the pictures, and a sum over the places; the "
                    "loss is a mean over both.",
                ),
                (
                    lambda x, kernel, y: kernel_slope(x, kernel, y)[::-1, ::-1],
                    "The numbers are right, but turned by half a turn: the book's "
                    "convolution flips no kernel, and its gradient flips none.",
                ),
                (
                    lambda x, kernel, y: kernel_slope(x, kernel, 0 * y),
                    "The right answers are not used: the error is output less y.",
                ),
            ],
            lessons(),
        ),
        why="Each weight's gradient is the mean of 2 × error × the pixel it met. The "
        "windows hold these pixels; TensorFlow's tape gives the same.",
        hints=(
            "What did the weight in row i and column j meet, at each place? "
            "`byhand.windows(x, kernel)` has it; its axes are b, oh, ow, c, kh, kw.",
            "Multiply the error at each place with the whole window there, and take "
            "the mean over pictures and places. Give the error a last axis for it.",
        ),
        answer="Error times window, and the mean:\n\n"
        "```python\n"
        "def kernel_slope(x, kernel, y):\n"
        "    error = byhand.conv2d(x, kernel) - y\n"
        "    seen = byhand.windows(x, kernel)[:, :, :, 0]\n"
        "    slope = 2 * np.mean(error[..., None] * seen, axis=(0, 1, 2))\n"
        "    return slope.reshape(kernel.shape)\n"
        "\n"
        "\n"
        "q.check(kernel_slope)\n"
        "```\n",
    ),
    Exercise(
        number="8.8",
        title="Undo",
        kind=Function(
            undo,
            [
                (
                    lambda y, kernel: conv2d_transpose(y, kernel, padding="same"),
                    "That is the transpose, which has the right shape and is no "
                    "inverse.",
                ),
                (
                    lambda y, kernel: conv2d(y, kernel[::-1, ::-1], padding="same"),
                    "Another convolution, with the kernel turned, does not undo the "
                    "first.",
                ),
                (
                    lambda y, kernel: y / kernel.sum(),
                    "That would be right for a picture of one grey, away from the "
                    "border.",
                ),
                (
                    lambda y, kernel: np.linalg.solve(
                        conv_matrix(kernel, *y.shape[1:3], padding="same").T,
                        y.ravel(),
                    ).reshape(y.shape),
                    "You solved the transposed equations.",
                ),
                (
                    lambda y, kernel: undo(y, kernel).ravel(),
                    "The pixels are right; give them the shape of a picture again.",
                ),
                (
                    lambda y, kernel: y,
                    "That is the answer as it came; the kernel is not used.",
                ),
            ],
            puzzles(),
        ),
        why="A convolution is a matrix, and where this is square and of full rank, "
        "its equations have one solution. It is no kernel, and it knows no pictures: "
        "it works for all of them.",
        hints=(
            "`byhand.conv_matrix(kernel, h, w)` takes the padding, too, and gives the "
            "matrix of the convolution.",
            "Solve the equations: matrix times picture is answer, with picture and "
            "answer as rows of numbers. `np.linalg.solve` does it.",
        ),
        answer="Solve the convolution's equations:\n\n"
        "```python\n"
        "def undo(y, kernel):\n"
        "    _, h, w, _ = y.shape\n"
        '    C = byhand.conv_matrix(kernel, h, w, padding="same")\n'
        "    return np.linalg.solve(C, y.ravel()).round().reshape(y.shape)\n"
        "\n"
        "\n"
        "q.check(undo)\n"
        "```\n",
    ),
    Exercise(
        number="8.9",
        title="Explain",
        kind=Thought(
            "No: the best kernel is known from least squares, and it is no inverse; "
            "more pictures, or another form of decoder, are what could help."
        ),
        why="Ours: longer training comes nearer to the least-squares kernel of that "
        "one picture, which is known and no better on others. More pictures help up "
        "to a point, as the table shows. Beyond it the form is what is wrong: the "
        "inverse is no kernel of 3 × 3.",
        hints=(
            "What does a longer training approach, and is that known already?",
            "Look at the two columns of the table of decoders that were fitted to 1 "
            "and more pictures. What closes the gap, and what remains?",
        ),
        answer="There is no single right text; the cell passes with any sentence. "
        "Ours:\n\n"
        "```python\n"
        "answer = (\n"
        '    "Longer training comes nearer to the least-squares kernel of this one "\n'
        '    "picture, which fails on others; more pictures, or more than a 3 by 3 "\n'
        '    "kernel, could help."\n'
        ")\n"
        "q.check(answer)\n"
        "```\n",
    ),
    Exercise(
        number="8.10",
        title="The best rate",
        kind=Function(
            best_rate,
            [
                (
                    lambda A: 2 / _curvatures(A).max(),
                    "At this rate the steepest direction jumps to and fro for ever.",
                ),
                (
                    lambda A: 1 / _curvatures(A).max(),
                    "This suits the steepest direction best, which is none to wait "
                    "for.",
                ),
                (
                    lambda A: 1 / _curvatures(A).min(),
                    "This suits the flattest direction, and the steepest diverges.",
                ),
                (
                    lambda A: best_rate(A) * 2,
                    "A factor of 2 is missing: the loss holds squares.",
                ),
                (
                    lambda A: best_rate(A) / len(A),
                    "The loss is a mean over the examples, not a sum.",
                ),
                (
                    lambda A: 1 / _curvatures(A).mean(),
                    "Only the steepest and the flattest direction decide.",
                ),
            ],
            inputs(),
        ),
        why="The steepest direction then overshoots by the same factor by which the "
        "flattest lags behind. That factor is (c - 1) / (c + 1), where c is the square "
        "of the condition number: so ill-conditioned means slow.",
        hints=(
            "Along each direction of its own the loss is a parabola, and a step "
            "multiplies the distance by 1 - rate × curvature. The curvatures are the "
            "eigenvalues of the second derivative, 2 Aᵀ A over the number of examples.",
            "A larger rate helps the flattest direction until the steepest, which "
            "overshoots, is as slow. When are 1 - rate × least and rate × largest - 1 "
            "equal?",
        ),
        answer="Where the steepest and the flattest are equally slow:\n\n"
        "```python\n"
        "def best_rate(A):\n"
        "    curvatures = np.linalg.eigvalsh(2 * A.T @ A / len(A))\n"
        "    rate = 2 / (curvatures.min() + curvatures.max())\n"
        "    return round(rate, 6)  # eigvalsh rounds, too\n"
        "\n"
        "\n"
        "q.check(best_rate)\n"
        "```\n",
    ),
]
