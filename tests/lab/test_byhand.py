"""Convolution by hand equals TensorFlow, over random sizes and whole numbers."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lab import byhand, quietly
from lab.shapes import span

with quietly():
    import tensorflow as tf

sizes = st.integers(1, 12)
taps = st.integers(1, 5)


@st.composite
def convolutions(draw):
    """Draw pictures, a kernel and settings, in whole numbers that add up exactly."""
    h, w, kh, kw = draw(sizes), draw(sizes), draw(taps), draw(taps)
    b, c, out = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 3)),
    )
    s, d = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    padding = draw(st.sampled_from(["valid", "same", 0, 1, 2, 3]))
    p = padding if isinstance(padding, int) else 0
    if padding != "same":
        assume(span(kh, d) <= h + 2 * p)
        assume(span(kw, d) <= w + 2 * p)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = rng.integers(-9, 10, (b, h, w, c)).astype(np.float32)
    kernel = rng.integers(-9, 10, (kh, kw, c, out)).astype(np.float32)
    return x, kernel, s, d, padding


def tf_conv2d(x, kernel, s, d, padding):
    if isinstance(padding, int):
        padding = [[0, 0], [padding, padding], [padding, padding], [0, 0]]
    else:
        padding = padding.upper()
    steps, gaps = [1, s, s, 1], [1, d, d, 1]
    return tf.nn.conv2d(x, kernel, steps, padding, dilations=gaps).numpy()


@given(convolutions())
def test_conv2d_is_tensorflows(case):
    ours = byhand.conv2d(*case)
    assert ours.dtype == np.float32
    assert np.array_equal(ours, tf_conv2d(*case))


@given(convolutions())
def test_a_dilated_kernel_is_dilation(case):
    x, kernel, s, d, padding = case
    wide = byhand.dilate(kernel, d)
    assert np.array_equal(
        byhand.conv2d(x, kernel, s, d, padding),
        byhand.conv2d(x, wide, s, 1, padding),
    )


@given(convolutions())
def test_shifting_the_picture_by_the_stride_shifts_the_output_by_one(case):
    x, kernel, s, d, _ = case
    assume(span(kernel.shape[0], d) + s <= x.shape[1])
    assume(span(kernel.shape[1], d) <= x.shape[2])
    whole = byhand.conv2d(x, kernel, s, d)
    assert np.array_equal(byhand.conv2d(x[:, s:], kernel, s, d), whole[:, 1:])


def test_windows_copy_nothing():
    x = np.zeros((1, 50, 60, 3))
    seen = byhand.windows(x, np.ones((5, 4)), s=2, d=3)
    assert np.shares_memory(x, seen)
    assert seen.shape == (1, 19, 26, 3, 5, 4)


X = np.zeros((1, 5, 6, 2))
K = np.zeros((3, 3, 2, 4))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: byhand.conv2d(X[0], K),
            "x needs the axes b h w c, but has shape",
        ),
        (
            lambda: byhand.conv2d(X, K[..., 0, 0]),
            "kernel needs the axes kh kw in out, but has shape",
        ),
        (
            lambda: byhand.conv2d(X, K[:, :, :1]),
            "in=2, the channels of x, but has",
        ),
        (lambda: byhand.conv2d(X, K, s=0), "s must be 1 or more, but is 0"),
        (
            lambda: byhand.conv2d(X, K, padding="full"),
            'padding must be "valid", "same"',
        ),
        (
            lambda: byhand.conv2d(X, K, padding=-1),
            "a number of pixels .* but is -1",
        ),
        (
            lambda: byhand.conv2d(X, K, d=3),
            r"spans \(7, 7\) pixels, but the padded",
        ),
        (lambda: byhand.windows(X, np.ones((6, 1))), r"spans \(6, 1\) pixels"),
        (lambda: byhand.dilate(K, 0), "d must be 1 or more, but is 0"),
        (lambda: byhand.dilate(np.ones(3), 2), "kernel needs the axes kh kw"),
        (lambda: byhand.pad(X, K, padding="SAME"), "but is 'SAME'"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()
