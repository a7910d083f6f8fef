"""Chapter 7's race for five seeds: the source's recipe against the book's training.

`make bench` runs this. It prints and asserts nothing: times belong to a machine.
"""

from functools import partial
from time import perf_counter

from lab import autoencoders, data, quietly

with quietly():
    import keras
    import tensorflow as tf

tf.get_logger().setLevel("ERROR")
EPOCHS, TRAINED, BATCH = 20, 1000, 8


def fit(model, pictures, held_out):
    """Train by the source's recipe, with Keras' own loop; return seconds and loss."""
    model.compile("adam", "mse")
    how = {"batch_size": 1, "verbose": 0}
    model.fit(pictures[:1], pictures[:1], **how)
    start = perf_counter()
    model.fit(pictures, pictures, epochs=EPOCHS, **how)
    return perf_counter() - start, autoencoders.mse(model, held_out, held_out)


def loop(model, pictures, held_out, batch, rate):
    """Train the decoder in a compiled loop; return seconds and loss."""
    encoder, decoder = model.layers
    test = encoder(held_out), held_out
    seconds, losses = autoencoders.train(
        decoder, encoder(pictures), pictures, test, batch, rate, EPOCHS
    )
    return seconds[-1], losses[-1]


def main():
    """Print a row for each seed."""
    grey = data.mini_cifar()[0].mean(axis=3, keepdims=True).astype("float32") / 255
    pictures, held_out = grey[:TRAINED], grey[TRAINED:]
    falling = keras.optimizers.schedules.CosineDecay(0.05, EPOCHS * TRAINED // BATCH)
    ways = {
        "recipe, fit": fit,
        "recipe, compiled": partial(loop, batch=1, rate=0.001),
        "batch 8": partial(loop, batch=BATCH, rate=falling),
    }
    for seed in range(5):
        for name, way in ways.items():
            keras.utils.set_random_seed(seed)
            model = autoencoders.model_b(mended=False)
            seconds, loss = way(model, pictures, held_out)
            print(f"seed {seed}  {name:16}  {seconds:5.1f} s  loss {loss:.4f}")


if __name__ == "__main__":
    main()
