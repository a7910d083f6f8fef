"""Pooling by hand equals Keras, and the circle is the one that chapter 11 measures."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from skimage.draw import circle_perimeter
from skimage.transform import resize

from lab import byhand, pictures, quietly

with quietly():
    from keras import layers

sizes = st.integers(1, 12)
rules = st.sampled_from(["valid", "same"])


@given(sizes, sizes, st.integers(1, 5), st.integers(1, 4), rules, st.integers(0, 99))
def test_max_pool_is_keras(h, w, k, s, padding, seed):
    assume(padding == "same" or k <= min(h, w))
    x = np.random.default_rng(seed).normal(-5, 3, (2, h, w, 3)).astype(np.float32)
    ours = byhand.max_pool(x, k, s, padding)
    assert np.array_equal(ours, layers.MaxPooling2D(k, s, padding)(x))


def test_what_is_padded_never_wins():
    negative = np.full((1, 5, 7, 2), -5)
    assert (byhand.max_pool(negative, 3, 2, "same") == -5).all()


@pytest.mark.parametrize(
    ("shape", "k", "s", "padding", "why"),
    [
        ((5, 7, 1), 2, 2, "valid", "b h w c"),
        ((1, 5, 7, 1), 0, 2, "valid", "k must be 1 or more"),
        ((1, 5, 7, 1), 2, 1.5, "valid", "s must be a whole number"),
        ((1, 5, 7, 1), 6, 1, "valid", "spans"),
        ((1, 5, 7, 1), 2, 2, 1, '"valid" or "same"'),
    ],
)
def test_what_cannot_be_pooled_is_refused(shape, k, s, padding, why):
    with pytest.raises(ValueError, match=why):
        byhand.max_pool(np.zeros(shape), k, s, padding)


def test_the_circle_of_chapter_8():
    circle = pictures.circle(n=64, r_shrink=4)
    rows, columns = np.nonzero(circle)
    assert (circle.shape, circle.dtype) == ((64, 64), np.float32)
    assert circle.sum() == len(rows) == 156
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 59, 4, 59)
    assert np.array_equal(circle, circle[::-1])
    assert np.array_equal(circle, circle.T)


@given(st.integers(2, 40), st.data())
def test_the_circle_is_scaled_to_the_nearest_pixels(half, data):
    n, r_shrink = 2 * half, data.draw(st.integers(0, half - 2))
    canvas = np.zeros((n + 1, n + 1), np.float32)
    canvas[circle_perimeter(half, half, half - r_shrink)] = 1
    nearest = resize(canvas, (n, n), order=0, anti_aliasing=False)
    assert np.array_equal(pictures.circle(n, r_shrink), nearest)


@pytest.mark.parametrize(
    ("n", "r_shrink", "why"),
    [(63, 4, "n must be"), (2, 0, "n must be"), (64, 31, "30"), (64, -1, "from 0")],
)
def test_a_circle_without_a_middle_or_a_radius_is_refused(n, r_shrink, why):
    with pytest.raises(ValueError, match=why):
        pictures.circle(n, r_shrink)
