"""What the bench refuses, in words, and what it takes in more forms than one.

`checked` lets rules look at a call before the function runs, so that functions stay as
short as the formulas that the chapters derive. A rule is a function of the call's
arguments by name. It raises a ValueError that names the argument, what it should be and
what it is; or it puts a better value in the argument's place: a list becomes an array,
NumPy's 8-bit integer a whole number that cannot overflow.
"""

import inspect
from functools import wraps
from operator import index

import numpy as np

LEAST = {"n": 1, "k": 1, "s": 1, "d": 1, "p": 0, "h": 1, "w": 1, "c": 1, "o": 1}


def checked(*rules):
    """Let each rule see a call's arguments, and replace them, before the function runs.

    Parameters
    ----------
    *rules : functions of a dict
        Each is given the arguments by name, defaults included, one rule after another.

    Returns
    -------
    decorator
        The function runs with the arguments as the last rule leaves them.
    """

    def decorate(function):
        signature = inspect.signature(function)

        @wraps(function)
        def careful(*args, **kwargs):
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            for rule in rules:
                rule(given.arguments)
            return function(*given.args, **given.kwargs)

        return careful

    return decorate


# Whole numbers


def whole(value):
    """Return a whole number, of any library, as Python's int; else None."""
    try:
        return int(index(value))
    except TypeError:
        return None


def letters(given):
    """Make every letter a Python int; refuse another number, or one below its least."""
    for letter in LEAST.keys() & given.keys():
        number, value = whole(given[letter]), given[letter]
        if number is None:
            what = "channels" if letter == "c" else "pixels"
            raise ValueError(
                f"{letter} must be a whole number of {what}, but is {value!r}"
            )
        if number < LEAST[letter]:
            raise ValueError(
                f"{letter} must be {LEAST[letter]} or more, but is {value!r}"
            )
        given[letter] = number


def letters_fit(given):
    """Refuse a kernel that is longer than its padded input."""
    d = given.get("d", 1)
    long, room = span(given["k"], d), given["n"] + 2 * given["p"]
    if long > room:
        raise ValueError(
            f"k={given['k']} with d={d} spans {long} pixels, but the padded "
            f"input has only {room}: use a smaller k or d, or a larger p"
        )


def two_corners(given):
    """Refuse a line of one pixel, whose first and last pixel are the same."""
    n, o = given["n"], given["o"]
    if min(n, o) < 2:
        raise ValueError(f"n and o must be 2 or more, but are {n} and {o}")


def span(k, d):
    """Count as `lab.shapes.span` does, which these rules check."""
    return d * (k - 1) + 1


def known_layers(given):
    """Keep layers as a list of (k, s, d); refuse letters that are out of range."""
    try:
        every = list(given["layers"])
    except TypeError:
        raise ValueError(
            f"layers must be a list of (k, s, d), but is {given['layers']!r}"
        ) from None
    found = []
    for layer in every:
        try:
            k, s, d = layer
        except (TypeError, ValueError):
            raise ValueError(
                f"each layer must be three numbers (k, s, d), but one is {layer!r}"
            ) from None
        numbers = {"k": k, "s": s, "d": d}
        letters(numbers)
        found.append(tuple(numbers.values()))
    given["layers"] = found


def among(name, choices):
    """Return a rule: this argument is one of the choices."""

    def rule(given):
        if not any(given[name] is c or given[name] == c for c in choices):
            known = ", ".join(map(str, choices))
            raise ValueError(f"{name} must be one of {known}, but is {given[name]!r}")

    return rule


# Padding


def known_padding(*rules, pixels=False):
    """Return a rule: the padding is one of these words, or a number of pixels."""
    words = [f'"{rule}"' for rule in rules]
    words += ["a number of pixels (0 or more)"] * pixels
    known = ", ".join(words[:-1]) + f" or {words[-1]}"

    def rule(given):
        value = given["padding"]
        if isinstance(value, str) and value in rules:
            return
        number = whole(value) if pixels else None
        if number is None or number < 0:
            raise ValueError(f"padding must be {known}, but is {value!r}")
        given["padding"] = number

    return rule


def known_transpose(given):
    """Refuse a padding or an output padding from which no convolution leads back."""
    k, s, value = given["k"], given["s"], given["padding"]
    if not (isinstance(value, str) and value in ("valid", "same")):
        p = whole(value)
        if p is None or not 0 <= p < k:
            raise ValueError(
                'padding must be "valid", "same" or a number of pixels from 0 to '
                f"k - 1 = {k - 1}, but is {value!r}"
            )
        given["padding"] = p
    value = given["output_padding"]
    if value is None:
        return
    # Under "same" an even kernel has no a = 0: the size would be that of n - 1 inputs.
    least = 1 if given["padding"] == "same" and k % 2 == 0 else 0
    a = whole(value)
    if a is None or not least <= a < s:
        choice = f"a whole number from {least} to {s - 1}, or None"
        raise ValueError(
            f"output_padding must be {choice if least < s else None} for k={k}, s={s} "
            f"and padding={given['padding']!r}, but is {value!r}"
        )
    given["output_padding"] = a


def some_output(given):
    """Refuse a transpose that crops away all of its output."""
    n, k, s, p = given["n"], given["k"], given["s"], given["padding"]
    a = given["output_padding"] or 0
    if p not in ("valid", "same") and s * (n - 1) + k - 2 * p + a < 1:
        raise ValueError(f"n={n} with k={k} and s={s} leaves nothing after p={p}")


# Arrays


def array(name, value):
    """Return an argument as a NumPy array of numbers, or refuse it.

    Lists, tensors of TensorFlow and Keras' variables are read by `numpy.asarray`, which
    copies no array.
    """
    try:
        found = np.asarray(value)
    except Exception as error:  # each library raises its own where there are no numbers
        raise ValueError(f"{name} cannot be read as an array: {error}") from None
    if not np.can_cast(found.dtype, complex, "same_kind"):
        raise ValueError(f"{name} must hold numbers, but has the type {found.dtype}")
    return found


def axes(**wanted):
    """Return a rule: these arguments become arrays, and have these axes.

    Parameters
    ----------
    **wanted : str
        Names of an argument's axes, such as "b h w c"; "..." at the end stands for any
        others. Where a kernel has an axis "in", that is as long as x's last axis, or
        as one group's share of it.
    """

    def rule(given):
        for name, names in wanted.items():
            given[name] = array(name, given[name])
            shape, named = given[name].shape, names.removesuffix(" ...").split()
            rest = len(shape) - len(named)
            if rest < 0 or (rest and not names.endswith("...")):
                words = names.replace(" ...", ", then any others")
                raise ValueError(
                    f"{name} needs the axes {words}, but has shape {shape}"
                )
        if "in" in wanted.get("kernel", "").split() and "x" in given:
            _reads_channels(given, wanted["kernel"])

    return rule


def _reads_channels(given, names):
    """Refuse a kernel that expects other channels than the pictures have."""
    shape, groups = given["kernel"].shape, given.get("groups", 1)
    channels = given["x"].shape[-1] // groups
    if shape[names.split().index("in")] != channels:
        whose = "of x" if groups == 1 else "of x in one group"
        raise ValueError(
            f"kernel needs the axes {names} with in={channels}, the channels {whose}, "
            f"but has shape {shape}"
        )


def groups_divide(given):
    """Refuse a number of groups that does not divide both numbers of channels."""
    x, kernel = (array(name, given[name]) for name in ("x", "kernel"))
    channels, out = ((a.shape or (0,))[-1] for a in (x, kernel))
    groups = whole(given["groups"])
    if groups is None or groups < 1 or channels % groups or out % groups:
        raise ValueError(
            f"groups must divide the {channels} channels of x and the {out} of the "
            f"output, but is {given['groups']!r}"
        )
    given["groups"] = groups


def kernel_fits(given):
    """Refuse a kernel that is larger than the pictures."""
    picture = given["x"].shape[1:3]
    size = tuple(span(k, given["d"]) for k in given["kernel"].shape[:2])
    if size[0] > picture[0] or size[1] > picture[1]:
        raise ValueError(
            f"the kernel spans {size} pixels, but the padded pictures have only "
            f"{picture}: use a smaller kernel or dilation, or more padding"
        )


def wide(*names):
    """Return a rule: these arrays take a type in which products and sums keep right.

    Whole numbers and truth values become int64, where nothing else is among the
    arrays; all others become what NumPy promotes them to with float32 beside them, so
    float16 and bfloat16 become float32. Whole numbers that int64 cannot hold, or whose
    sums could pass its end, are refused.
    """

    def rule(given):
        arrays = [given[name] for name in names]
        if not all(map(_is_whole, arrays)):
            least = (np.result_type(a.dtype, np.float32) for a in arrays)
            dtype = np.result_type(*least)
        else:
            dtype = np.dtype(np.int64)
            _fits_int64(names, arrays)
        for name, found in zip(names, arrays):
            given[name] = found.astype(dtype, copy=False)

    return rule


def _is_whole(found):
    return found.dtype == np.uint64 or np.can_cast(found.dtype, np.int64)


def _fits_int64(names, arrays):
    """Refuse whole numbers that, or whose products' sums, int64 could not hold."""
    sizes = [np.abs(found.astype(float)) for found in arrays]
    x, *kernel = sizes
    most = x.max(initial=0) * (kernel[0].sum() if kernel else 1)
    if max(most, *(size.max(initial=0) for size in sizes)) > 9e18:
        raise ValueError(
            f"{' and '.join(names)} must hold smaller whole numbers: in int64 the "
            "sums could pass 2**63 - 1. Give them as float64"
        )


def finite(name):
    """Return a rule: this array holds neither infinity nor NaN."""

    def rule(given):
        if not np.isfinite(given[name]).all():
            raise ValueError(
                f"{name} must hold finite numbers: it is multiplied by zeros that are "
                "put around or between pixels, and 0 times infinity is no number"
            )

    return rule


def comparable(given):
    """Refuse numbers without an order; let NaN and -inf be the least number there is.

    So Keras' MaxPooling2D has it where XLA does not compile it: the largest of 1, NaN,
    2 and 3 is 3; that of NaN alone is the lowest number of its type.
    """
    x = given["x"]
    if np.iscomplexobj(x):
        raise ValueError("x must hold real numbers: of complex ones none is largest")
    if x.dtype.kind == "i":
        if x.size and max(int(x.max()), -int(x.min())) > 2**53:
            raise ValueError("x must hold whole numbers up to 2**53, as float64 can")
        return
    lowest = np.finfo(x.dtype).min
    given["x"] = np.nan_to_num(x, nan=lowest, posinf=np.inf, neginf=lowest)


# Pictures and figures


def frequency(given):
    """Refuse rings on fewer than two pixels, or finer than pixels can show."""
    n, finest = given["n"], given["finest"]
    if n < 2:
        raise ValueError(f"n must be 2 or more, but is {n!r}")
    if not 0 < finest <= 0.5:
        raise ValueError(f"finest must be above 0 and at most 0.5, but is {finest!r}")


def radius(given):
    """Refuse a circle without a middle between pixels, or without a radius."""
    n, r_shrink = given["n"], given["r_shrink"]
    if n % 2 or n < 4:
        raise ValueError(f"n must be even and 4 or more, but is {n!r}")
    if r_shrink not in range(n // 2 - 1):
        raise ValueError(
            f"r_shrink must be a whole number from 0 to {n // 2 - 2}, "
            f"but is {r_shrink!r}"
        )


def stride_divides(given):
    """Refuse a stride that leaves pixels over, or a gap that is no size."""
    n, s, gap = given["n"], given["s"], whole(given["gap"])
    if n % s:
        raise ValueError(f"s must divide n, but n is {n} and s is {s}")
    if gap is None or gap < 0:
        raise ValueError(
            f"gap must be a whole number of pixels, but is {given['gap']!r}"
        )


def panels(*shapes):
    """Return a rule: panels is a dict of arrays, each with one of these shapes.

    Parameters
    ----------
    *shapes : str
        Names of the axes, such as "h w"; a number is a size that is wanted.
    """
    named = [shape.split() for shape in shapes]
    known = " or ".join(f"({', '.join(shape)})" for shape in named)

    def rule(given):
        if not isinstance(given["panels"], dict) or not given["panels"]:
            raise ValueError(
                f"panels must be a dict of one or more titles and arrays {known}, "
                f"but is {given['panels']!r}"
            )
        found = {}
        for name, panel in given["panels"].items():
            panel = array(f"panel {name!r}", panel)
            if np.iscomplexobj(panel):
                raise ValueError(f"panel {name!r} must hold real numbers")
            if panel.dtype.kind not in "biuf":  # bfloat16, which nothing can draw
                panel = panel.astype(float)
            found[name] = panel
            if not panel.size or not any(_has(panel.shape, shape) for shape in named):
                raise ValueError(
                    f"panel {name!r} must have the shape {known}, but has {panel.shape}"
                )
        given["panels"] = found

    return rule


def _has(shape, names):
    return len(shape) == len(names) and all(
        not name.isdigit() or int(name) == size for name, size in zip(names, shape)
    )


def marks_fit(given):
    """Refuse values written into colours, and letters of colours into greys."""
    marks = given["marks"]
    for name, panel in given["panels"].items():
        if marks and (panel.ndim == 3) != (marks == "colours"):
            wanted = "(h, w, 3)" if marks == "colours" else "(h, w)"
            raise ValueError(
                f"marks={marks!r} needs panels {wanted}, but panel {name!r} has "
                f"{panel.shape}"
            )


def columns_fit(given):
    """Refuse columns of unlike lengths, and formats of columns that are not there."""
    columns, formats = given["columns"], given["formats"] or {}
    if not isinstance(columns, dict) or not columns:
        raise ValueError(f"columns must be a dict of one or more, but is {columns!r}")
    given["columns"] = columns = {str(n): list(cells) for n, cells in columns.items()}
    lengths = {name: len(cells) for name, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns must be equally long, but have {lengths} cells")
    if unknown := formats.keys() - columns.keys():
        raise ValueError(
            f"formats must name columns ({', '.join(columns)}), but name "
            f"{', '.join(sorted(unknown))}"
        )
