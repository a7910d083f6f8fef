"""The kinds of exercises. Each says what is wrong with an answer, in one sentence.

A kind has a right answer and mistakes: wrong answers that somebody has good reasons to
give, each with the sentence that names the reason. An answer is compared with them by
what it is, not by how it is written: a pattern by what it does to an array, a function
by what it returns.
"""

import einops
import numpy as np

from lab.exercises import reading
from lab.exercises.engine import Unreadable


class Kind:
    """What all kinds share.

    Parameters
    ----------
    right : object
        The right answer, as a reader would give it.
    mistakes : dict or list of pairs
        Wrong answers and their sentences.
    """

    def __init__(self, right, mistakes):
        self.right = right
        self.mistakes = list(getattr(mistakes, "items", lambda: mistakes)())

    @property
    def wrong(self):
        """Wrong answers that each have a sentence of their own."""
        return [answer for answer, _ in self.mistakes]

    def untouched(self, answer):
        """Whether an answer is what the exercise's cell began with."""
        return False

    def problem(self, answer, **sizes):
        """Return what is wrong with an answer, in a sentence, or None if it is right.

        Raises
        ------
        Unreadable
            If the answer is of another kind; the message says so.
        """
        if sizes:
            raise Unreadable("Give the answer alone; it needs no sizes.")
        return self.compared(self.read(answer))

    def compared(self, found):
        """Return what is wrong with an answer that has been read."""
        right = self.read(self.right)
        if self.same(found, right):
            return None
        for mistake, sentence in self.mistakes:
            if self.same(found, self.read(mistake)):
                return sentence + self.witness(found, right)
        return self.difference(found, right)

    def same(self, found, other):
        """Whether two answers that have been read are the same."""
        return found == other

    def witness(self, found, right):
        """Return what to add to a mistake's sentence."""
        return ""


class Array(Kind):
    """An array, or a list of numbers.

    Parameters
    ----------
    axes : str
        Names of the right one's axes.
    """

    def __init__(self, right, mistakes, axes=""):
        super().__init__(right, mistakes)
        self.axes = axes

    def read(self, answer):
        """Return the answer as an array."""
        return reading.array(answer)

    def same(self, found, other):
        """Whether shapes and, up to rounding, numbers are the same."""
        return reading.close(found, other)

    def difference(self, found, right):
        """Say how an array differs from the right one."""
        return reading.difference(found, right, self.axes)


class Number(Array):
    """One number."""

    def read(self, answer):
        """Return the answer as an array without axes."""
        found = reading.array(answer)
        if found.size != 1:
            raise Unreadable(
                f"One number is asked for, and you give {found.size:,} of them."
            )
        return found.reshape(())


class Shape(Kind):
    """A shape: a size for each axis."""

    def read(self, answer):
        """Return the answer as a tuple of whole numbers."""
        if (
            answer is not None
            and not isinstance(answer, str)
            and hasattr(answer, "as_list")
        ):
            answer = answer.as_list()  # TensorFlow's own kind of shapes
        found = reading.array(answer, "The shape")
        if found.ndim != 1:
            raise Unreadable(
                "A shape is one row of sizes, such as `(2, 3)`, and yours is "
                f"{'a single number' if found.ndim == 0 else 'an array of them'}."
            )
        if (found != found.round()).any() or (found < 1).any():
            raise Unreadable("Sizes are whole numbers, and 1 or more.")
        return tuple(int(size) for size in found)

    def difference(self, found, right):
        """Say how a shape differs from the right one."""
        if len(found) != len(right):
            return f"Yours has {len(found)} axes, and the right shape {len(right)}."
        if sorted(found) == sorted(right):
            return "The right sizes, but in the wrong order."
        wrong = [i for i, pair in enumerate(zip(found, right)) if pair[0] != pair[1]]
        if len(wrong) == 1:
            return f"One size is wrong: {found[wrong[0]]}, that of axis {wrong[0]}."
        return f"{len(wrong)} sizes are wrong, the first of them {found[wrong[0]]}."


class Pattern(Kind):
    """A pattern of einops, judged by what it does to an array.

    Parameters
    ----------
    shape : tuple of int
        The array's. No two sizes are equal and none is 1, and all numbers differ, so
        that no other operation does the same.
    sizes : dict
        Those that the right answer and the mistakes need.
    operation : str
        "rearrange", or that of `einops.reduce`: "max", "mean".
    axes : str
        Names of the axes of what comes out.
    """

    def __init__(
        self, right, mistakes, shape, sizes=None, operation="rearrange", axes=""
    ):
        super().__init__(right, mistakes)
        self.shape, self.sizes = shape, sizes or {}
        self.operation, self.axes = operation, axes

    def problem(self, answer, **sizes):
        """Return what is wrong with what a pattern does."""
        return self.compared(self.read(answer, sizes))

    def read(self, answer, sizes=None):
        """Return what a pattern makes of the array."""
        if not isinstance(answer, str):
            raise Unreadable(
                f"The answer is a pattern, a text in quotes; yours is "
                f"{reading.kind_of(answer)}."
            )
        if len(answer) > 200:
            raise Unreadable(f"A pattern of {len(answer):,} characters is too long.")
        if "->" not in answer:
            raise Unreadable(
                "A pattern has an arrow `->`: the axes as they are on its left, as "
                "you want them on its right."
            )
        if sizes is None:
            names = answer.replace("(", " ").replace(")", " ").split()
            sizes = {name: n for name, n in self.sizes.items() if name in names}
        number = int(np.prod(self.shape))
        x = np.random.default_rng(0).permutation(number).reshape(self.shape)
        try:
            if self.operation == "rearrange":
                return einops.rearrange(x, answer, **sizes)
            return einops.reduce(x, answer, self.operation, **sizes)
        except Exception as error:  # einops raises several kinds
            reason = str(error).strip().splitlines()[-1].strip()
            raise Unreadable(f"einops refuses this pattern: {reason}") from None

    def same(self, found, other):
        """Whether two patterns do the same."""
        return reading.close(found, other)

    def difference(self, found, right):
        """Say how what comes out differs from what should."""
        return "What comes out: " + reading.difference(found, right, self.axes)
