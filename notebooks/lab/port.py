"""The same operation in other frameworks' conventions, carried over to Keras.

Weights go from PyTorch's and ONNX' layouts to Keras'; a size or a rule becomes what a
layer of Keras needs to compute the same numbers. Each function names the trap that it
avoids: the way that runs without an error and computes something else.

Every one was born in chapter 13, which holds it to numbers that PyTorch computed
(``data/frameworks.h5``).
"""

import numpy as np
from einops import rearrange

from lab.checks import axes, checked, letters, letters_fit, two_corners


@checked(axes(weight="out in kh kw"))
def conv_kernel(weight):
    """Return a convolution's kernel in Keras' layout. Born in chapter 13.

    Parameters
    ----------
    weight : array (out, in / groups, kh, kw)
        Of PyTorch's `Conv2d`, or of ONNX' Conv.

    Returns
    -------
    array (kh, kw, in / groups, out)
        For `Conv2D` with as many groups.

    Raises
    ------
    ValueError
        If the weight has other axes.

    The trap: `reshape` gives the same shape and mixes the numbers up.
    """
    return rearrange(weight, "o i kh kw -> kh kw i o")


def depthwise_kernel(weight, channels):
    """Return a depthwise convolution's kernel in Keras' layout. Born in chapter 13.

    Parameters
    ----------
    weight : array (channels * m, 1, kh, kw)
        Of PyTorch's `Conv2d` with as many groups as channels.
    channels : int
        Channels of the input.

    Returns
    -------
    array (kh, kw, channels, m)
        For `DepthwiseConv2D` with the `depth_multiplier` m.

    Raises
    ------
    EinopsError
        If the axes do not fit.

    The trap: "(m c)" has the same shape. PyTorch's first axis holds all outputs of one
    channel before those of the next.
    """
    return rearrange(weight, "(c m) 1 kh kw -> kh kw c m", c=channels)


@checked(axes(weight="in out kh kw"))
def transposed_kernel(weight):
    """Return a transposed convolution's kernel in Keras' layout. Born in chapter 13.

    Parameters
    ----------
    weight : array (in, out, kh, kw)
        Of PyTorch's `ConvTranspose2d` without groups, or of ONNX' ConvTranspose.

    Returns
    -------
    array (kh, kw, out, in)
        For `Conv2DTranspose`. Nothing is flipped.

    Raises
    ------
    ValueError
        If the weight has other axes.

    The trap: the layer's padding p is a crop. Use `padding="valid"`, PyTorch's
    `output_padding` as it is (0 where it is not given), and `Cropping2D(p)` after it.
    "same" often has the right size, but crops (k - s) // 2 in front, which is p by
    chance only.
    """
    return rearrange(weight, "i o kh kw -> kh kw o i")


def dense_kernel(weight, h=1, w=1):
    """Return a dense layer's kernel in Keras' layout. Born in chapter 13.

    Parameters
    ----------
    weight : array (out, channels * h * w)
        Of PyTorch's `Linear`.
    h, w : int
        Size of the maps that were flattened before it; 1 where none were.

    Returns
    -------
    array (h * w * channels, out)
        For `Dense` after `Flatten`.

    Raises
    ------
    EinopsError
        If the axes do not fit.

    The trap: a transpose alone has the right shape. But PyTorch flattens c h w, channel
    after channel, and Keras h w c, pixel after pixel.
    """
    return rearrange(weight, "o (c h w) -> (h w c) o", h=h, w=w)


def shuffled(weights, r):
    """Return weights whose channels depth-to-space deals out as PyTorch's PixelShuffle.

    Born in chapter 13.

    Parameters
    ----------
    weights : array (..., channels * r * r)
        Kernel in Keras' layout, or bias, of the layer below the shuffle.
    r : int
        How many times larger the picture becomes.

    Returns
    -------
    array of the same shape
        The outputs in the order in which `tf.nn.depth_to_space` takes them.

    Raises
    ------
    EinopsError
        If the channels are not divisible by r * r.

    The trap: PyTorch's channels are (c i j), the pixel in the block fastest, and
    TensorFlow's (i j c).
    """
    return rearrange(weights, "... (c i j) -> ... (i j c)", i=r, j=r)


@checked(letters, letters_fit)
def pool_pad(n, k, s, p=0, ceil_mode=False):
    """Return the padding before and after which "valid" pools as PyTorch does.

    Born in chapter 13.

    Parameters
    ----------
    n, k, s, p : int
        Input size, window, stride, and PyTorch's padding, along one axis.
    ceil_mode : bool
        Whether a window may reach beyond the end. It must begin before it.

    Returns
    -------
    tuple of int
        (before, after)

    Raises
    ------
    ValueError
        If a letter is out of range, or the window longer than its padded input.

    The trap: "same" pads too, but begins elsewhere and pads the end first. And a
    maximum needs minus infinity around the picture: zeros win where all is negative.

    Source: `torch.nn.MaxPool2d`.
    """
    last = (n + 2 * p - k) // s * s  # where the last whole window begins
    if ceil_mode and last + s < n + p and last + k < n + 2 * p:
        last += s
    return p, max(last + k - n - p, 0)


@checked(letters)
def nearest_pixels(n, o):
    """Return the pixels that PyTorch's `interpolate(mode="nearest")` takes.

    Born in chapter 13.

    Parameters
    ----------
    n, o : int
        Size before and after, along one axis.

    Returns
    -------
    int array (o,)
        i n / o for the new pixel i, rounded down, in PyTorch's float32.

    Raises
    ------
    ValueError
        If a size is no whole number or below 1.

    The trap: TensorFlow takes floor((i + 0.5) n / o), the nearest of the pixels'
    centres. Where o is n times a whole number up to 40 the two agree. Beyond that
    float32 may round a whole product down: of 2 pixels made 82, PyTorch 2.13 takes the
    first for pixel 41, too.
    """
    step = np.float32(n) / np.float32(o)  # PyTorch's precision
    return (np.arange(o, dtype="float32") * step).astype(int)


@checked(letters, two_corners)
def corner_weights(n, o):
    """Return the matrix of PyTorch's bilinear resize with `align_corners=True`.

    Born in chapter 13.

    Parameters
    ----------
    n, o : int
        Size before and after, along one axis, both above 1.

    Returns
    -------
    float array (o, n)
        How much each old pixel counts for each new one. The first and the last pixels
        keep their values.

    Raises
    ------
    ValueError
        If a size is no whole number, or below 2.

    The trap: without `align_corners` PyTorch computes as Keras does, with it as Keras
    cannot, and TensorFlow only in `tf.compat.v1.image.resize`. What a network was
    trained with stands in its code only.
    """
    places = np.arange(o) * (n - 1) / (o - 1)
    units = np.eye(n)
    return np.stack([np.interp(places, np.arange(n), unit) for unit in units], axis=1)
