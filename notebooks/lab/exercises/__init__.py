"""The book's exercises: they take an answer, and answer back.

In a notebook:

    q = exercise("3.2")
    q.check(answer)  # a verdict, and one sentence
    q.hint()         # the first hint; q.hint(2) is the second
    q.solution()

This package needs NumPy and einops, no TensorFlow: the same code runs in the page.
"""

from lab.exercises import chapter01, chapter03, chapter04, chapter05, chapter07

CHAPTERS = chapter01, chapter03, chapter04, chapter05, chapter07
BY_NUMBER = {e.number: e for chapter in CHAPTERS for e in chapter.EXERCISES}


def exercise(number):
    """Return an exercise of the book.

    Parameters
    ----------
    number : str
        Its chapter and its place there, such as "3.2".

    Returns
    -------
    lab.exercises.engine.Exercise

    Raises
    ------
    ValueError
        If the book has no such exercise.
    """
    if number not in BY_NUMBER:
        raise ValueError(
            f"number must be one of {', '.join(BY_NUMBER)}, but is {number!r}"
        )
    return BY_NUMBER[number]
