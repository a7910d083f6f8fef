"""Weights carried over: what PyTorch and ONNX Runtime computed, by hand."""

from itertools import product

import h5py
import numpy as np
import pytest
from einops import EinopsError, rearrange

from lab import data, port
from lab.byhand import conv2d, conv2d_transpose, dilate, grouped_conv2d, windows


def names(kind):
    """Return the names of all cases of a kind."""
    with h5py.File(data.DATA / "frameworks.h5", locking=False) as file:
        return [f"{kind}/{name}" for name in file[kind]]


def case(name):
    """Return a case's arrays, pictures with the channels last, and its settings."""
    arrays, how = data.frameworks(name)
    for key in ("x", "out"):
        if arrays[key].ndim == 4:
            arrays[key] = rearrange(arrays[key], "b c h w -> b h w c")
    return arrays, how


def surrounded(x, sides, value=0):
    return np.pad(x, [(0, 0), *sides, (0, 0)], constant_values=value)


@pytest.mark.parametrize("name", names("torch/conv"))
def test_conv_kernel(name):
    arrays, how = case(name)
    kernel = port.conv_kernel(arrays["weight"])
    found = grouped_conv2d(
        arrays["x"],
        kernel,
        how.get("groups", 1),
        how.get("stride", 1),
        how.get("dilation", 1),
        how.get("padding", 0),
    )
    assert np.array_equal(found + arrays["bias"], arrays["out"])
    turned = arrays["weight"].reshape(kernel.shape)
    assert not np.array_equal(turned, kernel)


def test_depthwise_kernel():
    arrays, how = case("torch/conv/depthwise")
    kernel = port.depthwise_kernel(arrays["weight"], how["groups"])
    found = [
        conv2d(arrays["x"][..., [c]], kernel[:, :, [c]]) for c in range(how["groups"])
    ]
    found = np.concatenate(found, axis=-1) + arrays["bias"]
    assert np.array_equal(found, arrays["out"])


@pytest.mark.parametrize("name", names("torch/transposed"))
def test_transposed_kernel_padding_is_a_crop(name):
    arrays, how = case(name)
    s, p, a = (how[key] for key in ("stride", "padding", "output_padding"))
    kernel = port.transposed_kernel(arrays["weight"])
    whole = conv2d_transpose(arrays["x"], kernel, s, output_padding=a)
    whole = whole + arrays["bias"]
    h, w = whole.shape[1:3]
    assert np.array_equal(whole[:, p : h - p, p : w - p], arrays["out"])


@pytest.mark.parametrize("name", names("torch/max_pool"))
def test_pool_pad(name):
    arrays, how = case(name)
    k, s, p, ceil = (
        how[key] for key in ("kernel_size", "stride", "padding", "ceil_mode")
    )
    sides = [port.pool_pad(n, k, s, p, ceil) for n in arrays["x"].shape[1:3]]
    around = surrounded(arrays["x"], sides, -np.inf)
    found = windows(around, np.empty((k, k)), s).max(axis=(-2, -1))
    assert np.array_equal(found, arrays["out"])


def test_pool_pad_against_every_size_by_definition():
    # A window may begin at any multiple of s that lies before the padded picture's
    # end, and under ceil_mode also reach beyond it, if it begins before the right side.
    sizes = product(range(1, 9), range(1, 5), range(1, 5), range(3), (False, True))
    for n, k, s, p, ceil in sizes:
        if p > k // 2 or n + 2 * p < k:
            continue
        starts = range(-p, n + p, s)
        if ceil:
            kept = [i for i in starts if i < n and i - s + k < n + p] or [-p]
        else:
            kept = [i for i in starts if i + k <= n + p]
        before, after = port.pool_pad(n, k, s, p, ceil)
        assert before == p
        assert (before + n + after - k) // s + 1 == len(kept), (n, k, s, p, ceil)


@pytest.mark.parametrize("name", names("torch/avg_pool"))
def test_average_counts_the_zeros(name):
    arrays, how = case(name)
    sides = [(1, 1), (1, 1)]
    ones = np.ones_like(arrays["x"])
    sums, counts = (
        windows(surrounded(part, sides), np.empty((3, 3)), 2).sum(axis=(-2, -1))
        for part in (arrays["x"], ones)
    )
    by = 9 if how["count_include_pad"] else counts
    assert np.allclose(sums / by, arrays["out"], rtol=1e-6, atol=1e-6)


def test_shuffled():
    arrays, how = case("torch/pixel_shuffle")
    x = port.shuffled(arrays["x"], how["upscale_factor"])
    found = rearrange(x, "b h w (i j c) -> b (h i) (w j) c", i=2, j=2)
    assert np.array_equal(found, arrays["out"])


def test_dense_kernel():
    arrays, _ = case("torch/dense")
    _, h, w, _ = arrays["x"].shape
    flat = rearrange(arrays["x"], "b h w c -> b (h w c)")
    found = flat @ port.dense_kernel(arrays["weight"], h, w) + arrays["bias"]
    assert np.array_equal(found, arrays["out"])
    assert np.array_equal(port.dense_kernel(arrays["weight"]), arrays["weight"].T)


@pytest.mark.parametrize("name", names("torch/resize"))
def test_resize(name):
    arrays, how = case(name)
    x, out = arrays["x"], arrays["out"]
    sizes = list(zip(x.shape[1:3], out.shape[1:3]))
    if how["mode"] == "nearest":
        rows, columns = (port.nearest_pixels(n, o) for n, o in sizes)
        assert np.array_equal(x[:, rows][:, :, columns], out)
        return
    weights = port.corner_weights if how.get("align_corners") else centre_weights
    tall, broad = (weights(n, o) for n, o in sizes)
    found = np.einsum("ph,qw,bhwc->bpqc", tall, broad, x)
    assert np.allclose(found, out, rtol=1e-5, atol=1e-5)


def test_nearest_rounds_as_pytorch_does():
    """PyTorch 2.13 takes pixel 0 here, because 41 * (2 / 82) is below 1 in float32."""
    assert port.nearest_pixels(2, 82)[41] == 0
    assert port.nearest_pixels(4, 7).tolist() == [0, 0, 1, 1, 2, 2, 3]


def centre_weights(n, o):
    """Return the matrix of a bilinear resize by centres, as Keras has it."""
    places = (np.arange(o) + 0.5) * n / o - 0.5
    return np.stack([np.interp(places, np.arange(n), e) for e in np.eye(n)], axis=1)


@pytest.mark.parametrize(
    ("rule", "side"), [("SAME_UPPER", (0, 1)), ("SAME_LOWER", (1, 0))]
)
def test_onnx_puts_the_odd_pixel_where_its_rule_says(rule, side):
    arrays, how = case(f"onnx/conv/{rule}")
    around = surrounded(arrays["x"], [side, side])
    kernel = port.conv_kernel(arrays["weight"])
    assert np.array_equal(conv2d(around, kernel, how["stride"]), arrays["out"])


def test_jax_transposes_only_when_asked():
    plain, how = data.frameworks("jax/transposed/default")
    spread = dilate(rearrange(plain["x"], "b h w c -> h w b c"), how["stride"])
    around = surrounded(rearrange(spread, "h w b c -> b h w c"), [(2, 2), (2, 2)])
    assert np.array_equal(conv2d(around, plain["kernel"]), plain["out"])
    asked, how = data.frameworks("jax/transposed/transpose_kernel")
    found = conv2d_transpose(asked["x"], asked["kernel"], how["stride"])
    assert np.array_equal(found, asked["out"])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: port.conv_kernel(np.ones((2, 3))), "weight needs the axes out in"),
        (lambda: port.transposed_kernel(np.ones(4)), "weight needs the axes in out"),
        (lambda: port.pool_pad(4, 7, 2, 1), "the padded input has only 6"),
        (lambda: port.pool_pad(4, 2, 0), "s must be 1 or more"),
        (lambda: port.nearest_pixels(4, 0), "o must be 1 or more"),
        (lambda: port.corner_weights(1, 4), "n and o must be 2 or more"),
        (lambda: data.frameworks("torch"), "case must name a group"),
        (lambda: data.frameworks("caffe/conv"), "case must name a group"),
    ],
)
def test_errors_name_what_is_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_what_does_not_divide_is_refused():
    with pytest.raises(EinopsError):
        port.shuffled(np.ones((3, 3, 2, 6)), 2)
    with pytest.raises(EinopsError):
        port.dense_kernel(np.ones((4, 10)), 2, 3)
    with pytest.raises(EinopsError):
        port.depthwise_kernel(np.ones((6, 1, 3, 3)), 4)


def test_reader_refuses_a_changed_file(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA", tmp_path)
    (tmp_path / "frameworks.h5").write_bytes(b"other")
    with pytest.raises(ValueError, match="is not an HDF5 file"):
        data.frameworks("torch/dense")
