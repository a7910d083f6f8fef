"""The kinds of exercises. Each says what is wrong with an answer, in one sentence.

A kind has a right answer and mistakes: wrong answers that somebody has good reasons to
give, each with the sentence that names the reason. An answer is compared with them by
what it is, not by how it is written: a pattern by what it does to an array, a function
by what it returns.
"""

import copy
import dis
import inspect
import time

import einops
import numpy as np

from lab.exercises import limits, reading
from lab.exercises.engine import TURN, Unreadable, is_blank


class Kind:
    """What all kinds share.

    Parameters
    ----------
    right : object
        The right answer, as a reader would give it.
    mistakes : dict or list of pairs
        Wrong answers and their sentences.
    """

    turn = TURN

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
        right = self.known(self.right)
        if self.same(found, right):
            return None
        for mistake, sentence in self.mistakes:
            if self.same(found, self.known(mistake)):
                return sentence + self.witness(found, right)
        return self.difference(found, right)

    def known(self, answer):
        """Read an answer of our own, right or wrong."""
        return self.read(answer)

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


class Collection(Array):
    """Some numbers, in any order."""

    def read(self, answer):
        """Return the numbers from the least to the largest, each once."""
        if isinstance(answer, set | frozenset | range):
            answer = list(answer)
        return np.unique(reading.array(answer))

    def difference(self, found, right):
        """Name a number that is missing, or should not be there."""
        if len(extra := np.setdiff1d(found, right)):
            return f"{reading.shown(float(extra[0]))} does not belong to them."
        return f"Of the right numbers {len(right) - len(found)} are missing."


class Choice(Kind):
    """One letter of several."""

    def read(self, answer):
        """Return the letter."""
        letters = sorted([self.right, *self.wrong])
        found = answer.strip(" ().").upper() if isinstance(answer, str) else answer
        if not isinstance(found, str) or found not in letters:
            raise Unreadable(
                f"The answer is one of the letters {', '.join(letters)}, in quotes; "
                f"yours is {reading.shown(answer)}."
            )
        return found


class Parts(Kind):
    """Several answers in one, each with a name: `{"same": ..., "valid": ...}`.

    Parameters
    ----------
    parts : dict of str and Kind
    mistakes : list of pairs
        Wrong answers as a whole, such as two that were exchanged.
    """

    def __init__(self, parts, mistakes=()):
        super().__init__({name: kind.right for name, kind in parts.items()}, mistakes)
        self.parts = parts

    @property
    def wrong(self):
        """Wrong answers: as a whole, or in one part."""
        return super().wrong + [
            self.right | {name: answer}
            for name, kind in self.parts.items()
            for answer in kind.wrong
        ]

    def read(self, answer):
        """Return the answer with its names."""
        names = ", ".join(map(repr, self.parts))
        if isinstance(answer, list | tuple) and len(answer) == len(self.parts):
            answer = dict(zip(self.parts, answer))
        if not isinstance(answer, dict):
            raise Unreadable(
                f"The answer is a dict with the keys {names}; yours is "
                f"{reading.kind_of(answer)}."
            )
        for name in self.parts:
            if name not in answer:
                raise Unreadable(f"The answer needs the key {name!r}, too.")
        return {name: answer[name] for name in self.parts}

    def compared(self, found):
        """Return the first problem: of the whole, or else of a part."""
        for mistake, sentence in self.mistakes:
            if all(self.part_is(name, found[name], mistake[name]) for name in found):
                return sentence
        for name, kind in self.parts.items():
            try:
                problem = kind.problem(found[name])
            except Unreadable as error:
                problem = str(error)
            if problem:
                return f"{name}: {problem}"
        return None

    def part_is(self, name, answer, other):
        """Whether a part of the answer is another answer."""
        kind = self.parts[name]
        try:
            return kind.same(kind.read(answer), kind.read(other))
        except Unreadable:
            return False


class Found(Kind):
    """Something that has a property; there are many right answers.

    Parameters
    ----------
    right, wrong : object, list
        A right answer, and wrong ones.
    read : function
        Reads an answer, and may raise `Unreadable`.
    test : function
        Returns what is wrong with an answer that was read, in a sentence, or None.
    """

    def __init__(self, right, wrong, read, test):
        super().__init__(right, [(answer, "") for answer in wrong])
        self.read, self.compared = read, test


class Thought(Kind):
    """A text. It is not judged: who wrote one, sees ours."""

    ENOUGH = 5

    def __init__(self, right):
        super().__init__(right, [])

    @property
    def wrong(self):
        """What is no thought yet."""
        return ["Yes.", "It depends.", "no no no no no no", 42, ["a", "list"]]

    def read(self, answer):
        """Return the words."""
        if not isinstance(answer, str):
            raise Unreadable(
                "The answer is a text in quotes, a sentence or two; yours is "
                f"{reading.kind_of(answer)}."
            )
        return answer.lower().split()

    def compared(self, found):
        """Ask for more than a few words."""
        if len(found) == 1:
            return "One word is a guess. Say why, and ours will show."
        if len(set(found)) == 1:
            return "That is one word, many times."
        if len(found) < self.ENOUGH:
            return f"{len(found)} words are a beginning. Say it in a sentence."
        return None


class Function(Kind):
    """A function, tried on many small inputs.

    Parameters
    ----------
    right : function
    mistakes : list of pairs
        Functions that are wrong, and their sentences.
    cases : iterable of tuples
        Arguments, from small to large: the first on which a function fails is shown.
    start : function
        What the exercise's cell begins with, if that is more than `...`: a function
        with a bug.
    read_result : function
        Reads what a function returns: (value, how to call it) to what is compared.
    """

    def __init__(self, right, mistakes, cases, start=None, read_result=reading.array):
        super().__init__(right, mistakes)
        self.cases, self.start, self.read_result = list(cases), start, read_result
        self.results = {}
        if start:
            self.turn = "The function is as you found it. Change it, and run it again."

    def untouched(self, answer):
        """Whether a function does nothing yet, or what the one in the cell does."""
        code = getattr(answer, "__code__", None)
        if code is None:
            return False
        start = getattr(self.start, "__code__", None)
        return does_nothing(answer) or (start is not None and same_code(code, start))

    def read(self, answer):
        """Return what a function returns for each case, up to the first failure."""
        if not callable(answer):
            raise Unreadable(
                "The answer is a function, by its name and without brackets; yours "
                f"is {reading.kind_of(answer)}."
            )
        self.takes_the_arguments(answer)
        end = time.monotonic() + limits.SECONDS
        found = []
        for case in self.cases:
            try:
                found.append(self.result(answer, case, end))
            except Unreadable as error:
                return [*found, error]
        return found

    def known(self, answer):
        """Return what a function of our own returns, once and without a limit."""
        if answer not in self.results:
            called = (answer(*copy.deepcopy(case)) for case in self.cases)
            self.results[answer] = [self.read_result(value, "ours") for value in called]
        return self.results[answer]

    def takes_the_arguments(self, answer):
        """Refuse a function that cannot be called as the cases need it."""
        names = ", ".join(inspect.signature(self.right).parameters)
        try:
            inspect.signature(answer).bind(*self.cases[0])
        except TypeError:
            raise Unreadable(
                f"Your function must take the arguments {names}."
            ) from None
        except ValueError:  # a function in C that does not tell
            return

    def result(self, answer, case, end):
        """Return what a function returns for a case, or say how it failed."""
        where = f"For {self.told(case)} "
        try:
            value = limits.call_until(end, answer, *copy.deepcopy(case))
        except limits.TimeUp:
            raise Unreadable(
                f"{where}your function had not come back after {limits.SECONDS} "
                "seconds: does its loop end?"
            ) from None
        except (Exception, SystemExit) as error:
            message = reading.short(str(error)) or "it says no more"
            raise Unreadable(
                f"{where}your function raises {type(error).__name__}: {message}."
            ) from None
        if value is None:
            raise Unreadable(f"{where}your function returns None: is `return` missing?")
        return self.read_result(value, f"{where}what your function returns")

    def told(self, case):
        """Return arguments with their names."""
        names = inspect.signature(self.right).parameters
        said = []
        for name, value in zip(names, case):
            shape = f" (of shape {value.shape})" if np.ndim(value) > 2 else ""
            said.append(f"{name}={reading.shown(value)}{shape}")
        return ", ".join(said)

    def same(self, found, other):
        """Whether two functions return the same for every case."""
        return len(found) == len(other) and all(map(same_result, found, other))

    def witness(self, found, right):
        """Show the smallest input on which the function fails."""
        return " " + self.difference(found, right)

    def difference(self, found, right):
        """Show the smallest input on which the function fails, and both answers."""
        place = next(i for i, a in enumerate(found) if not same_result(a, right[i]))
        if isinstance(found[place], Unreadable):
            return str(found[place])
        told, a, b = self.told(self.cases[place]), found[place], right[place]
        if isinstance(b, np.ndarray) and b.size > 12:
            return f"For {told}: {reading.difference(a, b)}"
        yours, ours = reading.shown(a), reading.shown(b)
        return f"For {told} yours returns {yours}, and right is {ours}."


def same_result(a, b):
    """Whether two results are the same: arrays up to rounding."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and reading.close(a, b)
    return not isinstance(a, Unreadable) and a == b


def does_nothing(function):
    """Whether the body of a function is `...`, `pass` or `return ...`."""
    for step in dis.get_instructions(function):
        if step.opname in ("LOAD_CONST", "RETURN_CONST"):
            if step.argval is not None and not is_blank(step.argval):
                return False
        elif step.opname not in ("RESUME", "NOP", "RETURN_VALUE"):
            return False
    return True


def same_code(code, other):
    """Whether two functions do the same, step by step, whatever their lines."""
    return all(
        getattr(code, part) == getattr(other, part)
        for part in ("co_code", "co_consts", "co_names", "co_varnames")
    )
