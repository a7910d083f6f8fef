"""What a cell draws, held against what is stored: outputs in, a verdict out.

Two pictures are compared pixel by pixel where the versions that decide how a figure is
drawn are the locked ones. Everywhere else only their number, kind and size are: another
Matplotlib sets the text a pixel further, and then everything differs.

A figure's form for the site is compared beside its picture: words exactly, numbers and
colours nearly, the pictures in it as pictures are; everywhere else only how many panels
it has, and their labels.
"""

import re
from base64 import b64decode
from dataclasses import dataclass, field
from importlib.metadata import version
from io import BytesIO
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
import refresh
from packaging.requirements import Requirement
from PIL import Image
from scipy.ndimage import uniform_filter

KINDS = {"image/png": "PNG", "image/jpeg": "JPEG"}
SITE_FORM = "application/vnd.book+html"  # of lab.siteform
# How many grey levels two pictures may be apart on average in any window of so many
# pixels a side. The small window finds a comma that is a full stop, the large one, as
# large as a digit, a tone that changed. Measured with and without oneDNN, with 1 and 4
# threads, with Keras 3.10 and 3.15: what trained networks put out is up to 4.8 and 2.0
# apart, all else comes out equal. A 6 that is an 8 makes 46.9 and 10.2 at least, in
# type of 7 points on grey.
ALLOWED = {3: 12.0, 12: 4.0}
# How far numbers of a form may be apart, in points or CSS pixels; colours, in levels.
NEAR, ALIKE = 0.2, 4
# Matplotlib draws and brings its fonts; Pillow chooses the palette and writes the JPEG.
DECIDING = ["matplotlib", "pillow"]


class Worst(NamedTuple):
    """The window in which two pictures are furthest apart, of all that are looked at.

    Attributes
    ----------
    share : float
        How much of the allowed difference there is; above 1 is too much.
    levels : float
        Grey levels, on average over the window.
    side : int
        Pixels a side.
    x, y : int
        The window's middle in pixels.
    """

    share: float
    levels: float
    side: int
    x: int
    y: int


@dataclass
class Verdict:
    """What the comparison of two pictures found.

    Attributes
    ----------
    problem : str
        What is wrong, as a sentence without its subject's name; empty if nothing is.
    score : float or None
        How much of the allowed difference there is; None where no pixels were compared.
    pictures : dict of str to uint8 array (h, w, 3) or (h, w)
        What there is of "stored", "drawn" and "difference", for the eye.
    """

    problem: str = ""
    score: float | None = None
    pictures: dict = field(default_factory=dict)


def other_versions(requirements, installed=version):
    """Say which of the versions that decide how figures look are not the locked ones.

    Parameters
    ----------
    requirements : str
        The text of requirements.txt, which may hold several lines for a package, each
        for other versions of Python.
    installed : callable, str -> str
        Gives the installed version of a package.

    Returns
    -------
    list of str
        Empty in the locked environment.
    """
    lines = re.findall(r"^[\w.-]+==[^#\n]+", requirements, re.M)
    locked = [r for r in map(Requirement, lines) if not r.marker or r.marker.evaluate()]
    return [
        f"{wanted.name} is {installed(wanted.name)} here and "
        f"{str(wanted.specifier).lstrip('=')} in requirements.txt"
        for wanted in locked
        if wanted.name in DECIDING and installed(wanted.name) not in wanted.specifier
    ]


def pictures(outputs):
    """Return the pictures among a cell's outputs, in order: [(MIME type, base64)]."""
    return [
        (kind, output.data[kind])
        for output in outputs
        for kind in KINDS
        if kind in output.get("data", {})
    ]


def site_forms(outputs):
    """Return the forms for the site among a cell's outputs, in order."""
    return [
        output.data[SITE_FORM]
        for output in outputs
        if SITE_FORM in output.get("data", {})
    ]


def decode(encoded):
    """Return the pixels of a picture in base64 as a uint8 array (h, w, 3).

    Raises
    ------
    ValueError
        If the text is not base64, or what it encodes is no whole picture.
    """
    try:
        # A damaged PNG raises SyntaxError, a cut one OSError, bad base64 ValueError.
        return np.asarray(Image.open(BytesIO(b64decode(encoded))).convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"cannot be decoded ({type(error).__name__})") from error


def as_stored(pixels):
    """Return pixels (h, w, 3) as they are after refreshing: of at most 256 colours."""
    return decode(refresh.palette_png(Image.fromarray(pixels)))


def difference(stored, drawn):
    """Return how far apart two pictures are, pixel by pixel, in their worst channel.

    Parameters
    ----------
    stored, drawn : uint8 array (h, w, 3)

    Returns
    -------
    uint8 array (h, w)
        Grey levels.
    """
    return (np.maximum(stored, drawn) - np.minimum(stored, drawn)).max(axis=-1)


def worst_window(levels):
    """Return the window in which the difference takes the largest share of the allowed.

    Windows slide, so a change counts alike wherever it lies. What lies beyond the
    border counts as 0.

    Parameters
    ----------
    levels : uint8 array (h, w)

    Returns
    -------
    Worst
    """
    return max(_worst_of(levels.astype(float), side) for side in ALLOWED)


def _worst_of(levels, side):
    means = uniform_filter(levels, side, mode="constant")
    y, x = np.unravel_index(means.argmax(), means.shape)
    mean = float(means[y, x])
    return Worst(mean / ALLOWED[side], mean, side, int(x), int(y))


def compare(stored, drawn, by_pixels=True):
    """Compare a picture that a cell drew with the stored one.

    Refreshing stores a PNG with at most 256 colours. So the drawn picture is compared
    as it is and as it would be stored, and the better of the two counts.

    Parameters
    ----------
    stored, drawn : (str, str) or None
        MIME type and base64; None if there is no such picture.
    by_pixels : bool
        Compare the pixels, too, and not only kind and size.

    Returns
    -------
    Verdict
    """
    found, described = {}, {}
    for name, picture in {"stored": stored, "drawn": drawn}.items():
        if picture is None:
            continue
        try:
            found[name] = decode(picture[1])
        except ValueError as error:
            return Verdict(f"the {name} picture {error}", pictures=found)
        h, w, _ = found[name].shape
        described[name] = f"a {KINDS[picture[0]]} of {w} x {h} pixels"
    if stored is None:
        return Verdict("a picture is drawn that is not stored", pictures=found)
    if drawn is None:
        return Verdict("a picture is stored that is not drawn", pictures=found)
    if described["stored"] != described["drawn"]:
        problem = "the stored picture is {stored}, the drawn one {drawn}"
        return Verdict(problem.format(**described), pictures=found)
    if not by_pixels:
        return Verdict(pictures=found)
    levels = difference(found["stored"], found["drawn"])
    if drawn[0] == "image/png" and levels.any():
        again = difference(found["stored"], as_stored(found["drawn"]))
        levels = min(levels, again, key=worst_window)
    return judge(levels, found)


def judge(levels, found):
    """Return the verdict on the difference (h, w) between two pictures of one size."""
    worst = worst_window(levels)
    problem = (
        f"the stored picture and the drawn one are {worst.levels:.1f} grey levels "
        f"apart on average in {worst.side} x {worst.side} pixels around "
        f"x = {worst.x}, y = {worst.y}; {ALLOWED[worst.side]:g} are allowed"
    )
    # White where the two are equal, black where they are furthest apart.
    shown = 255 - levels * (255 / max(levels.max(), 1))
    return Verdict(
        problem if worst.share > 1 else "",
        worst.share,
        found | {"difference": shown.astype(np.uint8)},
    )


# --- forms for the site -------------------------------------------------------

EMBEDDED = re.compile(
    r'<img class="(?P<kind>\w+)" width="(?P<width>\d+)"[^>]*'
    r'src="data:image/\w+;base64,(?P<data>[^"]*)">'
)
# How many times the allowed difference a photograph in a form may have. It is lossy,
# and the encoder makes much of little: one grey level in 2 % of the pixels became 1.2
# to 1.6 times the allowed difference, in six draws. The cell's own picture is held to
# the allowed difference itself.
LOSSY = 2
LABEL = re.compile(r'<div class="panel-label">(.*?)</div>')
TAG = re.compile(r"<[^>]*>")
# Not in a word: the classes and ids that end in a digit are compared as they are.
QUANTITY = re.compile(
    r"#[0-9a-f]{6}\b|(?<![\w#])-?(?:\d+\.?\d*|\.\d+)|(?<=[A-Zz])-?[\d.]+"
)


def form_problem(stored, drawn, by_pixels=True):
    """Say what is wrong between a stored form for the site and a drawn one, or "".

    Parameters
    ----------
    stored, drawn : str or None
        None if there is no such form.
    by_pixels : bool
        Compare all of it, and not only panels and labels.
    """
    if stored is None:
        return "a form for the site is made that is not stored"
    if drawn is None:
        return "a form for the site is stored that is not made"
    for what, look in {"panels": _count_panels, "labels": LABEL.findall}.items():
        if look(stored) != look(drawn):
            return (
                f"the stored form for the site has the {what} {look(stored)}, the "
                f"made one {look(drawn)}"
            )
    return _difference_of_forms(stored, drawn) if by_pixels else ""


def _count_panels(form):
    return form.count('<div class="panel"')


def _difference_of_forms(stored, drawn):
    for pair in zip_longest(*map(EMBEDDED.finditer, (stored, drawn))):
        if None in pair or pair[0]["kind"] != pair[1]["kind"]:
            return "the forms for the site embed other pictures"
        try:
            old, new = map(_as_shown, pair)
        except ValueError as error:
            return f"a picture in a form for the site {error}"
        if old.shape != new.shape:
            return "a picture in the form for the site has another size"
        verdict = judge(difference(old, new), {})
        if verdict.score > (LOSSY if pair[0]["kind"] == "photo" else 1):
            return f"in the form for the site {verdict.problem}"
    old, new = (EMBEDDED.sub("<img>", form) for form in (stored, drawn))
    if TAG.split(old) != TAG.split(new):
        return "the forms for the site say " + _first_unlike(TAG.split, old, new)
    tags = ["\n".join(TAG.findall(form)) for form in (old, new)]
    if QUANTITY.split(tags[0]) != QUANTITY.split(tags[1]):
        return "the forms for the site have " + _first_unlike(QUANTITY.split, *tags)
    for pair in zip(*map(QUANTITY.findall, tags)):
        if not _near(*pair):
            return "in the forms for the site {} is {}".format(*pair)
    return ""


def _as_shown(match):
    """Return an embedded picture's pixels, enlarged as often as the page does."""
    pixels = decode(match["data"])
    times = max(int(match["width"]) // pixels.shape[1], 1)
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def _first_unlike(split, old, new):
    pairs = zip_longest(split(old), split(new), fillvalue="")
    return next("{!r} and {!r}".format(*pair) for pair in pairs if pair[0] != pair[1])


def _near(old, new):
    """Whether two numbers, or two colours, are as good as equal."""
    if "#" in old + new:
        levels = [bytes.fromhex(text.removeprefix("#")) for text in (old, new)]
        return max(abs(a - b) for a, b in zip(*levels)) <= ALIKE
    return abs(float(old) - float(new)) <= NEAR


# --- for the eye --------------------------------------------------------------


def keep(folder, name, verdict):
    """Write what there is of a verdict's pictures into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for what, pixels in verdict.pictures.items():
        paths.append(folder / f"{name}-{what}.png")
        Image.fromarray(pixels).save(paths[-1])
    return paths
