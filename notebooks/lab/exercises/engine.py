"""An exercise, the verdict on an answer, and what counts as no answer yet."""

import copy
import html
import re
from dataclasses import dataclass

WORDS = {"right": "Right.", "wrong": "Not yet.", "turn": "Your turn."}
TURN = "Replace `...` by your answer, and run the cell again."
BLANK = re.compile(r"\s*(\.\.\.|…|_+)?\s*")
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Verdict:
    """What `check` returns: true if the answer is right, and a sentence.

    ``status`` is "right", "wrong" or "turn" (there is no answer yet).
    """

    status: str
    sentence: str

    def __bool__(self):
        return self.status == "right"

    def __repr__(self):
        return f"{WORDS[self.status]} {self.sentence}"

    def _repr_html_(self):
        sentence = CODE.sub(r"<code>\1</code>", html.escape(self.sentence))
        return (
            f'<div role="status" class="verdict {self.status}">'
            f"<strong>{WORDS[self.status]}</strong> {sentence}</div>"
        )


class Note(str):
    """A hint or a solution: Markdown that a notebook shows as such."""

    __slots__ = ()

    def __repr__(self):
        return str(self)

    def _repr_markdown_(self):
        return str(self)


class Unreadable(Exception):
    """An answer that cannot be compared at all; the message says why, in a sentence."""


@dataclass(frozen=True)
class Exercise:
    """A question's other half: what is right, what is wrong and how, and help.

    Parameters
    ----------
    number, title : str
        As the question has them: "1.2", "Translate".
    kind : a kind of `lab.exercises.kinds`
        Judges answers.
    why : str
        Why the right answer is right: what who gives it hears.
    hints : tuple of str
        At least two, in Markdown. None of them tells the answer.
    answer : str
        The solution, in Markdown. Its Python block, put into the exercise's cell,
        passes the check.
    supply : object
        What the question gives to the reader, as `given`.
    """

    number: str
    title: str
    kind: object
    why: str
    hints: tuple
    answer: str
    supply: object = None

    @property
    def given(self):
        """What the question gives to the reader; a copy, so that it may be changed."""
        return copy.deepcopy(self.supply)

    def check(self, answer, **sizes):
        """Judge an answer.

        Parameters
        ----------
        answer : object
            A number, a shape, an array, a pattern, a function or a text, as the
            question asks; `...` where there is none yet. Lists, tuples, arrays and
            tensors of any library are read alike.
        **sizes : int
            Sizes of axes, if the answer is a pattern that needs them.

        Returns
        -------
        Verdict
            True if the answer is right. Whatever is given, nothing is raised.
        """
        if is_blank([answer, *sizes.values()], depth=4) or self.kind.untouched(answer):
            return Verdict("turn", self.kind.turn)
        try:
            problem = self.kind.problem(answer, **sizes)
        except Unreadable as error:
            problem = str(error)
        return Verdict("wrong", problem) if problem else Verdict("right", self.why)

    def hint(self, place=1):
        """Return a hint, counted from 1."""
        if place not in range(1, len(self.hints) + 1):
            raise ValueError(
                f"place must be from 1 to {len(self.hints)}, but is {place!r}"
            )
        more = f"*The next one: `q.hint({place + 1})`.*"
        text = self.hints[place - 1]
        return Note(text if place == len(self.hints) else f"{text}\n\n{more}")

    def solution(self):
        """Return the solution: the code that passes, and why."""
        return Note(self.answer)


def is_blank(answer, depth=3):
    """Whether an answer, or a part of it, still is `...` or `____`.

    Only the beginning of what is too long or too deep to have been typed is looked at.
    """
    if isinstance(answer, str):
        return bool(BLANK.fullmatch(answer))
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list | tuple):
        return depth > 0 and any(is_blank(part, depth - 1) for part in answer[:100])
    return answer is ...
