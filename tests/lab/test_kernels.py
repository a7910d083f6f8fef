"""What chapter 4 adds to lab: the same weights as a kernel for every channel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import byhand, quietly

with quietly():
    import tensorflow as tf

sizes = st.integers(5, 11)
taps = st.integers(1, 5)
seeds = st.integers(0, 2**32)


@given(sizes, sizes, taps, taps, st.integers(1, 4), st.integers(1, 3), seeds)
def test_per_channel_sees_every_channel_and_mixes_none(h, w, kh, kw, c, s, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(-9, 10, (2, h, w, c)).astype(np.float32)
    weights = rng.integers(-9, 10, (kh, kw)).astype(np.float32)
    alike = np.repeat(weights[:, :, None, None], c, axis=2)
    theirs = tf.nn.depthwise_conv2d(x, alike, [1, s, s, 1], "SAME").numpy()
    kernel = byhand.per_channel(weights, c)
    assert np.array_equal(byhand.conv2d(x, kernel, s, padding="same"), theirs)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_per_channel_keeps_the_dtype(dtype):
    kernel = byhand.per_channel(np.ones((2, 3), dtype), 4)
    assert kernel.dtype == dtype
    assert kernel.shape == (2, 3, 4, 4)
    assert np.count_nonzero(kernel) == 2 * 3 * 4


@pytest.mark.parametrize(
    ("weights", "c", "said"),
    [
        (np.ones(3), 2, r"weights needs the axes kh kw, but has shape \(3,\)"),
        (np.ones((3, 3, 1, 1)), 2, r"axes kh kw, but has shape \(3, 3, 1, 1\)"),
        (np.ones((3, 3)), 0, "c must be 1 or more, but is 0"),
        (np.ones((3, 3)), 2.0, "c must be a whole number of channels, but is 2.0"),
    ],
)
def test_bad_input_is_refused_by_name(weights, c, said):
    with pytest.raises(ValueError, match=said):
        byhand.per_channel(weights, c)
