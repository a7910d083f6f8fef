"""Test signals whose answer is known, and photographs to look at."""

import numpy as np
from einops import reduce, repeat

from lab.checks import among, checked, frequency, letters, radius, stride_divides

# Colour photographs that scikit-image carries; their licences stand in data/README.md.
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")


@checked(among("name", PHOTOGRAPHS))
def photograph(name="coffee"):
    """Return a photograph that scikit-image carries.

    Parameters
    ----------
    name : str
        One of `PHOTOGRAPHS`: "astronaut" (512 x 512), "chelsea", a cat (300 x 451),
        "coffee" (400 x 600) or "rocket" (427 x 640).

    Returns
    -------
    float32 array (h, w, 3)
        Grey levels from 0 to 255.

    Raises
    ------
    ValueError
        If the name is another.

    Source: `skimage.data`; licences in data/README.md.
    """
    from skimage import data

    return getattr(data, name)().astype(np.float32)


@checked(letters, frequency)
def zone_plate(n, finest=0.5):
    """Return rings that grow finer outwards.

    Parameters
    ----------
    n : int
        Height and width in pixels, 2 or more.
    finest : float
        The rings' frequency at the middle of each edge, in cycles a pixel. 0.5, one
        light and one dark pixel a cycle, is the finest that pixels can show.

    Returns
    -------
    float32 array (n, n)
        cos(2 pi finest r^2 / n), between -1 and 1, with r the distance from the centre
        in pixels; the frequency at r is finest r / (n / 2).

    Raises
    ------
    ValueError
        If n is no whole number or below 2, or finest is not between 0 and 0.5.
    """
    r2 = (np.arange(n) - (n - 1) / 2) ** 2
    return np.cos(2 * np.pi * finest / n * (r2[:, None] + r2)).astype(np.float32)


@checked(letters, radius)
def circle(n=64, r_shrink=4):
    """Return the outline of a circle, one pixel thin, in the middle of a picture.

    Parameters
    ----------
    n : int
        Height and width in pixels, even.
    r_shrink : int
        By how much the radius is smaller than n / 2, from 0 to n / 2 - 2.

    Returns
    -------
    float32 array (n, n)
        1 on the circle, 0 elsewhere. It is drawn on (n + 1)^2 pixels, which have a
        middle, and scaled to n^2 by taking the nearest pixels. These are all but the
        middle row and the middle column.

    Raises
    ------
    ValueError
        If n is not even, or r_shrink is out of range.

    Source: the geometry of `visiontools.circle` in Kaggle's course on computer vision;
    `skimage.draw.circle_perimeter` draws it.
    """
    from skimage.draw import circle_perimeter

    canvas = np.zeros((n + 1, n + 1), np.float32)
    canvas[circle_perimeter(n // 2, n // 2, n // 2 - r_shrink)] = 1
    nearest = np.delete(np.arange(n + 1), n // 2)
    return canvas[np.ix_(nearest, nearest)]


@checked(letters, stride_divides)
def cover(n=384, s=8, gap=24):
    """Return the book's cover: a zone plate, thinned in two ways.

    Parameters
    ----------
    n, s, gap : int
        Size of each of the three panels, stride, and distance between the panels, in
        pixels; s divides n.

    Returns
    -------
    float32 array (n, 3 n + 2 gap), between -1 and 1, NaN between the panels
        From left to right: the zone plate; every s-th pixel of it, which shows rings
        that are not there; the means of its s x s blocks, in which these fade. The two
        thinned pictures are enlarged again by repeating pixels.

    Raises
    ------
    ValueError
        If a size is no whole number, or s does not divide n.
    """
    plate = zone_plate(n, finest=0.125)  # coarse enough to be scaled down on a phone
    strided = plate[s // 2 :: s, s // 2 :: s]
    pooled = reduce(plate, "(h s1) (w s2) -> h w", "mean", s1=s, s2=s)
    enlarged = repeat([strided, pooled], "two h w -> two (h s1) (w s2)", s1=s, s2=s)
    between = np.full((n, gap), np.nan, np.float32)
    return np.hstack([plate, between, enlarged[0], between, enlarged[1]])


def cover_image():
    """Return the cover as `make cover` stores it in book/cover.png.

    Returns
    -------
    PIL.Image.Image
        1200 x 384 pixels of 255 colours, Matplotlib's map "magma"; nothing, that is
        transparent, between the panels.
    """
    from matplotlib import colormaps
    from PIL import Image

    levels, nothing = cover(), 255
    levels = np.nan_to_num(np.rint((levels + 1) / 2 * 254), nan=nothing)
    image = Image.fromarray(levels.astype(np.uint8)).convert("P")
    colours = colormaps["magma"](np.arange(256) / 254, bytes=True)[:, :3]
    image.putpalette(colours.tobytes())
    image.info["transparency"] = nothing
    return image
