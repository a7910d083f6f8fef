"""The autoencoders of chapters 9 and 10, the exact fit of their decoders, a measure.

Pictures are float arrays (b, h, w, 1) of grey between 0 and 1. An encoder halves the
height and the width and makes n_filters maps, the code; a decoder doubles them again.
"""

import re
from operator import index

import numpy as np
from einops import rearrange, reduce, repeat

from lab import quietly
from lab.checks import checked
from lab.progress import track

with quietly():
    import keras
    import tensorflow as tf
    from einops.layers.keras import Rearrange
    from keras import Input, Model, Sequential, layers, optimizers

TRANSPOSED = tuple(f"transposed-{k}" for k in (2, 3, 4, 6))
DECODERS = (*TRANSPOSED, "sub-pixel", "nearest", "bilinear")
FLATS = repeat(np.arange(1, 10) / 10, "b -> b h w 1", h=32, w=32)
FLATS = FLATS.astype("float32")


def known_decoder(given):
    """Refuse a decoder that has no name here."""
    kind = given["kind"]
    if kind not in DECODERS and not re.fullmatch(r"transposed-[1-9]\d*", str(kind)):
        raise ValueError(
            f"decoder must be one of {', '.join(DECODERS)}, or transposed-k with "
            f"another kernel size k, but is {kind!r}"
        )


def some_filters(given):
    """Refuse a number of filters that is no whole number, or below 1."""
    filters = given["n_filters"]
    if not isinstance(filters, (int, np.integer)) or filters < 1:
        raise ValueError(
            f"n_filters must be a whole number, 1 or more, but is {filters!r}"
        )


def even_size(given):
    """Refuse pictures that come back in another size."""
    size = given["size"]
    if size == (None, None):
        return
    try:
        h, w = map(index, size)
    except (TypeError, ValueError):
        h = w = 0
    if min(h, w) < 2:
        raise ValueError(
            f"size must be a height and a width of 2 pixels or more, but is {size!r}"
        )
    if h % 2 or w % 2:
        low, high = (h - h % 2, w - w % 2), (h + h % 2, w + w % 2)
        raise ValueError(
            f"size must be an even height and an even width, but is {size}: the "
            "encoder halves them and the decoder doubles them, so an odd one would "
            f"not come back. Crop the pictures to {low}, or pad them to {high} and "
            "crop what comes out."
        )


def linear_decoder(given):
    """Refuse a model whose output is not linear in its decoder's weights."""
    for layer in given["model"].layers[1].layers:
        activation = getattr(layer, "activation", None)
        if activation is not None and activation.__name__ != "linear":
            raise ValueError(
                "solve needs a decoder without an activation, but this one has "
                f'{activation.__name__}: build the model with output="linear"'
            )


def whole_blocks(given):
    """Refuse what is not a batch of grey pictures with even sizes."""
    shape = np.shape(given["pictures"])
    if len(shape) != 4 or shape[3] != 1 or shape[1] % 2 or shape[2] % 2:
        raise ValueError(
            "pictures need the axes b h w 1 with an even height and width, but have "
            f"the shape {shape}"
        )


def whole_batches(given):
    """Refuse a batch that the pictures do not fill once."""
    batch, n = given["batch"], len(given["pictures"])
    if not isinstance(batch, (int, np.integer)) or not 1 <= batch <= n:
        raise ValueError(
            f"batch must be a whole number from 1 to the number of pictures, {n}, but "
            f"is {batch!r}: an epoch would train nothing. Use a smaller batch, or more "
            "pictures."
        )


def even_margin(given):
    """Refuse a margin that would move the encoder's and the decoder's grid."""
    margin = given["margin"]
    if not isinstance(margin, (int, np.integer)) or margin < 0 or margin % 2:
        raise ValueError(
            f"margin must be an even whole number, 0 or more, but is {margin!r}: the "
            "encoder takes pixels in twos"
        )


@checked(known_decoder)
def make_decoder(kind, output="tanh", filters=1):
    """Return layers that double height and width. Born in chapter 9.

    Parameters
    ----------
    kind : str
        "transposed-k" for a transposed convolution with a kernel of k x k and stride
        2; "sub-pixel" for a 3 x 3 convolution to four maps, which become the pixels
        of each 2 x 2 block; "nearest" or "bilinear" for an enlargement of that kind,
        then a 3 x 3 convolution.
    output : str
        Activation of the convolution.
    filters : int
        Channels of the output.

    Returns
    -------
    keras.Sequential
        Named as its kind.

    Raises
    ------
    ValueError
        If the kind is another.

    Source: Odena, Dumoulin & Olah (2016) for enlarging first; Shi et al. (2016) for
    sub-pixel convolution.
    """
    how = {"padding": "same", "activation": output}
    if kind.startswith("transposed-"):
        k = int(kind.removeprefix("transposed-"))
        stack = [layers.Conv2DTranspose(filters, k, strides=2, **how)]
    elif kind == "sub-pixel":
        blocks = Rearrange("b h w (i j c) -> b (h i) (w j) c", i=2, j=2)
        stack = [layers.Conv2D(4 * filters, 3, **how), blocks]
    else:
        larger = layers.UpSampling2D(2, interpolation=kind)
        stack = [larger, layers.Conv2D(filters, 3, **how)]
    return Sequential(stack, name=kind)


@checked(even_size)
def assemble(
    encoder,
    trainable=False,
    decoder="transposed-3",
    output="tanh",
    size=(32, 32),
):
    """Return an autoencoder of two parts. Born in chapter 9.

    Parameters
    ----------
    encoder : list of keras layers
        They halve the height and the width.
    trainable : bool
        Whether training changes the encoder. If not, it stays as it was drawn.
    decoder, output : str
        Kind and activation, as `make_decoder` takes them.
    size : tuple of int, or (None, None)
        Height and width of the pictures. (None, None) takes any even ones, unchecked.

    Returns
    -------
    keras.Sequential
        (b, h, w, 1) -> (b, h, w, 1); its two layers are the encoder and the decoder.

    Raises
    ------
    ValueError
        If a size is odd, or the decoder unknown.
    """
    encoder = Sequential(encoder, name="encoder")
    encoder.trainable = trainable
    decoder = make_decoder(decoder, output)
    return Sequential([Input((*size, 1)), encoder, decoder])


@checked(some_filters)
def model_a(n_filters=20, **how):
    """Return model A: a convolution, halved by maximum pooling. Born in chapter 9.

    Parameters
    ----------
    n_filters : int
        Maps of the code.
    **how
        trainable, decoder, output and size, as in `assemble`.

    Returns
    -------
    keras.Sequential
        (b, h, w, 1) -> (b, h, w, 1)

    Raises
    ------
    ValueError
        As in `assemble`, and if n_filters is no number of filters.
    """
    first = layers.Conv2D(n_filters, 3, padding="same", activation="tanh")
    return assemble([first, layers.MaxPooling2D(2)], **how)


@checked(some_filters)
def model_b(n_filters=15, mended=True, **how):
    """Return model B: convolutions, the last of stride 2. Born in chapter 9.

    As `model_a`, with one parameter more.

    Parameters
    ----------
    mended : bool
        Whether the first convolution feeds the second. As the source prints the
        model, the second reads the picture itself, and the first has no effect.
    """
    same = {"kernel_size": 3, "padding": "same"}
    first = layers.Conv2D(5, activation="tanh", **same)
    second = layers.Conv2D(n_filters, strides=2, activation="sigmoid", **same)
    return assemble([first, second] if mended else [second], **how)


def drawn(seed, make, *args, **settings):
    """Return a model whose weights are drawn from a seed. Born in chapter 9.

    Parameters
    ----------
    seed : int
    make : function
        Called with all other arguments.
    """
    keras.utils.set_random_seed(seed)
    return make(*args, **settings)


def compiled(model, x, target, rate):
    """Return a function that trains a model, in one call. Born in chapter 9.

    Parameters
    ----------
    model : keras model
        Adam lowers the mean squared error of model(x) against the target.
    x, target : array (b, ...)
    rate : float or keras learning rate schedule

    Returns
    -------
    function
        Takes an int array (steps, batch): the rows of x that each step reads.
    """
    x, target, adam = tf.constant(x), tf.constant(target), optimizers.Adam(rate)
    adam.build(model.trainable_variables)

    def epoch(order):
        for rows in order:  # a loop of TensorFlow, not of Python
            with tf.GradientTape() as tape:
                error = model(tf.gather(x, rows)) - tf.gather(target, rows)
                loss = tf.reduce_mean(error**2)
            adam.apply(tape.gradient(loss, model.trainable_variables))

    return tf.function(epoch)


def mse(model, x, target):
    """Return the mean squared error of model(x), a float. Born in chapter 9."""
    return float(np.mean((model(x).numpy() - target) ** 2))


@checked(whole_batches)
def train(decoder, codes, pictures, test, batch, rate, epochs=20):
    """Train a decoder on the codes of pictures. Born in chapter 9.

    Parameters
    ----------
    decoder : keras model
    codes, pictures : array (b, ...)
        Each is read once an epoch, in an order drawn anew; what is left over from
        the last batch is not.
    test : tuple of array
        Codes and pictures that are held out.
    batch, epochs : int
    rate : float or keras learning rate schedule

    Returns
    -------
    list of float
        Mean squared error on the test, at the end of each epoch.

    Raises
    ------
    ValueError
        If there are too few pictures for one batch.
    """
    epoch = compiled(decoder, codes, pictures, rate)
    rng, steps = np.random.default_rng(0), len(pictures) // batch
    losses = []
    for _ in track(range(epochs), "epoch"):
        order = rng.permutation(len(pictures))[: steps * batch]
        epoch(order.reshape(steps, batch))
        losses.append(mse(decoder, *test))
    return losses


def train_together(models, pictures, steps=1500):
    """Train models to return quarters of pictures, all in one go. Born in chapter 9.

    Parameters
    ----------
    models : list of keras models
        They share no weight, and Adam treats each weight on its own.
    pictures : array (b, h, w, 1)
    steps : int
        A multiple of 100. A step reads four quarters.
    """
    pattern = "b (i h) (j w) c -> (b i j) h w c"
    quarters = rearrange(pictures, pattern, i=2, j=2)
    rng = np.random.default_rng(1)
    order = rng.integers(0, len(quarters), (steps, 4))
    part = Input((*quarters.shape[1:3], 1))
    outputs = layers.Concatenate()([model(part) for model in models])
    rate = optimizers.schedules.CosineDecay(0.02, steps)
    epoch = compiled(Model(part, outputs), quarters, quarters, rate)
    for hundred in track(np.split(order, steps // 100), "hundred steps"):
        epoch(hundred)


def shares(decoder, codes):
    """Return what each weight of a decoder adds to the output. Born in chapter 9.

    Parameters
    ----------
    decoder : keras.Sequential
        As `make_decoder` gives it, built. Its activation and bias are not counted.
    codes : array (b, h, w, c)

    Returns
    -------
    float32 array (b, 2h, 2w, p)
        Map i is the output where weight i of the kernel is 1, and all others are 0.
    """
    kind, shape = decoder.name, decoder.weights[0].shape
    units = np.eye(np.prod(shape)).reshape(*shape, -1)  # map i: a 1 at weight i
    if kind.startswith("transposed"):
        units = units.swapaxes(-1, -2)  # its kernels end in (out, in)
    many = make_decoder(kind, "linear", filters=np.prod(shape))
    many.build(codes.shape)
    kernel, bias = many.weights
    many.set_weights([units.reshape(kernel.shape), np.zeros(bias.shape)])
    return many(codes).numpy()


def mirrored(pictures, margin):
    """Continue pictures by reflection, on all four sides. Born in chapter 9.

    Parameters
    ----------
    pictures : array (b, h, w, c)
    margin : int
        Pixels on each side.

    Returns
    -------
    array (b, h + 2 margin, w + 2 margin, c)
    """
    sides = [(0, 0), (margin, margin), (margin, margin), (0, 0)]
    return np.pad(pictures, sides, "reflect")


def cropped(pictures, margin):
    """Take the margin off again that `mirrored` laid on. Born in chapter 9.

    Parameters
    ----------
    pictures : array (b, h, w, c)
    margin : int
        Pixels on each side.

    Returns
    -------
    array (b, h - 2 margin, w - 2 margin, c)
    """
    h, w = pictures.shape[1:3]
    return pictures[:, margin : h - margin, margin : w - margin]


def rebuilt(model, pictures, margin=8):
    """Return what a model makes of pictures, away from the frame. Born in chapter 9.

    Parameters
    ----------
    model : callable
        Takes and gives pictures of any even size.
    pictures : array (b, h, w, 1)
    margin : int
        Pixels by which the pictures are continued, and which are cropped again.

    Returns
    -------
    array (b, h, w, 1)
    """
    return cropped(model(mirrored(pictures, margin)).numpy(), margin)


@checked(linear_decoder, whole_blocks, even_margin)
def solve(model, pictures, extra=0, margin=0):
    """Give a model the best decoder of its kind, in closed form. Born in chapter 9.

    Parameters
    ----------
    model : keras.Sequential
        An encoder, which stays as it is, and a linear decoder.
    pictures : array (b, h, w, 1)
        They are to be rebuilt with the least mean squared error.
    extra : array (p + 1, p + 1)
        Added to the normal equations' matrix: a price for sums of weights.
    margin : int
        Pixels by which the pictures are continued before they are encoded, and which
        do not count in the error: the zeros of "same" then lie outside.

    Raises
    ------
    ValueError
        If the decoder has an activation, the pictures have other axes, or the margin
        is odd.
    """
    encoder, decoder = model.layers
    columns = shares(decoder, encoder(mirrored(pictures, margin)))
    columns = cropped(columns, margin).reshape(pictures.size, -1)
    columns = np.pad(columns, [(0, 0), (0, 1)], constant_values=1).astype(float)
    matrix, right = columns.T @ columns, columns.T @ pictures.ravel()
    *weights, bias = np.linalg.solve(matrix + extra, right)
    kernel, biases = decoder.weights
    weights = np.reshape(weights, kernel.shape)
    decoder.set_weights([weights, np.full(biases.shape, bias)])


@checked(whole_blocks)
def solve_under_tanh(model, pictures, steps=15):
    """Give a model the best decoder that ends in a tanh, found by damped steps.

    Parameters
    ----------
    model : keras.Sequential
        An encoder, which stays as it is, and a decoder whose activation is tanh.
    pictures : array (b, h, w, 1)
        They are to be rebuilt with the least mean squared error.
    steps : int
        Each replaces the tanh by its tangents, and solves; weights that are no better
        are dropped, and the next step is damped more.

    Raises
    ------
    ValueError
        If the pictures have other axes.

    Source: Levenberg (1944) and Marquardt (1963), after Gauss and Newton.
    """
    encoder, decoder = model.layers
    P = shares(decoder, encoder(pictures)).reshape(pictures.size, -1)
    P = np.pad(P, [(0, 0), (0, 1)], constant_values=1).astype(float)
    x = pictures.ravel()
    w = np.linalg.solve(P.T @ P, P.T @ np.arctanh(np.clip(x, 0.02, 0.98)))
    error, damping = np.tanh(P @ w) - x, 1e-3
    for _ in range(steps):
        slopes = (1 - (error + x) ** 2)[:, None] * P
        matrix = slopes.T @ slopes
        matrix += damping * np.diag(np.diag(matrix))
        new = w - np.linalg.solve(matrix, slopes.T @ error)
        new_error = np.tanh(P @ new) - x
        better = np.mean(new_error**2) < np.mean(error**2)
        if better:
            w, error = new, new_error
        damping *= 0.2 if better else 5
    kernel, biases = decoder.weights
    weights = np.reshape(w[:-1], kernel.shape)
    decoder.set_weights([weights, np.full(biases.shape, w[-1])])


def flat_spread(model):
    """Measure the checkerboard that a model lays over flat pictures.

    Born in chapter 10.

    Parameters
    ----------
    model : callable
        Takes and gives pictures (b, 32, 32, 1).

    Returns
    -------
    float
        In grey levels of 255: the standard deviation of the four phases' means, over
        nine greys, with the four outermost pixels left out.
    """
    inside = np.asarray(model(FLATS))[:, 4:-4, 4:-4]
    phases = reduce(inside, "b (h i) (w j) 1 -> b (i j)", "mean", i=2, j=2)
    return 255 * phases.std(axis=1).mean()
