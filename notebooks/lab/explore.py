"""Explorables: figures that a hand can move, in a notebook without a kernel.

Each is an element of its own, written in JavaScript under book/_theme/explore, the same
that the site shows. A cell's output carries the element, a sentence for where no script
runs, and the script.
"""

import base64
import html
import io
import re
from pathlib import Path

import numpy as np
from einops import EinopsError, rearrange, reduce, repeat

from lab.checks import whole
from lab.pictures import PHOTOGRAPHS, photograph

# The explorables: each is a function below, and a module of that name.
NAMES = ("conv", "pool", "einops", "deconv", "kernel", "rings", "descent")
TAGS = {"kernel": "kernel-bench"}  # that do not end in -explorer
WHERE = "It needs JavaScript: run this cell, or open this chapter on the book's site."
MODULES = Path(__file__).parents[2] / "book" / "_theme" / "explore"
IMPORT = re.compile(r'^import .*? from "\./(\w+)\.js";\n', re.M)
EXPORT = re.compile(r"^export (?=async |class |const |function )", re.M)
# A line of remarks, a block of them, and what a line is indented by.
REMARK = re.compile(r"^\s*(//.*|/\*\*(?s:.*?)\*/)\n|^ +", re.M)


def modules(*names):
    """Return the names of modules and of all that they import, each after its own.

    Parameters
    ----------
    *names : str
        Files under book/_theme/explore, without their ending.

    Returns
    -------
    list of str
    """
    found = []
    for name in names:
        source = (MODULES / f"{name}.js").read_text(encoding="utf-8")
        for needed in (*modules(*IMPORT.findall(source)), name):
            if needed not in found:
                found.append(needed)
    return found


def script(*names):
    """Return explorables as one script, for pages from which no module can be loaded.

    Browsers load ES modules neither from a folder nor out of a notebook's output. So
    the modules stand one after the other in a function, without their import lines;
    their names are unique.

    Parameters
    ----------
    *names : str
        Of the explorables, as "conv".

    Returns
    -------
    str
        JavaScript. Where it has run before on a page, it does nothing.
    """
    sources = (
        (MODULES / f"{name}.js").read_text(encoding="utf-8") for name in modules(*names)
    )
    body = "".join(REMARK.sub("", EXPORT.sub("", IMPORT.sub("", s))) for s in sources)
    return f'(() => {{\n"use strict";\n{body}}})();\n'


class Explorable:
    """An element that a notebook shows; made by the functions of this module.

    Parameters
    ----------
    name : str
        As in "conv", for <conv-explorer>.
    fallback : str
        What is said where no script runs, and in a terminal.
    attributes : dict
        What the element starts with.
    """

    def __init__(self, name, fallback, attributes):
        self.name, self.fallback, self.attributes = name, fallback, attributes

    def element(self):
        """Return the element as HTML, without its script."""
        return element(
            self.name, self.attributes, html.escape(self.fallback, quote=False)
        )

    def __repr__(self):
        return self.fallback

    def _repr_mimebundle_(self, **_):
        """Return the output's forms, as Jupyter asks for them."""
        code = f"<script data-explore>{script(self.name)}</script>"
        return {"text/html": self.element() + code, "text/plain": self.fallback}


def element(name, attributes, content):
    """Return an explorable's element as HTML.

    Parameters
    ----------
    name : str
    attributes : dict
        Those that are None or False are left out.
    content : str
        HTML, for where no script runs.
    """
    written = "".join(
        f' {key}="{html.escape(str(value))}"' if value is not True else f" {key}"
        for key, value in attributes.items()
        if value not in (None, False)
    )
    return f"<{tag(name)}{written}>\n{content}\n</{tag(name)}>\n"


def tag(name):
    """Return the tag of an explorable's element."""
    return TAGS.get(name, f"{name}-explorer")


def between(name, value, least, most):
    """Return a whole number as int; refuse another, or one out of range."""
    number = whole(value)
    if number is None or not least <= number <= most:
        raise ValueError(
            f"{name} must be a whole number from {least} to {most}, but is {value!r}"
        )
    return number


def among(name, value, known):
    """Return a value that is known; refuse another."""
    if value not in known:
        listed = ", ".join(map(repr, known))
        raise ValueError(f"{name} must be one of {listed}, but is {value!r}")
    return value


def padding_rule(value, most=4):
    """Return "valid", "same" or a number of zeros; refuse another."""
    if value in ("valid", "same") if isinstance(value, str) else False:
        return value
    number = whole(value)
    if number is None or not 0 <= number <= most:
        raise ValueError(
            'padding must be "valid", "same" or a whole number of zeros from 0 to '
            f"{most}, but is {value!r}"
        )
    return number


def conv(
    n=6,
    k=3,
    s=1,
    d=1,
    padding="valid",
    axes=2,
    kernel="blur",
    readers=False,
    predict=False,
):
    """Show which pixels each output of a convolution reads, and what it makes of them.

    Parameters
    ----------
    n, k, s, d : int
        Input size (1 to 12), kernel size (1 to 7), stride (1 to 4), dilation (1 to 3).
    padding : str or int
        "valid", "same" or a number of zeros on each side, 0 to 4.
    axes : int
        1 for a row of pixels, 2 for a picture of n x n.
    kernel : str
        The weights: "blur", "box" or "edge".
    readers, predict : bool
        Whether to start with the count of readers, and with the size hidden.

    Returns
    -------
    Explorable
        Put it last in a cell.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    attributes = {
        "n": between("n", n, 1, 12),
        "k": between("k", k, 1, 7),
        "s": between("s", s, 1, 4),
        "d": between("d", d, 1, 3),
        "padding": padding_rule(padding),
        "axes": among("axes", axes, (1, 2)),
        "kernel": among("kernel", kernel, ("blur", "box", "edge")),
        "readers": readers,
        "predict": predict,
    }
    what = f"n={n}, k={k}, s={s}, d={d}, padding={padding}"
    fallback = f"A convolution to explore: {what}. {WHERE}"
    return Explorable("conv", fallback, attributes)


def pool(
    n=6,
    k=2,
    s=None,
    padding="valid",
    mode="max",
    view="numbers",
    right=0,
    down=0,
    ties="first",
    gradient=False,
):
    """Show what each window of a pooling keeps, and what a shift changes.

    Parameters
    ----------
    n, k, s : int
        Input size (2 to 12), window size (1 to 4), stride (1 to 4, that of the window
        if None).
    padding : str
        "valid" or "same".
    mode : str
        "max", "avg" or "global", the mean of the whole picture.
    view : str
        "numbers" to edit, or the "circle" of `lab.pictures`, pooled from 64 x 64
        pixels to 4 x 4.
    right, down : int
        By how much the input is moved, from -8 to 8.
    ties : str
        Whether of equal maxima the "first" gets the gradient, or all "share" it.
    gradient : bool
        Whether to start with the gradient that goes back.

    Returns
    -------
    Explorable
        Put it last in a cell.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    attributes = {
        "n": between("n", n, 2, 12),
        "k": between("k", k, 1, 4),
        "s": between("s", k if s is None else s, 1, 4),
        "padding": among("padding", padding, ("valid", "same")),
        "mode": among("mode", mode, ("max", "avg", "global")),
        "view": among("view", view, ("numbers", "circle")),
        "right": between("right", right, -8, 8),
        "down": between("down", down, -8, 8),
        "ties": among("ties", ties, ("first", "share")),
        "gradient": gradient,
    }
    what = (
        "a circle, pooled from 64 x 64 pixels to 4 x 4"
        if view == "circle"
        else f"n={n}, k={k}, s={attributes['s']}, padding={padding}, {mode}"
    )
    fallback = f"A pooling to explore: {what}. {WHERE}"
    return Explorable("pool", fallback, attributes)


def einops(pattern, shape, op="rearrange", by="max", sizes=""):
    """Show where a pattern of einops puts each number.

    Parameters
    ----------
    pattern : str
        As in "h w c -> (h w) c".
    shape : tuple of int
        Of the array, which holds 0, 1, 2 ...; at most 96 numbers.
    op : str
        "rearrange", "reduce" or "repeat".
    by : str
        How to reduce: "max", "mean", "sum" or "min".
    sizes : dict or str
        Of axes that the shape does not tell, as {"a": 2} or "a=2".

    Returns
    -------
    Explorable
        Put it last in a cell.

    Raises
    ------
    ValueError
        If einops refuses the pattern, or an argument is out of range.
    """
    shape = tuple(int(n) for n in re.findall(r"\d+", str(shape)))
    if not 1 <= np.prod(shape, dtype=int) <= 96:
        raise ValueError(f"shape must hold 1 to 96 numbers, but is {shape}")
    if isinstance(sizes, str):
        sizes = dict(re.findall(r"(\w+)\s*=\s*(\d+)", sizes))
    sizes = {axis: int(size) for axis, size in sizes.items()}
    among("by", by, ("max", "mean", "sum", "min"))
    does = {"rearrange": rearrange, "reduce": reduce, "repeat": repeat}
    does = does[among("op", op, tuple(does))]
    try:
        does(np.zeros(shape), pattern, *[by] * (op == "reduce"), **sizes)
    except (EinopsError, ValueError) as error:
        raise ValueError(f"einops refuses {pattern!r} for {shape}: {error}") from None
    attributes = {
        "pattern": pattern,
        "shape": ", ".join(map(str, shape)),
        "op": op,
        "by": by,
        "sizes": ", ".join(f"{axis}={size}" for axis, size in sizes.items()),
    }
    fallback = f'A pattern to explore: {op} "{pattern}" of the shape {shape}. {WHERE}'
    return Explorable("einops", fallback, attributes)


def deconv(n=4, k=3, s=2, padding="valid", output_padding=None, view="stamps"):
    """Show a transposed convolution: as stamps, as a convolution, as a matrix.

    Parameters
    ----------
    n, k, s : int
        Input size (1 to 8), kernel size (1 to 6), stride (1 to 4).
    padding : str or int
        Keras' "valid" or "same", or PyTorch's number of pixels cropped on each side, 0
        to 5.
    output_padding : int or None
        How many more pixels come out, below the stride; None takes the library's own.
    view : str
        "stamps", "spread" or "matrix".

    Returns
    -------
    Explorable
        Put it last in a cell.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    s = between("s", s, 1, 4)
    if output_padding is not None:
        output_padding = between("output_padding", output_padding, 0, s - 1)
    attributes = {
        "n": between("n", n, 1, 8),
        "k": between("k", k, 1, 6),
        "s": s,
        "padding": padding_rule(padding, 5),
        "a": output_padding,
        "view": among("view", view, ("stamps", "spread", "matrix")),
    }
    what = f"n={n}, k={k}, s={s}, padding={padding}"
    fallback = f"A transposed convolution to explore: {what}. {WHERE}"
    return Explorable("deconv", fallback, attributes)


KERNELS = (
    "identity",
    "box",
    "Gaussian",
    "above",
    "Sobel",
    "Laplace",
    "sharpen",
    "emboss",
)
# Top, left and side of a square of each photograph; 96 divides the sides.
SQUARES = {
    "astronaut": (0, 80, 288),
    "chelsea": (6, 80, 288),
    "coffee": (8, 96, 384),
    "rocket": (20, 128, 384),
}


def grey_square(photo):
    """Return 96 x 96 grey levels of a photograph, in steps of 4, as uint8."""
    top, left, side = SQUARES[photo]
    levels = photograph(photo) @ np.array([0.2126, 0.7152, 0.0722])
    square = levels[top : top + side, left : left + side]
    small = reduce(square, "(h a) (w b) -> h w", "mean", a=side // 96, b=side // 96)
    return (4 * np.rint(small / 4).clip(0, 63)).astype(np.uint8)


def kernel(photo="astronaut", kernel="Sobel", weights=None, padding="same", flip=False):
    """Show what nine numbers make of a photograph.

    Parameters
    ----------
    photo : str
        One of `lab.pictures.PHOTOGRAPHS`; a square of it is shown in 96 x 96 greys.
    kernel : str
        One of `KERNELS`.
    weights : list of 9 numbers, or None
        A kernel of your own in place of that, row by row.
    padding : str
        "same" or "valid".
    flip : bool
        Whether to turn the kernel first, as a convolution does.

    Returns
    -------
    Explorable
        Put it last in a cell.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    from PIL import Image

    among("photo", photo, PHOTOGRAPHS)
    among("kernel", kernel, KERNELS)
    if weights is not None:
        kernel, weights = "own", np.ravel(weights).tolist()
        if len(weights) != 9:
            raise ValueError(f"weights must be 9 numbers, but are {len(weights)}")
    file = io.BytesIO()
    Image.fromarray(grey_square(photo)).save(file, "PNG", optimize=True)
    attributes = {
        "src": "data:image/png;base64," + base64.b64encode(file.getvalue()).decode(),
        "weights": weights and " ".join(map(str, weights)),
        "kernel": kernel,
        "padding": among("padding", padding, ("same", "valid")),
        "flip": flip,
    }
    fallback = f"A kernel of 3 x 3 to change, on the photograph {photo!r}. {WHERE}"
    return Explorable("kernel", fallback, attributes)


def rings(s=8):
    """Show the cover's rings with fewer pixels, kept or averaged.

    Parameters
    ----------
    s : int
        Stride, 1 to 24: every s-th pixel is kept, or the mean of s x s.

    Returns
    -------
    Explorable
        Put it last in a cell.

    Raises
    ------
    ValueError
        If s is out of range.
    """
    s = between("s", s, 1, 24)
    fallback = f"The rings of the cover, thinned with the stride {s}. {WHERE}"
    return Explorable("rings", fallback, {"s": s})


def descent(rate=0.1, start=0, steps=8):
    """Show the steps of gradient descent on the loss of one weight, and its loss curve.

    Parameters
    ----------
    rate : float
        Learning rate, 0.01 to 0.6, in hundredths.
    start, steps : int
        The weight to start from (-3 to 9), and the number of steps (0 to 20).

    Returns
    -------
    Explorable
        Put it last in a cell.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    try:
        hundredths = round(100 * float(rate), 9)
    except (TypeError, ValueError):
        hundredths = None
    if hundredths is None or not 1 <= hundredths <= 60 or hundredths % 1:
        raise ValueError(
            f"rate must be a number from 0.01 to 0.6, in hundredths, but is {rate!r}"
        )
    attributes = {
        "rate": int(hundredths),
        "start": between("start", start, -3, 9),
        "steps": between("steps", steps, 0, 20),
    }
    what = f"rate={rate}, start={start}, steps={steps}"
    fallback = f"A training of one weight to explore: {what}. {WHERE}"
    return Explorable("descent", fallback, attributes)
