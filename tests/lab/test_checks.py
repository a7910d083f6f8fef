"""What the bench takes in several forms gives one answer, and what it cannot, none."""

import ast
import inspect

import ml_dtypes
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lab import byhand, quietly, shapes

with quietly():
    import keras
    import tensorflow as tf
    from keras import layers


def drawn(shape, seed=0):
    """Return whole numbers from 1 to 9, whose sums of products are exact everywhere."""
    return np.random.default_rng(seed).integers(1, 10, shape)


# Each function's arrays, by name, and its letters. No two axes are as long.
X = drawn((2, 7, 6, 4))
CALLS = {
    "dilate": ({"kernel": drawn((3, 2, 4, 5))}, {"d": 2}),
    "pad": ({"x": X, "kernel": drawn((3, 2))}, {"s": 2, "d": 2, "padding": 3}),
    "windows": ({"x": X, "kernel": drawn((3, 2))}, {"s": 2, "d": 2}),
    "conv2d": (
        {"x": X, "kernel": drawn((3, 2, 4, 5), 1)},
        {"s": 2, "d": 3, "padding": 1},
    ),
    "filtered": (
        {"picture": drawn((7, 6)), "kernel": drawn((3, 2), 1)},
        {"padding": 1},
    ),
    "per_channel": ({"weights": drawn((3, 2))}, {"c": 4}),
    "grouped_conv2d": (
        {"x": X, "kernel": drawn((3, 2, 2, 6), 1)},
        {"groups": 2, "s": 2, "d": 1, "padding": 1},
    ),
    "depthwise_conv2d": (
        {"x": X, "kernel": drawn((3, 2, 4, 3), 1)},
        {"s": 3, "d": 2, "padding": 2},
    ),
    "conv1d": ({"x": X[:, 0], "kernel": drawn((3, 4, 5), 1)}, {"s": 2, "d": 2}),
    "conv3d": (
        {"x": drawn((1, 4, 7, 6, 3)), "kernel": drawn((2, 3, 2, 3, 5), 1)},
        {"s": 2, "d": 1},
    ),
    "max_pool": ({"x": X}, {"k": 3, "s": 2}),
    "conv_matrix": (
        {"kernel": drawn((3, 2, 2, 3))},
        {"h": 4, "w": 5, "s": 2, "padding": 1},
    ),
    "conv2d_transpose": (
        {"x": X, "kernel": drawn((3, 2, 5, 4), 1)},
        {"s": 3, "padding": 1, "output_padding": 2},
    ),
}
MOVES = ("dilate", "pad", "windows")  # they move numbers and compute none
COMPUTES = tuple(name for name in CALLS if name not in MOVES)
SIZES = {
    "span": {"k": 5, "d": 3},
    "out_size": {"n": 9, "k": 5, "s": 3, "d": 2, "p": 4},
    "same_size": {"n": 9, "s": 2},
    "same_pad": {"n": 9, "k": 5, "s": 3, "d": 2},
    "transposed_size": {"n": 4, "k": 5, "s": 3, "padding": 2, "output_padding": 1},
}
every_function = pytest.mark.parametrize("name", CALLS)


def call(name, array=lambda a: a, letter=lambda n: n):
    arrays, letters = CALLS[name]
    arrays = {key: array(value) for key, value in arrays.items()}
    return getattr(byhand, name)(
        **arrays, **{key: letter(value) for key, value in letters.items()}
    )


@pytest.mark.parametrize("module", [byhand, shapes])
def test_these_rooms_hold_what_chapters_gave_birth_to_and_no_rule(module):
    source = ast.parse(inspect.getsource(module))
    found = [node for node in source.body if isinstance(node, ast.FunctionDef)]
    for node in found:
        assert "Born in chapter" in ast.get_docstring(node)
        assert not any(isinstance(part, ast.Raise) for part in ast.walk(node))
    covered = {**CALLS, **SIZES, "receptive_field": None}
    assert {node.name for node in found} <= covered.keys()


# Forms of one array


FORMS = {
    "lists": np.ndarray.tolist,
    "TensorFlow's tensors": tf.constant,
    "TensorFlow's variables": tf.Variable,
    "Keras' tensors": keras.ops.convert_to_tensor,
    "Keras' variables": lambda a: keras.Variable(a, trainable=False, dtype="int64"),
}


@every_function
@pytest.mark.parametrize("form", FORMS)
def test_takes_every_form_of_an_array(name, form):
    found, expected = call(name, FORMS[form]), call(name)
    assert type(found) is np.ndarray
    assert np.array_equal(found, expected)
    assert found.dtype == expected.dtype


@every_function
@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (lambda a: [[1, 2], [3]], "cannot be read as an array"),
        (lambda a: keras.Input(a.shape), "cannot be read as an array"),
        (lambda a: a.astype(str), "must hold numbers, but has the type <U21"),
        (lambda a: a.astype(object), "must hold numbers, but has the type object"),
        (lambda a: None, "must hold numbers, but has the type object"),
        (lambda a: 5, r"needs the axes .*, but has shape \(\)"),
    ],
)
def test_refuses_what_is_no_array_of_numbers(name, bad, said):
    with pytest.raises(ValueError, match=f"(x|kernel|picture|weights) {said}"):
        call(name, bad)


# Whole numbers of every library


INTEGERS = [np.uint8, np.int8, np.uint16, np.int32, np.uint64, np.int64]


@pytest.mark.parametrize("integer", [*INTEGERS, np.array, tf.constant])
@pytest.mark.parametrize("name", SIZES)
def test_sizes_overflow_in_no_letter(name, integer):
    letters, size = SIZES[name], getattr(shapes, name)
    found = size(**{key: integer(value) for key, value in letters.items()})
    assert found == size(**letters)
    assert {type(part) for part in np.ravel(found).tolist()} == {int}
    assert type(found) in (int, tuple)


@pytest.mark.parametrize("integer", INTEGERS)
@every_function
def test_letters_overflow_in_no_function(name, integer):
    assert np.array_equal(call(name, letter=integer), call(name))


def test_the_size_that_wrapped():
    assert shapes.transposed_size(np.uint8(4), np.uint8(5), np.uint8(3)) == 14
    assert shapes.out_size(np.uint8(255), 3, p=np.uint8(1)) == 255


STACK = [(3, 1, 1), (3, 2, 1), (3, 1, 1)]


@pytest.mark.parametrize("form", [iter, tuple, np.array, np.uint8, tf.constant])
def test_a_receptive_field_eats_no_layer(form):
    assert shapes.receptive_field(form(STACK)) == 9


def test_a_receptive_field_in_narrow_integers():
    # 1 + 72 (1 + 9 + 81 + 729)
    assert shapes.receptive_field(np.full((4, 3), 9, np.uint8)) == 59041


def test_layers_that_are_no_list_are_refused():
    with pytest.raises(ValueError, match=r"a list of \(k, s, d\), but is 3"):
        shapes.receptive_field(3)


@pytest.mark.parametrize("layer", [(3, 1), 3, None, (3, 1, 1, 1)])
def test_a_layer_that_is_not_three_numbers_is_refused(layer):
    with pytest.raises(ValueError, match=r"three numbers \(k, s, d\), but one is"):
        shapes.receptive_field([(3, 1, 1), layer])


# Types


NARROW = {
    "bool": "int64",
    "int8": "int64",
    "uint8": "int64",
    "int16": "int64",
    "uint32": "int64",
    "uint64": "int64",
    "int64": "int64",
    ml_dtypes.int4: "int64",
    "float16": "float32",
    ml_dtypes.bfloat16: "float32",
    "float32": "float32",
    "float64": "float64",
    "complex64": "complex64",
}


def named(dtype):
    return np.dtype(dtype).name


@pytest.mark.parametrize("dtype", NARROW, ids=named)
@pytest.mark.parametrize("name", COMPUTES)
def test_computes_wide_enough(name, dtype):
    if name == "max_pool" and dtype == "complex64":
        with pytest.raises(ValueError, match="of complex ones none is largest"):
            call(name, lambda a: a.astype(dtype))
        return
    found = call(name, lambda a: a.astype(dtype))
    expected = call(name, lambda a: a.astype(dtype).astype(complex).real)
    assert np.array_equal(found, expected)
    assert found.dtype == ("float64" if name == "max_pool" else NARROW[dtype])


@pytest.mark.parametrize("dtype", NARROW, ids=named)
@pytest.mark.parametrize("name", MOVES)
def test_moves_numbers_as_they_are(name, dtype):
    found = call(name, lambda a: a.astype(dtype))
    assert found.dtype == dtype
    assert np.array_equal(found, call(name).astype(dtype))


def test_the_sum_that_wrapped():
    x, ones = np.full((1, 3, 3, 3), 255, np.uint8), np.ones((3, 3, 3, 1), np.uint8)
    assert byhand.conv2d(x, ones).item() == 6885
    assert byhand.conv2d(x, ones.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("name", COMPUTES)
def test_whole_numbers_that_int64_cannot_hold_are_refused(name):
    with pytest.raises(ValueError, match=r"2\*\*63 - 1. Give them as float64"):
        call(name, lambda a: a.astype(np.uint64) << np.uint64(60))
    assert call(name, lambda a: a * 2.0**60).dtype == np.float64


@pytest.mark.parametrize("name", [n for n in COMPUTES if len(CALLS[n][0]) == 2])
def test_sums_that_int64_cannot_hold_are_refused(name):
    with pytest.raises(ValueError, match=r"2\*\*"):
        call(name, lambda a: a << 32)


def test_whole_numbers_that_float64_cannot_hold_are_not_pooled():
    big = np.full((1, 2, 2, 1), 2**53 + 1)
    with pytest.raises(ValueError, match=r"whole numbers up to 2\*\*53"):
        byhand.max_pool(big, 2, 2)
    assert byhand.max_pool(big - 1, 2, 2) == 2**53


# Infinity and NaN


def spoilt(seed, shape):
    """Return whole numbers, among them a few that are infinite or none."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, shape).astype(np.float32)
    odd = rng.choice([np.nan, np.inf, -np.inf], shape).astype(np.float32)
    return np.where(rng.random(shape) < 0.1, odd, x)


seeds = st.integers(0, 2**32)
sides = st.integers(1, 8)
taps = st.integers(1, 3)
rules = st.sampled_from(["valid", "same"])
not_a_number = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")


@not_a_number
@given(sides, sides, taps, taps, taps, st.integers(1, 4), taps, rules, seeds)
def test_pictures_with_nan_and_infinity_equal_keras(h, w, kh, kw, s, c, o, rule, seed):
    assume(rule == "same" or (kh <= h and kw <= w))
    x = spoilt(seed, (2, h, w, c))
    # No zero: libraries differ in whether they look at what is multiplied by it.
    kernel = np.array([-2, -1, 3], np.float32)[drawn((kh, kw, c, o), seed) % 3]
    for layer, ours in (
        (layers.Conv2D(o, (kh, kw), s, rule), byhand.conv2d),
        (layers.Conv2DTranspose(o, (kh, kw), s, rule), byhand.conv2d_transpose),
        (layers.DepthwiseConv2D((kh, kw), s, rule, o), byhand.depthwise_conv2d),
    ):
        layer.build(x.shape)
        own = kernel.reshape(layer.kernel.shape)
        layer.kernel.assign(own)
        found = ours(x, own, s, padding=rule)
        assert np.array_equal(found, layer(x), equal_nan=True)


@given(sides, sides, taps, taps, rules, seeds)
def test_the_largest_of_nan_and_infinity_equals_keras(h, w, k, s, rule, seed):
    assume(rule == "same" or k <= min(h, w))
    x = spoilt(seed, (2, h, w, 3))
    x[0, :, : w // 2] = np.nan
    assert np.array_equal(
        byhand.max_pool(x, k, s, rule), layers.MaxPooling2D(k, s, rule)(x)
    )


def test_the_largest_of_one_nan_two_and_three():
    x = np.array([[1, np.nan], [2, 3]])[None, :, :, None]
    assert byhand.max_pool(x, 2, 2).item() == 3


@pytest.mark.parametrize("odd", [np.nan, np.inf])
@pytest.mark.parametrize("name", [n for n in COMPUTES if n != "max_pool"])
def test_a_kernel_with_nan_or_infinity_is_refused(name, odd):
    key = "weights" if name == "per_channel" else "kernel"

    def spoil(a):
        a = a.astype(np.float32)
        a.flat[-1] = odd if a.shape == CALLS[name][0][key].shape else 1
        return a

    with pytest.raises(ValueError, match=f"{key} must hold finite numbers"):
        call(name, spoil)
