"""Reading what a reader gives, and saying in words what it is not."""

from itertools import permutations

import numpy as np

from lab.exercises.engine import Unreadable

# More than any answer of the book has. Longer ones are judged by their size alone.
MOST = 100_000
# An answer may be rounded as float32 rounds; beyond that it is told so.
CLOSE = {"rtol": 1e-5, "atol": 1e-6}
ROUNDED = {"rtol": 0.01, "atol": 0.005}


def shown(value):
    """Return a value as a sentence can hold it: short, whatever it is."""
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return shown(value.item())
        if value.size > 12:
            return f"an array of shape {value.shape}"
        if np.all(value == value.round()):
            value = value.astype(int)
        return str(value.tolist())
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple | set | dict) and len(value) > 100:
        return f"{kind_of(value)} of {len(value):,} parts"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # thousands of digits, a list within itself, another's class
        return kind_of(value)
    if " at 0x" in text:  # an address differs from run to run
        return kind_of(value)
    return text if len(text) <= 60 else f"{text[:50]} … ({kind_of(value)})"


def short(message):
    """Return a message on one line, without its end if that is far."""
    text = " ".join(message.split()).rstrip(".")
    return text if len(text) <= 120 else f"{text[:110]} …"


def kind_of(value):
    """Return what a value is, with its article."""
    names = {
        "NoneType": "None",
        "str": "a text",
        "bool": "a truth value",
        "int": "a number",
        "float": "a number",
        "ndarray": "an array",
        "function": "a function",
        "builtin_function_or_method": "a function",
    }
    name = type(value).__name__
    article = "an" if name[0].lower() in "aeiou" else "a"
    return names.get(name, f"{article} {name}")


def array(answer, what="The answer"):
    """Return an answer as an array of finite real numbers.

    Raises
    ------
    Unreadable
        If it is none, or too large to be an answer.
    """
    if answer is None:
        raise Unreadable(f"{what} is `None`: a function without `return` gives that.")
    if isinstance(answer, str):
        raise Unreadable(f"{what} is a text; leave out the quotes.")
    if callable(answer) and not hasattr(answer, "__array__"):
        raise Unreadable(f"{what} is {kind_of(answer)}; call it, and give its result.")
    if isinstance(answer, dict | set | frozenset):
        raise Unreadable(f"{what} is {kind_of(answer)}; give numbers, or a list.")
    if isinstance(answer, list | tuple | range) and len(answer) > MOST:
        raise Unreadable(f"{what} has {len(answer):,} parts; the right one has few.")
    try:
        found = np.asarray(answer)
    except Exception:  # each library raises its own
        raise Unreadable(f"{what} is {kind_of(answer)} that holds no array.") from None
    if found.dtype == bool:
        raise Unreadable(f"{what} holds truth values; numbers are asked for.")
    if np.iscomplexobj(found):
        raise Unreadable(f"{what} holds complex numbers; the right ones are real.")
    if found.size > MOST:
        raise Unreadable(
            f"{what} has {found.size:,} numbers; the right one has far fewer."
        )
    try:
        found = found.astype(float)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(
            f"{what} holds something besides real numbers: {shown(answer)}."
        ) from None
    if np.isnan(found).any():
        raise Unreadable(f"{what} holds NaN, which is no number: 0/0, for instance.")
    if np.isinf(found).any():
        raise Unreadable(f"{what} holds infinity; the right numbers are all finite.")
    return found


def rows(answer, what="The answer"):
    """Return an answer as a list of lists of whole numbers, which may differ in length.

    Raises
    ------
    Unreadable
        If it is none, or too long to be an answer.
    """
    try:
        length = len(answer)
    except TypeError:
        raise Unreadable(
            f"{what} is {kind_of(answer)}; a list of lists is asked for."
        ) from None
    if length > MOST:
        raise Unreadable(f"{what} has {length:,} parts; the right one has few.")
    return [row(part, f"{what} in row {i}") for i, part in enumerate(answer)]


def row(answer, what="The answer"):
    """Return an answer as a list of whole numbers.

    Raises
    ------
    Unreadable
        If it is none, or too long to be an answer.
    """
    numbers = array(answer, what)
    if numbers.ndim != 1 or (numbers != numbers.round()).any():
        raise Unreadable(
            f"{what} is {shown(answer)}; a list of whole numbers is asked for."
        )
    return [int(number) for number in numbers]


def close(a, b, tolerance=CLOSE):
    """Whether two arrays are equal in shape and, up to rounding, in their numbers."""
    return a.shape == b.shape and np.allclose(a, b, **tolerance)


def difference(found, right, axes=""):
    """Say in one sentence how an array differs from the right one.

    Parameters
    ----------
    found, right : array
        Of finite numbers; they are not equal.
    axes : str
        Names of the right one's axes, if they have names: "h w c".
    """
    if found.shape != right.shape:
        return _other_shape(found, right, axes.split())
    if close(found, right, ROUNDED):
        return (
            "The numbers are right up to rounding only: let Python compute them, "
            "and do not round."
        )
    apart = found - right
    if found.size > 1 and np.allclose(apart, apart.flat[0]):
        off = shown(float(abs(apart.flat[0])))
        side = "large" if apart.flat[0] > 0 else "small"
        return f"Every number is too {side} by the same amount, {off}."
    if found.size > 1 and close(np.sort(found, None), np.sort(right, None)):
        for axis in range(found.ndim):
            if close(np.flip(found, axis), right):
                name = axes.split()[axis] if axes else str(axis)
                return f"The numbers are right, but run backwards along axis {name}."
        return "The right numbers, in the wrong order."
    wrong = np.argwhere(~np.isclose(found, right, **CLOSE))
    if found.ndim == 0:
        return f"{shown(found)} is too {'large' if found > right else 'small'}."
    first = tuple(int(i) for i in wrong[0])
    return (
        f"The shape is right; {len(wrong)} of {found.size} numbers are not, the first "
        f"at {list(first)}, where you have {shown(float(found[first]))}."
    )


def _other_shape(found, right, axes):
    shapes = f"yours is {found.shape}, the right one {right.shape}"
    if found.size == right.size:
        if close(found.ravel(), right.ravel()):
            return (
                f"The right numbers in the right order, but in another shape: {shapes}."
            )
        for order in permutations(range(right.ndim)):
            if close(found, right.transpose(order)):
                names = axes or [str(i) for i in range(right.ndim)]
                yours = " ".join(names[i] for i in order)
                return (
                    f"The right numbers, but the axes are in the order {yours} "
                    f"instead of {' '.join(names)}."
                )
        if close(np.sort(found, None), np.sort(right, None)):
            return f"The right numbers, but neither order nor shape are: {shapes}."
    if found.ndim != right.ndim:
        number = "axis" if found.ndim == 1 else "axes"
        return f"Yours has {found.ndim} {number}, the right one {right.ndim}: {shapes}."
    if axes:
        wrong = [n for n, a, b in zip(axes, found.shape, right.shape) if a != b]
        return f"The size is wrong along {' and '.join(wrong)}: {shapes}."
    return f"The shape is wrong: {shapes}."
