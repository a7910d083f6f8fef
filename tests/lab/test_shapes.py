"""Size arithmetic: against what TensorFlow returns, and against bad input."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lab import quietly, shapes

with quietly():
    import tensorflow as tf

n, k, s, d = (st.integers(1, most) for most in (40, 9, 6, 4))
p = st.integers(0, 5)


def tf_reads(n, k, s, d, padding):
    """Return the pixels, numbered from 1, that each output reads; 0 is padding."""
    pixels = tf.range(1.0, n + 1)[None, None, :, None]
    taps = tf.eye(k)[None, :, None, :]
    steps, gaps = [1, 1, s, 1], [1, 1, d, 1]
    out = tf.nn.conv2d(pixels, taps, steps, padding, dilations=gaps)
    return out[0, 0].numpy().astype(int)


@given(n, k, s, d, p)
def test_out_size_is_tensorflows(n, k, s, d, p):
    assume(shapes.span(k, d) <= n + 2 * p)
    sides = [[0, 0], [0, 0], [p, p], [0, 0]]
    assert len(tf_reads(n, k, s, d, sides)) == shapes.out_size(n, k, s, d, p)


@given(n, k, s, d)
def test_same_reads_what_tensorflow_reads(n, k, s, d):
    reads = tf_reads(n, k, s, d, "SAME")
    before, after = shapes.same_pad(n, k, s, d)
    padded = np.pad(np.arange(1, n + 1), (before, after))
    starts = s * np.arange(shapes.same_size(n, s))
    ours = padded[starts[:, None] + d * np.arange(k)]
    assert np.array_equal(reads, ours)
    assert after - before in (0, 1)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 3))))
def test_receptive_field_needs_just_so_many_pixels(stack):
    """Going down from one output, each layer needs (o - 1) s + span pixels."""
    needed = 1
    for k, s, d in reversed(stack):
        needed = (needed - 1) * s + shapes.span(k, d)
    assert shapes.receptive_field(stack) == needed


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: shapes.out_size(9, 3, s=0), "s must be 1 or more, but is 0"),
        (lambda: shapes.out_size(9, 3, p=-1), "p must be 0 or more, but is -1"),
        (lambda: shapes.out_size(9, 0), "k must be 1 or more, but is 0"),
        (lambda: shapes.same_pad(0, 3), "n must be 1 or more, but is 0"),
        (
            lambda: shapes.span(3, 1.5),
            "d must be a whole number of pixels, but is 1.5",
        ),
        (lambda: shapes.same_size("9"), "n must be a whole number of pixels"),
        (lambda: shapes.receptive_field([(3, 0, 1)]), "s must be 1 or more"),
        (
            lambda: shapes.out_size(4, 3, d=2),
            "k=3 with d=2 spans 5 pixels, but the padded input has only 4",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_a_kernel_as_long_as_its_padded_input_is_no_error():
    assert shapes.out_size(3, 5, p=1) == 1


def test_numpy_integers_are_whole_numbers():
    assert shapes.same_size(np.int64(7), np.int32(2)) == 4
