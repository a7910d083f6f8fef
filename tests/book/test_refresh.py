"""What refreshing does to the pictures that a chapter stores."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
import refresh
from PIL import Image


def stored(pixels):
    """Return the picture that is read back after it was stored as a palette."""
    encoded = refresh.palette_png(Image.fromarray(pixels))
    return Image.open(BytesIO(b64decode(encoded)))


@pytest.mark.parametrize("channels", [3, 4])
def test_few_colours_come_back_exactly(channels):
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (200, channels), np.uint8)
    colours[:, 3:] = 255  # matplotlib's fourth channel: opaque
    pixels = colours[rng.integers(0, 200, (31, 47))]
    assert np.array_equal(stored(pixels).convert("RGB"), pixels[..., :3])


def test_many_colours_become_256_and_paper_stays_white():
    y, x = np.mgrid[:120, :160].astype(np.uint8)
    pixels = np.stack([x, 2 * y, 255 - x], axis=-1)
    pixels[:40] = 255
    picture = stored(pixels)
    assert picture.size == (160, 120)
    assert len(picture.convert("RGB").getcolors(1 << 20)) <= 256
    back = np.asarray(picture.convert("RGB")).astype(int)
    assert np.all(back[:40] == 255)
    assert np.abs(back - pixels).max() < 32
