"""Transposed convolution by hand equals TensorFlow and Keras, in whole numbers."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lab import byhand, quietly
from lab.shapes import out_size, same_size, transposed_size

with quietly():
    import tensorflow as tf
    from keras import layers

sizes = st.integers(1, 7)
taps = st.integers(1, 5)
strides = st.integers(1, 4)
few = st.integers(1, 3)
seeds = st.integers(0, 2**32)
paddings = st.sampled_from(["valid", "same", 0, 1, 2, 3])
rules = st.sampled_from(["valid", "same"])
# Keras builds a layer for each example, which takes its time.
half = settings(max_examples=settings().max_examples // 2)
try:
    layers.Conv2DTranspose(1, 3, output_padding=0)
except ValueError:  # Keras 3.10 refuses 0 by itself, wherever it stands
    spares = st.sampled_from([None, 1, 2, 3])
else:
    spares = st.sampled_from([None, 0, 1, 2, 3])


def whole(seed, *shapes):
    """Return arrays of whole numbers, which add up exactly in any order."""
    rng = np.random.default_rng(seed)
    return [rng.integers(-9, 10, shape).astype(np.float32) for shape in shapes]


def small(n, k, s, padding):
    """Return the output size of the convolution that is transposed."""
    if padding == "same":
        return same_size(n, s)
    return out_size(n, k, s, p=0 if padding == "valid" else padding)


def tf_padding(padding):
    if isinstance(padding, str):
        return padding.upper()
    return [[0, 0], [padding, padding], [padding, padding], [0, 0]]


@given(sizes, sizes, taps, taps, strides, few, few, few, rules, spares, seeds)
@half
def test_equals_keras(h, w, kh, kw, s, b, c, out, rule, a, seed):
    even = rule == "same" and (kh % 2 == 0 or kw % 2 == 0)
    assume(a is None or even <= a < s)
    x, kernel = whole(seed, (b, h, w, c), (kh, kw, out, c))
    layer = layers.Conv2DTranspose(
        out, (kh, kw), s, rule, output_padding=a, use_bias=False
    )
    layer.build(x.shape)
    layer.set_weights([kernel])
    ours = byhand.conv2d_transpose(x, kernel, s, rule, a)
    assert ours.dtype == np.float32
    assert np.array_equal(ours, layer(x))


@given(sizes, taps, strides, rules, spares)
@half
def test_refuses_what_keras_refuses(n, k, s, rule, a):
    """An even kernel, "same" and a = 0 would give the size that n - 1 pixels have.

    TensorFlow's errors for that depend on the processor: with oneDNN it aborts, and
    from one pixel it even makes a picture without pixels, which is refused here, too.
    """
    x = np.ones((1, n, n, 1), np.float32)
    try:
        layer = layers.Conv2DTranspose(1, k, s, rule, output_padding=a)
        theirs = layer(x).shape[1]
    except (ValueError, tf.errors.OpError):
        theirs = 0
    if theirs:
        assert transposed_size(n, k, s, rule, a) == theirs
    else:
        with pytest.raises(ValueError, match="output_padding must be"):
            transposed_size(n, k, s, rule, a)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("k", [2, 4])
def test_an_even_kernel_has_no_output_padding_of_0_under_same(n, k):
    with pytest.raises(ValueError, match=f"output_padding must be None for k={k}, s=1"):
        transposed_size(n, k, 1, "same", 0)


@st.composite
def convolutions(draw):
    """Draw a convolution and the output padding that returns to its input size.

    Both axes have one output padding, so the two remainders are drawn alike.
    """
    h, k, s = draw(st.integers(1, 12)), draw(taps), draw(strides)
    padding = draw(paddings)
    p = {"valid": 0, "same": k // 2}.get(padding, padding)
    assume(p < k)
    assume(padding == "same" or k <= h + 2 * p)
    w = h + s * draw(few)
    a = h - (s * (small(h, k, s, padding) - 1) + k - 2 * p)
    assume(0 <= a < s)
    b, c, out = draw(few), draw(few), draw(few)
    x, kernel = whole(draw(seeds), (b, h, w, c), (k, k, c, out))
    return x, kernel, s, padding, a


@given(convolutions(), seeds)
def test_is_the_gradient(case, seed):
    x, kernel, s, padding, a = case
    with tf.GradientTape() as tape:
        watched = tf.constant(x)
        tape.watch(watched)
        y = tf.nn.conv2d(watched, kernel, s, tf_padding(padding))
    (g,) = whole(seed, y.shape)
    gradient = tape.gradient(y, watched, output_gradients=g)
    ours = byhand.conv2d_transpose(g, kernel, s, padding, a)
    assert np.array_equal(ours, gradient)


@given(convolutions(), seeds)
def test_is_the_adjoint(case, seed):
    x, kernel, s, padding, a = case
    there = byhand.conv2d(x, kernel, s, 1, padding)
    (y,) = whole(seed, there.shape)
    back = byhand.conv2d_transpose(y, kernel, s, padding, a)
    assert (there * y).sum(dtype=float) == (x * back).sum(dtype=float)


@given(sizes, sizes, taps, taps, strides, few, few, paddings, seeds)
def test_matrix_is_the_convolution_and_its_transpose(
    h, w, kh, kw, s, c, out, padding, seed
):
    p = padding if isinstance(padding, int) else 0
    assume(padding == "same" or (kh <= h + 2 * p and kw <= w + 2 * p))
    x, kernel = whole(seed, (1, h, w, c), (kh, kw, c, out))
    matrix = byhand.conv_matrix(kernel, h, w, s, padding)
    y = tf.nn.conv2d(x, kernel, s, tf_padding(padding)).numpy()
    assert np.array_equal(matrix @ x.ravel(), y.ravel())
    back = tf.nn.conv2d_transpose(y, kernel, x.shape, s, tf_padding(padding))
    assert np.array_equal((matrix.T @ y.ravel()).reshape(x.shape), back)


X = np.zeros((1, 5, 6, 3))
K = np.zeros((3, 4, 2, 3))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: byhand.conv2d_transpose(X[0], K), "x needs the axes b h w c, but has"),
        (
            lambda: byhand.conv2d_transpose(X, K[0]),
            "kernel needs the axes kh kw out in, but has shape",
        ),
        (
            lambda: byhand.conv2d_transpose(X, np.zeros((3, 3, 3, 2))),
            "kernel needs the axes kh kw out in with in=3, the channels of x",
        ),
        (lambda: byhand.conv2d_transpose(X, K, 0), "s must be 1 or more, but is 0"),
        (
            lambda: byhand.conv2d_transpose(X, K, padding="full"),
            'padding must be "valid", "same" or a number .* but is \'full\'',
        ),
        (lambda: byhand.conv2d_transpose(X, K, padding=3), "k - 1 = 2, but is 3"),
        (
            lambda: byhand.conv2d_transpose(X, K, 2, "same", 0),
            "whole number from 1 to 1, or None for k=4, s=2 and padding='same'",
        ),
        (lambda: transposed_size(4, 3, 2, output_padding=2), "from 0 to 1, or None"),
        (lambda: transposed_size(4, 3, output_padding=0.5), "but is 0.5"),
        (lambda: transposed_size(4, 4, 1, "same", 0), "must be None for k=4, s=1"),
        (lambda: transposed_size(1, 3, 1, 2), "leaves nothing after p=2"),
        (lambda: transposed_size(0, 3), "n must be 1 or more, but is 0"),
        (lambda: byhand.conv_matrix(K[0], 5, 6), "kernel needs the axes kh kw in out"),
        (lambda: byhand.conv_matrix(K, 0, 6), "h must be 1 or more, but is 0"),
        (
            lambda: byhand.conv_matrix(K, 5, 2.5),
            "w must be a whole number of pixels, but is 2.5",
        ),
        (lambda: byhand.conv_matrix(K, 5, 3), r"spans \(3, 4\) pixels, but the padded"),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()
