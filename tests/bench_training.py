"""Chapter 9's training for five seeds: Keras' fit against the compiled loop.

`make bench` runs this. It prints and asserts nothing: times belong to a machine.
"""

from functools import partial
from time import perf_counter

from lab import autoencoders, data, quietly

with quietly():
    import keras
    import tensorflow as tf

tf.get_logger().setLevel("ERROR")
EPOCHS, TRAINED = 20, 1000


def fit(model, pictures, held_out):
    """Train by the source's recipe, with Keras' own loop; return the loss."""
    model.compile("adam", "mse")
    model.fit(pictures, pictures, batch_size=1, epochs=EPOCHS, verbose=0)
    return autoencoders.mse(model, held_out, held_out)


def loop(model, pictures, held_out, batch=1, rate=0.001):
    """Train the decoder alone, in a compiled loop; return the loss."""
    encoder, decoder = model.layers
    codes, test = encoder(pictures), (encoder(held_out), held_out)
    return autoencoders.train(decoder, codes, pictures, test, batch, rate, EPOCHS)[-1]


def main():
    """Print a row for each seed."""
    grey = data.mini_cifar()[0].mean(axis=3, keepdims=True).astype("float32") / 255
    pictures, held_out = grey[:TRAINED], grey[TRAINED:]
    ways = {
        "recipe, fit": fit,
        "recipe, compiled": loop,
        "batch 8, rate 0.05": partial(loop, batch=8, rate=0.05),
        "batch 32, rate 0.05": partial(loop, batch=32, rate=0.05),
    }
    for seed in range(5):
        for name, way in ways.items():
            keras.utils.set_random_seed(seed)
            model = autoencoders.model_b(mended=False)
            start = perf_counter()
            loss = way(model, pictures, held_out)
            seconds = perf_counter() - start
            print(f"seed {seed}  {name:19}  {seconds:5.1f} s  loss {loss:.4f}")


if __name__ == "__main__":
    main()
