"""Test signals whose answer is known, and photographs to look at."""

import numpy as np
from einops import reduce, repeat

# Colour photographs that scikit-image carries; their licences stand in data/README.md.
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket")


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
    if name not in PHOTOGRAPHS:
        known = ", ".join(PHOTOGRAPHS)
        raise ValueError(f"name must be one of {known}, but is {name!r}")
    from skimage import data

    return getattr(data, name)().astype(np.float32)


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
        If n is below 2, or finest is not between 0 and 0.5.
    """
    if n < 2:
        raise ValueError(f"n must be 2 or more, but is {n!r}")
    if not 0 < finest <= 0.5:
        raise ValueError(f"finest must be above 0 and at most 0.5, but is {finest!r}")
    r2 = (np.arange(n) - (n - 1) / 2) ** 2
    return np.cos(2 * np.pi * finest / n * (r2[:, None] + r2)).astype(np.float32)


def cover(n=400, s=4):
    """Return the book's cover: a zone plate, thinned in two ways.

    Parameters
    ----------
    n, s : int
        Size of each of the three panels in pixels, and the stride; s divides n.

    Returns
    -------
    float32 array (n, 3 n), between -1 and 1
        From left to right: the zone plate; every s-th pixel of it, which shows rings
        that are not there; the means of its s x s blocks, which all but remove them.
        The two thinned pictures are enlarged again by repeating pixels.
    """
    plate = zone_plate(n, finest=0.25)  # coarse enough for a browser to scale down
    strided = plate[::s, ::s]
    pooled = reduce(plate, "(h s1) (w s2) -> h w", "mean", s1=s, s2=s)
    enlarged = [
        repeat(p, "h w -> (h s1) (w s2)", s1=s, s2=s) for p in (strided, pooled)
    ]
    return np.hstack([plate, *enlarged])


def cover_image():
    """Return the cover as `make cover` stores it in book/cover.png.

    Returns
    -------
    PIL.Image.Image
        1200 x 400 pixels of 256 colours: Matplotlib's map "magma".
    """
    from matplotlib import colormaps
    from PIL import Image

    levels = np.rint((cover() + 1) / 2 * 255).astype(np.uint8)
    image = Image.fromarray(levels).convert("P")
    image.putpalette(colormaps["magma"](range(256), bytes=True)[:, :3].tobytes())
    return image
