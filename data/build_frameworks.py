r"""Build ``frameworks.h5``: what PyTorch, JAX and ONNX Runtime make of small arrays.

Chapter 13 carries the weights over to Keras and must find the same numbers. The book
installs none of the three, so this runs once, in an environment of its own:

    python -m venv _build/frameworks
    _build/frameworks/bin/pip install torch==2.13.0 jax==0.10.2 onnx==1.23.2 \
        onnxruntime==1.32.0 h5py
    _build/frameworks/bin/python data/build_frameworks.py

All inputs but the network's are whole numbers, so that sums are exact. Another
processor trains another network; what chapter 13 says of it is said of this one.
"""

import os
import sys
from pathlib import Path

import h5py
import numpy as np
from build_mini_cifar import record

DATA = Path(__file__).resolve().parent
NAME = "frameworks.h5"
HELD_OUT = 400  # pictures of mini-CIFAR, the last ones
EPOCHS, BATCH, SEED = 30, 50, 0
rng = np.random.default_rng(SEED)


def whole(*shape):
    """Return whole numbers from -9 to 9, as float32."""
    return rng.integers(-9, 10, shape).astype("float32")


# One picture for all: 6 x 6 pixels, and a kernel that no flip leaves as it is.
PICTURE = np.tile(np.arange(6) + 1, (6, 1)) * (np.arange(6)[:, None] % 4 + 1)
KERNEL = np.array([[1, 2, 0], [0, 1, 0], [0, 0, -1]])
FIRST = {
    "x": PICTURE[None, None].astype("float32"),
    "weight": KERNEL[None, None].astype("float32"),
}

# --- PyTorch: b c h w


def torch_cases():
    """Yield name, settings and arrays of what PyTorch's layers compute."""
    import torch
    import torch.nn.functional as F

    def run(function, *arrays, **how):
        return function(*(torch.from_numpy(a) for a in arrays), **how).numpy()

    how = {"stride": 2, "padding": 1}
    yield "one", how, FIRST | {"out": run(F.conv2d, *FIRST.values(), **how)}
    convs = [  # kernel (out, in / groups, kh, kw)
        ("strided", (2, 3, 9, 8), (4, 3, 3, 2), {"stride": 2, "padding": 1}),
        ("dilated", (1, 2, 8, 11), (3, 2, 3, 3), {"dilation": 2, "padding": 2}),
        ("depthwise", (1, 3, 6, 7), (6, 1, 3, 2), {"groups": 3}),
        ("grouped", (1, 4, 6, 7), (6, 2, 2, 3), {"groups": 2, "stride": 2}),
    ]
    for name, shape, kernel, how in convs:
        x, weight, bias = whole(*shape), whole(*kernel), whole(kernel[0])
        out = run(F.conv2d, x, weight, bias, **how)
        yield f"conv/{name}", how, {"x": x, "weight": weight, "bias": bias, "out": out}
    transposed = [  # kernel (in, out, kh, kw)
        ("k9 s4", (2, 3, 4, 5), (3, 2, 9, 9), (4, 4, 3)),
        ("k3 s2", (1, 2, 5, 4), (2, 3, 3, 3), (2, 1, 1)),
        ("k4 s2", (1, 2, 3, 6), (2, 1, 4, 4), (2, 1, 0)),
        ("k2 s3", (1, 2, 3, 4), (2, 2, 2, 2), (3, 0, 1)),
        ("k3 s4", (1, 1, 4, 3), (1, 2, 3, 3), (4, 1, 2)),
    ]
    for name, shape, kernel, (s, p, a) in transposed:
        how = {"stride": s, "padding": p, "output_padding": a}
        x, weight, bias = whole(*shape), whole(*kernel), whole(kernel[1])
        out = run(F.conv_transpose2d, x, weight, bias, **how)
        arrays = {"x": x, "weight": weight, "bias": bias, "out": out}
        yield f"transposed/{name}", how, arrays
    for n in (7, 8, 9):
        x = whole(2, 3, n, n + 3)
        for ceil in (False, True):
            for k, s, p in ((3, 2, 1), (2, 2, 0), (3, 3, 1), (2, 3, 1)):
                how = {"stride": s, "padding": p, "ceil_mode": ceil}
                arrays = {"x": x, "out": run(F.max_pool2d, x, kernel_size=k, **how)}
                name = f"n{n} k{k} s{s} p{p}" + " ceil" * ceil
                yield f"max_pool/{name}", {"kernel_size": k, **how}, arrays
        for counted in (True, False):
            how = {"kernel_size": 3, "stride": 2, "padding": 1}
            how["count_include_pad"] = counted
            name = f"n{n}" + " counted" * counted
            yield f"avg_pool/{name}", how, {"x": x, "out": run(F.avg_pool2d, x, **how)}
    x = whole(2, 12, 3, 4)
    out = run(F.pixel_shuffle, x, upscale_factor=2)
    yield "pixel_shuffle", {"upscale_factor": 2}, {"x": x, "out": out}
    x, weight, bias = whole(2, 3, 4, 5), whole(6, 60), whole(6)
    flat = run(torch.flatten, x, start_dim=1)
    arrays = {"x": x, "weight": weight, "bias": bias}
    yield "dense", {}, arrays | {"out": run(F.linear, flat, weight, bias)}
    x = whole(1, 2, 4, 5)
    for size in ((8, 10), (7, 12), (2, 3)):
        for mode, aligned in (("bilinear", False), ("bilinear", True), ("nearest", 0)):
            how = {"mode": mode} | ({"align_corners": True} if aligned else {})
            out = run(F.interpolate, x, size=size, **how)
            name = f"{mode} {size[0]} {size[1]}" + " aligned" * bool(aligned)
            yield f"resize/{name}", how, {"x": x, "out": out}


def torch_network():
    """Train a small network on mini-CIFAR; return its defaults, tensors and answers."""
    import torch
    from torch import nn

    torch.manual_seed(SEED)
    network = nn.Sequential()
    for name, layer in {
        "conv": nn.Conv2d(3, 16, 3, stride=2, padding=1),
        "norm": nn.BatchNorm2d(16),
        "relu": nn.ReLU(),
        "pool": nn.MaxPool2d(3, stride=2, padding=1),
        "depth": nn.Conv2d(16, 32, 3, padding=1, groups=16),
        "point": nn.Conv2d(32, 24, 1),
        "leaky": nn.LeakyReLU(),
        "up": nn.ConvTranspose2d(24, 8, 3, stride=2, padding=1, output_padding=1),
        "mean": nn.AvgPool2d(3, stride=2, padding=1),
        "flatten": nn.Flatten(),
        "head": nn.Linear(8 * 8 * 8, 10),
    }.items():
        network.add_module(name, layer)
    with h5py.File(DATA / "mini_cifar.h5") as file:
        x = torch.from_numpy(file["x"][:].transpose(0, 3, 1, 2) / np.float32(255))
        y = torch.from_numpy(file["y"][:].astype("int64"))
    adam = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x) - HELD_OUT).split(BATCH):
            adam.zero_grad()
            nn.functional.cross_entropy(network(x[batch]), y[batch]).backward()
            adam.step()
    network.eval()
    with torch.no_grad():
        out = network(x[-HELD_OUT:])
    right = (out.argmax(1) == y[-HELD_OUT:]).float().mean()
    print(f"network: {right:.2f} of the pictures held out are named rightly")
    state = {name: t.numpy() for name, t in network.state_dict().items()}
    defaults = {
        "eps": network.norm.eps,
        "momentum": network.norm.momentum,
        "negative_slope": network.leaky.negative_slope,
    }
    return defaults, state | {"out": out.numpy()}


# --- JAX: axes by name, in a string


def jax_cases():
    """Yield name, settings and arrays of what `jax.lax` computes."""
    from jax import lax

    axes = ("NHWC", "HWIO", "NHWC")
    x, kernel = (
        FIRST["x"][0, 0, ..., None][None],
        FIRST["weight"][0, 0, ..., None, None],
    )
    out = lax.conv_general_dilated(x, kernel, (2, 2), "SAME", dimension_numbers=axes)
    yield "one", {"stride": 2}, {"x": x, "kernel": kernel, "out": np.asarray(out)}
    x, kernel = whole(1, 6, 7, 2), whole(3, 2, 2, 3)
    for rule in ("SAME", "VALID", "SAME_LOWER"):
        out = lax.conv_general_dilated(x, kernel, (2, 2), rule, dimension_numbers=axes)
        arrays = {"x": x, "kernel": kernel, "out": np.asarray(out)}
        yield f"conv/{rule}", {"stride": 2}, arrays
    x, kernel = whole(1, 3, 4, 2), whole(3, 3, 2, 3)
    turned = whole(3, 3, 3, 2)  # transpose_kernel reads (kh, kw, out, in)
    for own, weights in ((False, kernel), (True, turned)):
        out = lax.conv_transpose(
            x, weights, (2, 2), "VALID", dimension_numbers=axes, transpose_kernel=own
        )
        arrays = {"x": x, "kernel": weights, "out": np.asarray(out)}
        name = "transpose_kernel" if own else "default"
        yield f"transposed/{name}", {"stride": 2}, arrays


# --- ONNX: b c h w, padding as (top, left, bottom, right)


def onnx_cases():
    """Yield name, settings and arrays of what ONNX Runtime computes."""
    import onnxruntime
    from onnx import TensorProto, helper

    def run(operator, x, weight, **how):
        names = "x", "weight"
        info = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape)
            for name, value in zip(names, (x, weight))
        ]
        out = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
        node = helper.make_node(operator, names, ["out"], **how)
        graph = helper.make_graph([node], "one", info, [out])
        opset = [helper.make_opsetid("", 21)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=10)
        session = onnxruntime.InferenceSession(model.SerializeToString())
        return session.run(None, {"x": x, "weight": weight})[0]

    for rule in ("SAME_UPPER", "SAME_LOWER"):
        out = run("Conv", *FIRST.values(), strides=[2, 2], auto_pad=rule)
        yield f"one/{rule}", {"stride": 2}, FIRST | {"out": out}
    x, weight = whole(1, 2, 6, 7), whole(3, 2, 3, 2)
    for rule in ("SAME_UPPER", "SAME_LOWER"):
        out = run("Conv", x, weight, strides=[2, 2], auto_pad=rule)
        yield f"conv/{rule}", {"stride": 2}, {"x": x, "weight": weight, "out": out}
    out = run("Conv", x, weight, strides=[2, 2], pads=[1, 0, 2, 1])
    yield "conv/pads", {"stride": 2}, {"x": x, "weight": weight, "out": out}


def write(file, name, settings, arrays):
    """Write one case as a group."""
    group = file.create_group(name)
    group.attrs.update(settings)
    for key, array in arrays.items():
        group.create_dataset(key, data=array, track_times=False)


def main():
    """Write the file, and note its checksum."""
    part = DATA / f".{NAME}.{os.getpid()}.part"
    try:
        with h5py.File(part, "w", libver="earliest") as file:
            for framework, cases in {
                "torch": torch_cases(),
                "jax": jax_cases(),
                "onnx": onnx_cases(),
            }.items():
                for name, settings, arrays in cases:
                    write(file, f"{framework}/{name}", settings, arrays)
            write(file, "torch/network", *torch_network())
            file.attrs["origin"] = "made by data/build_frameworks.py"
            file.attrs["versions"] = versions()
        os.replace(part, DATA / NAME)
    finally:
        part.unlink(missing_ok=True)
    record(DATA / NAME)


def versions():
    """Return the names and versions of the three frameworks, in one line."""
    import jax
    import onnxruntime
    import torch

    modules = {"PyTorch": torch, "JAX": jax, "ONNX Runtime": onnxruntime}
    return ", ".join(f"{name} {m.__version__}" for name, m in modules.items())


if __name__ == "__main__":
    sys.exit(main())
