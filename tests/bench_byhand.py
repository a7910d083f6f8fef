"""How long convolution by hand takes, against the same layer of Keras.

`make bench` runs this. It prints and asserts nothing: times belong to a machine.
"""

from time import perf_counter

import numpy as np

from lab import byhand, pictures, quietly

with quietly():
    import tensorflow as tf
    from keras import layers

ROUNDS = 25


def timed(calls):
    """Return each call's times in milliseconds, measured in turn, after a warm-up."""
    times = {name: [] for name in calls}
    for _ in range(ROUNDS + 1):
        for name, call in calls.items():
            start = perf_counter()
            call()
            times[name].append(1000 * (perf_counter() - start))
    return {name: of[1:] for name, of in times.items()}


def pair(layer, function, x, rng):
    """Return two calls, Keras' and ours, on the same picture and the same kernel."""
    layer.build(x.shape)
    kernel = rng.integers(-9, 10, layer.kernel.shape).astype(np.float32)
    layer.set_weights([kernel])
    tensor = tf.constant(x)
    if not np.array_equal(layer(tensor), function(x, kernel)):
        raise SystemExit(f"{function.__name__} and {layer.name} differ")
    return lambda: layer(tensor).numpy(), lambda: function(x, kernel)


def main():
    """Print the times of each pair."""
    rng = np.random.default_rng(0)
    photo = pictures.photograph("astronaut")[None, ::2, ::2]
    film = rng.integers(0, 256, (1, 6, 64, 64, 3)).astype(np.float32)
    sound = rng.integers(0, 256, (1, 65536, 3)).astype(np.float32)
    rows = [
        ("conv2d", layers.Conv2D(16, 5, use_bias=False), byhand.conv2d, photo),
        (
            "depthwise_conv2d",
            layers.DepthwiseConv2D(5, use_bias=False),
            byhand.depthwise_conv2d,
            photo,
        ),
        ("conv1d", layers.Conv1D(16, 5, use_bias=False), byhand.conv1d, sound),
        ("conv3d", layers.Conv3D(16, 3, use_bias=False), byhand.conv3d, film),
    ]
    print(f"best and median of {ROUNDS} rounds, in milliseconds")
    print(f"{'':18}{'input':20}{'kernel':20}{'Keras':>14}{'by hand':>14}   ratio")
    for name, layer, function, x in rows:
        theirs, ours = pair(layer, function, x, rng)
        times = timed({"Keras": theirs, "by hand": ours})
        best = {who: min(of) for who, of in times.items()}
        middle = {who: float(np.median(of)) for who, of in times.items()}
        shapes = str(x.shape), str(tuple(layer.kernel.shape))
        columns = [f"{best[who]:6.1f} {middle[who]:6.1f}" for who in times]
        ratios = [of["by hand"] / of["Keras"] for of in (best, middle)]
        print(
            f"{name:18}{shapes[0]:20}{shapes[1]:20}{columns[0]:>14}{columns[1]:>14}"
            f"   {ratios[0]:.1f} {ratios[1]:.1f}"
        )


if __name__ == "__main__":
    main()
