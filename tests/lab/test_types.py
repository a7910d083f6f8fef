"""The types of convolution by hand equal TensorFlow's, in whole numbers."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lab import byhand, quietly
from lab.shapes import span

with quietly():
    import tensorflow as tf
    from keras import layers

sizes = st.integers(1, 9)
taps = st.integers(1, 4)
few = st.integers(1, 3)
steps = st.sampled_from([(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)])
rules = st.sampled_from(["valid", "same"])
seeds = st.integers(0, 2**32)


def whole(seed, *shapes):
    """Return arrays of whole numbers, which add up exactly in any order."""
    rng = np.random.default_rng(seed)
    return [rng.integers(-9, 10, shape).astype(np.float32) for shape in shapes]


def fits(picture, kernel, d, padding):
    return padding != "valid" or all(span(k, d) <= n for n, k in zip(picture, kernel))


@given(sizes, sizes, taps, taps, few, few, few, steps, rules, seeds)
def test_grouped_is_tensorflows(h, w, kh, kw, c, out, groups, step, padding, seed):
    s, d = step
    assume(fits((h, w), (kh, kw), d, padding))
    shapes = (2, h, w, c * groups), (kh, kw, c, out * groups)
    x, kernel = whole(seed, *shapes)
    theirs = tf.nn.conv2d(x, kernel, s, padding.upper(), dilations=d)
    ours = byhand.grouped_conv2d(x, kernel, groups, s, d, padding)
    assert np.array_equal(ours, theirs)


@given(sizes, sizes, taps, taps, few, few, steps, rules, seeds)
def test_depthwise_is_tensorflows(h, w, kh, kw, c, m, step, padding, seed):
    s, d = step
    assume(fits((h, w), (kh, kw), d, padding))
    x, kernel = whole(seed, (2, h, w, c), (kh, kw, c, m))
    theirs = tf.nn.depthwise_conv2d(
        x, kernel, [1, s, s, 1], padding.upper(), dilations=[d, d]
    )
    assert np.array_equal(byhand.depthwise_conv2d(x, kernel, s, d, padding), theirs)


@given(sizes, sizes, taps, few, few, steps, st.sampled_from([0, 1, 2, "same"]), seeds)
def test_depthwise_is_grouped_with_a_group_a_channel(h, w, k, c, m, step, p, seed):
    s, d = step
    assume(p == "same" or span(k, d) <= min(h, w) + 2 * p)
    x, kernel = whole(seed, (2, h, w, c), (k, k, c, m))
    assert np.array_equal(
        byhand.depthwise_conv2d(x, kernel, s, d, p),
        byhand.grouped_conv2d(x, kernel.reshape(k, k, 1, c * m), c, s, d, p),
    )


@settings(max_examples=settings().max_examples // 2)
@given(
    sizes, taps, few, few, steps, st.sampled_from(["valid", "same", "causal"]), seeds
)
def test_conv1d_is_keras(n, k, c, out, step, padding, seed):
    s, d = step
    assume(fits([n], [k], d, padding))
    x, kernel = whole(seed, (2, n, c), (k, c, out))
    layer = layers.Conv1D(out, k, s, padding, dilation_rate=d, use_bias=False)
    layer.build(x.shape)
    layer.set_weights([kernel])
    assert np.array_equal(byhand.conv1d(x, kernel, s, d, padding), layer(x))


@given(sizes, taps, few, st.integers(1, 3), seeds)
def test_a_causal_output_reads_nothing_later(n, k, c, d, seed):
    x, later, kernel = whole(seed, (1, n, c), (1, n, c), (k, c, 2))
    now = n // 2
    changed = np.concatenate([x[:, : now + 1], later[:, now + 1 :]], axis=1)
    before = [byhand.conv1d(y, kernel, 1, d, "causal") for y in (x, changed)]
    assert np.array_equal(before[0][:, : now + 1], before[1][:, : now + 1])


@given(sizes, sizes, sizes, taps, taps, taps, few, few, steps, seeds)
def test_conv3d_is_tensorflows(t, h, w, kt, kh, kw, c, out, step, seed):
    s, d = step
    assume(fits((t, h, w), (kt, kh, kw), d, "valid"))
    x, kernel = whole(seed, (2, t, h, w, c), (kt, kh, kw, c, out))
    theirs = tf.nn.convolution(x, kernel, s, "VALID", dilations=d)
    assert np.array_equal(byhand.conv3d(x, kernel, s, d), theirs)


X = np.zeros((1, 5, 6, 4))
K = np.zeros((3, 3, 4, 2))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: byhand.grouped_conv2d(X, K, 3), "the 4 channels of x and the 2 of"),
        (lambda: byhand.grouped_conv2d(X, K, 0), "groups must divide .* but is 0"),
        (lambda: byhand.grouped_conv2d(X, K, 1.5), "groups must divide .* but is 1.5"),
        (
            lambda: byhand.grouped_conv2d(X, K, 2),
            r"in=2, the channels of x in one group, but has shape \(3, 3, 4, 2\)",
        ),
        (
            lambda: byhand.depthwise_conv2d(X, K[:, :, :3]),
            "kernel needs the axes kh kw in multiplier with in=4, the channels of x",
        ),
        (lambda: byhand.depthwise_conv2d(X[0], K), "x needs the axes b h w c, but has"),
        (lambda: byhand.depthwise_conv2d(X, K, s=0), "s must be 1 or more, but is 0"),
        (lambda: byhand.depthwise_conv2d(X, K, d=4), r"spans \(9, 9\) pixels"),
        (lambda: byhand.conv1d(X, K[0]), "x needs the axes b t c, but has shape"),
        (lambda: byhand.conv1d(X[0], K), "kernel needs the axes k in out, but has"),
        (lambda: byhand.conv1d(X[0], K[0], padding=1), '"same" or "causal", but is 1'),
        (lambda: byhand.conv1d(X[0], K[0], d=0), "d must be 1 or more, but is 0"),
        (lambda: byhand.conv3d(X, K[None]), "x needs the axes b t h w c, but has"),
        (
            lambda: byhand.conv3d(X[None, :, :3], np.zeros((2, 3, 3, 4, 2))),
            "k=2 with d=1 spans 2 pixels, but the padded input has only 1",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()
