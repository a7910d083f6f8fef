"""Convolution in NumPy, written to be read: the left-hand sides of the proofs.

Axes are b h w c (batch, height, width, channels), channels last, as in Keras; a
kernel's axes are (kh, kw, in, out). Each function was born in the chapter that its
docstring names, where the text explains it line by line.

What they take: arrays, lists, and tensors of TensorFlow or Keras; sizes as whole
numbers of any library. They return NumPy arrays.

Types: a function that only moves numbers (`dilate`, `pad`, `windows`) keeps the dtype.
One that adds or multiplies computes in a type that is wide enough, and returns that:
truth values and whole numbers as int64, float16 and bfloat16 as float32, and two types
as NumPy promotes them. What not even int64 could hold is refused, with the cure.

NaN and infinity: pictures may hold them, and the results equal Keras' all the same
where no number of the kernel is 0. A kernel may not hold them: it is multiplied by the
zeros that padding or spreading puts in, and 0 times infinity is no number. Whether a
library multiplies by zeros at all depends on the processor.
"""

import numpy as np
from einops import einsum, rearrange, reduce
from numpy.lib.stride_tricks import sliding_window_view

from lab.checks import (
    axes,
    checked,
    comparable,
    finite,
    groups_divide,
    kernel_fits,
    known_padding,
    letters,
    wide,
)
from lab.shapes import out_size, same_pad, span, transposed_size

PADDING = known_padding("valid", "same", pixels=True)
SUMS = wide("x", "kernel"), finite("kernel")


@checked(letters, axes(kernel="kh kw ..."))
def dilate(kernel, d):
    """Put d - 1 zeros between neighbouring taps. Born in chapter 3.

    Parameters
    ----------
    kernel : array (kh, kw, ...)
        Any dtype; axes after the second are carried along.
    d : int
        Dilation, 1 or more.

    Returns
    -------
    array (d (kh - 1) + 1, d (kw - 1) + 1, ...), same dtype

    Raises
    ------
    ValueError
        If d is no whole number or below 1, or the kernel has fewer axes.

    Source: Yu & Koltun (2016), "Multi-scale context aggregation by dilated
    convolutions", arXiv:1511.07122, equation 2.
    """
    kh, kw = kernel.shape[:2]
    wide = np.zeros((span(kh, d), span(kw, d), *kernel.shape[2:]), kernel.dtype)
    wide[::d, ::d] = kernel
    return wide


@checked(letters, axes(x="b h w c", kernel="kh kw ..."), PADDING)
def pad(x, kernel, s=1, d=1, padding="valid"):
    """Surround pictures with the zeros that a padding rule asks for. Born in chapter 3.

    Parameters
    ----------
    x : array (b, h, w, c)
    kernel : array (kh, kw, ...)
        Only its size is used.
    s, d : int
        Stride and dilation, for both axes.
    padding : "valid", "same" or int
        No zeros; TensorFlow's "same" (the odd pixel goes to the bottom and the right);
        or p zeros on every side (PyTorch's integer padding).

    Returns
    -------
    array (b, h + top + bottom, w + left + right, c), same dtype

    Raises
    ------
    ValueError
        If a letter is out of range, padding is none of the three, or the axes are
        others.

    Source: `keras.layers.Conv2D` for "valid" and "same".
    """
    if padding == "same":
        sizes = zip(x.shape[1:3], kernel.shape)
        sides = [same_pad(n, k, s, d) for n, k in sizes]
    else:
        p = 0 if padding == "valid" else padding
        sides = [(p, p), (p, p)]
    return np.pad(x, [(0, 0), *sides, (0, 0)])


@checked(letters, axes(x="b h w c", kernel="kh kw ..."), kernel_fits)
def windows(x, kernel, s=1, d=1):
    """Cut out every window that a kernel visits, as a view. Born in chapter 3.

    Parameters
    ----------
    x : array (b, h, w, c)
    kernel : array (kh, kw, ...)
        Only its size is used.
    s, d : int
        Stride and dilation, for both axes.

    Returns
    -------
    read-only array (b, oh, ow, c, kh, kw), same dtype; no pixel of an array is copied

    Raises
    ------
    ValueError
        If a letter is out of range, the kernel is larger than the picture, or the axes
        are others.

    Source: `numpy.lib.stride_tricks.sliding_window_view`.
    """
    size = [span(k, d) for k in kernel.shape[:2]]
    return sliding_window_view(x, size, axis=(1, 2))[:, ::s, ::s, :, ::d, ::d]


@checked(letters, axes(x="b h w c", kernel="kh kw in out"), PADDING, *SUMS)
def conv2d(x, kernel, s=1, d=1, padding="valid"):
    """Convolve as Keras does: cross-correlation, no flip, no bias. Born in chapter 3.

    Parameters
    ----------
    x : array (b, h, w, in)
    kernel : array (kh, kw, in, out)
    s, d : int
        Stride and dilation, for both axes.
    padding : "valid", "same" or int
        As in `pad`.

    Returns
    -------
    array (b, oh, ow, out)
        Of a type wide enough for x and kernel, as above: of int64, float32, float64
        or a complex type.

    Raises
    ------
    ValueError
        If a letter is out of range, the kernel is larger than the padded picture, the
        channels of x and kernel differ, the kernel holds NaN or infinity, or whole
        numbers are too large for int64.

    Source: `keras.layers.Conv2D`.
    """
    seen = windows(pad(x, kernel, s, d, padding), kernel, s, d)
    return einsum(seen, kernel, "b y x c i j, i j c f -> b y x f")


@checked(letters, axes(weights="kh kw"), wide("weights"), finite("weights"))
def per_channel(weights, c):
    """Let the same weights see every channel, and mix none. Born in chapter 4.

    Parameters
    ----------
    weights : array (kh, kw)
    c : int
        Number of channels, 1 or more.

    Returns
    -------
    array (kh, kw, c, c), of a type wide enough, as for `conv2d`
        A kernel for `conv2d` and Keras' Conv2D: `weights` where the input channel is
        the output channel, 0 elsewhere.

    Raises
    ------
    ValueError
        If weights has other axes or holds NaN or infinity, or c is no whole number or
        below 1.
    """
    return np.einsum("ij,cf->ijcf", weights, np.eye(c, dtype=weights.dtype))


@checked(
    axes(picture="h w", kernel="kh kw"),
    PADDING,
    wide("picture", "kernel"),
    finite("kernel"),
)
def filtered(picture, kernel, padding="same"):
    """Filter one grey picture with one table of weights. Born in chapter 4.

    Parameters
    ----------
    picture : array (h, w)
    kernel : array (kh, kw)
    padding : "valid", "same" or int
        As in `pad`.

    Returns
    -------
    array (oh, ow), of a type wide enough, as for `conv2d`

    Raises
    ------
    ValueError
        If picture or kernel has other axes, or as in `conv2d`.

    Source: `scipy.signal.correlate2d`, with odd kernels under "same".
    """
    batch = rearrange(picture, "h w -> 1 h w 1")
    weights = rearrange(kernel, "kh kw -> kh kw 1 1")
    answer = conv2d(batch, weights, padding=padding)
    return rearrange(answer, "1 h w 1 -> h w")


@checked(
    letters,
    groups_divide,
    axes(x="b h w c", kernel="kh kw in out"),
    PADDING,
    *SUMS,
)
def grouped_conv2d(x, kernel, groups, s=1, d=1, padding="valid"):
    """Convolve each group of channels with its own kernels. Born in chapter 5.

    Parameters
    ----------
    x : array (b, h, w, in)
    kernel : array (kh, kw, in / groups, out)
        The first out / groups output channels belong to the first group, and so on.
    groups : int
        A divisor of in and of out. 1 is a plain convolution.
    s, d : int
        Stride and dilation, for both axes.
    padding : "valid", "same" or int
        As in `pad`.

    Returns
    -------
    array (b, oh, ow, out), of a type wide enough, as for `conv2d`

    Raises
    ------
    ValueError
        If groups divides not both numbers of channels, the kernel's axes are others,
        or as in `conv2d`.

    Source: `keras.layers.Conv2D` with `groups`; Krizhevsky, Sutskever & Hinton (2012).
    """
    parts = rearrange(x, "b h w (g c) -> g b h w c", g=groups)
    kernels = rearrange(kernel, "i j c (g f) -> g i j c f", g=groups)
    out = [conv2d(part, own, s, d, padding) for part, own in zip(parts, kernels)]
    return rearrange(out, "g b h w f -> b h w (g f)")


@checked(letters, axes(x="b h w c", kernel="kh kw in multiplier"), PADDING, *SUMS)
def depthwise_conv2d(x, kernel, s=1, d=1, padding="valid"):
    """Convolve every channel by itself. Born in chapter 5.

    Parameters
    ----------
    x : array (b, h, w, in)
    kernel : array (kh, kw, in, multiplier)
    s, d : int
        Stride and dilation, for both axes.
    padding : "valid", "same" or int
        As in `pad`.

    Returns
    -------
    array (b, oh, ow, in * multiplier), of a type wide enough, as for `conv2d`
        First all outputs of channel 0, then all of channel 1, and so on.

    Raises
    ------
    ValueError
        If the kernel's axes are others, or as in `conv2d`.

    Source: `keras.layers.DepthwiseConv2D`.
    """
    seen = windows(pad(x, kernel, s, d, padding), kernel, s, d)
    out = np.einsum("bhwcij,ijcm->bhwcm", seen, kernel, optimize=True)
    return rearrange(out, "b h w c m -> b h w (c m)")


@checked(
    letters,
    axes(x="b t c", kernel="k in out"),
    known_padding("valid", "same", "causal"),
    *SUMS,
)
def conv1d(x, kernel, s=1, d=1, padding="valid"):
    """Convolve signals, as pictures of height 1. Born in chapter 5.

    Parameters
    ----------
    x : array (b, t, in)
    kernel : array (k, in, out)
    s, d : int
        Stride and dilation.
    padding : "valid", "same" or "causal"
        Causal puts all d (k - 1) zeros before the signal, so that output t reads no
        input after t.

    Returns
    -------
    array (b, o, out), of a type wide enough, as for `conv2d`

    Raises
    ------
    ValueError
        If the axes are others, a letter or padding is out of range, or as in `conv2d`.

    Source: `keras.layers.Conv1D`; van den Oord et al. (2016), arXiv:1609.03499, on
    causal convolution.
    """
    if padding == "causal":
        x = np.pad(x, [(0, 0), (d * (len(kernel) - 1), 0), (0, 0)])
        padding = "valid"
    return conv2d(x[:, None], kernel[None], s, d, padding)[:, 0]


@checked(letters, axes(x="b t h w c", kernel="kt kh kw in out"), *SUMS)
def conv3d(x, kernel, s=1, d=1):
    """Convolve films or volumes: 2-D convolutions, summed. Born in chapter 5.

    Parameters
    ----------
    x : array (b, t, h, w, in)
    kernel : array (kt, kh, kw, in, out)
    s, d : int
        Stride and dilation, for all three axes.

    Returns
    -------
    array (b, ot, oh, ow, out), of a type wide enough, as for `conv2d`

    Raises
    ------
    ValueError
        If the axes are others, a letter is out of range, the kernel is larger than x,
        or as in `conv2d`.

    Source: `keras.layers.Conv3D`.
    """
    starts = s * np.arange(out_size(x.shape[1], len(kernel), s, d))
    out = 0
    for tap, flat in enumerate(kernel):
        frames = rearrange(x[:, starts + d * tap], "b t h w c -> (b t) h w c")
        out = out + conv2d(frames, flat, s, d)
    return rearrange(out, "(b t) h w c -> b t h w c", t=len(starts))


@checked(
    letters,
    axes(x="b h w c"),
    known_padding("valid", "same"),
    wide("x"),
    comparable,
)
def max_pool(x, k, s, padding="valid"):
    """Keep the largest number of every window. Born in chapter 11.

    Parameters
    ----------
    x : array (b, h, w, c)
    k, s : int
        Size of the window and stride, for both axes.
    padding : "valid" or "same"
        No padding, or TensorFlow's "same". What is padded never wins.

    Returns
    -------
    float64 array (b, oh, ow, c)

    Raises
    ------
    ValueError
        If a letter or the padding is out of range, x has other axes, the window is
        larger than the picture, or x holds complex numbers, or whole ones beyond 2**53.

    Source: `keras.layers.MaxPooling2D`, where XLA does not compile it: NaN is never the
    largest there, and -inf, or NaN alone, becomes the lowest number of its type.
    """
    sides = [(0, 0), (0, 0)]
    if padding == "same":
        sides = [same_pad(n, k, s) for n in x.shape[1:3]]
    sides = [(0, 0), *sides, (0, 0)]
    x = np.pad(x.astype(float), sides, constant_values=-np.inf)
    seen = windows(x, np.empty((k, k)), s)
    return reduce(seen, "b y x c i j -> b y x c", "max")


@checked(
    letters,
    axes(kernel="kh kw in out"),
    PADDING,
    wide("kernel"),
    finite("kernel"),
)
def conv_matrix(kernel, h, w, s=1, padding="valid"):
    """Return the matrix of a convolution, found on unit pictures. Born in chapter 7.

    Parameters
    ----------
    kernel : array (kh, kw, in, out)
    h, w : int
        Size of the pictures. The matrix grows with its square: for small ones only.
    s : int
        Stride, for both axes.
    padding : "valid", "same" or int
        As in `pad`.

    Returns
    -------
    array (oh * ow * out, h * w * in), of a type wide enough, as for `conv2d`
        C, with C @ x.ravel() equal to conv2d(x, kernel, s, 1, padding).ravel() for one
        picture x. Its transpose is the transposed convolution.

    Raises
    ------
    ValueError
        If the kernel has other axes, or as in `conv2d`.

    Source: Dumoulin & Visin (2016), section 4.1.
    """
    n = h * w * kernel.shape[2]
    units = np.eye(n, dtype=kernel.dtype).reshape(n, h, w, -1)
    return conv2d(units, kernel, s, padding=padding).reshape(n, -1).T


@checked(letters, axes(x="b h w c", kernel="kh kw out in"), PADDING, *SUMS)
def conv2d_transpose(x, kernel, s=1, padding="valid", output_padding=None):
    """Transpose a convolution: spread, pad, convolve with the flipped kernel.

    Born in chapter 7. This is the definition to read, not the way to compute: it
    multiplies mostly zeros.

    Parameters
    ----------
    x : array (b, h, w, in)
    kernel : array (kh, kw, out, in)
        The kernel of the convolution that leads from the output back to x.
    s : int
        Stride, for both axes.
    padding : "valid", "same" or int
        Of that convolution, as in `pad`.
    output_padding : int or None
        As in `transposed_size`, for both axes.

    Returns
    -------
    array (b, oh, ow, out)
        Of a type wide enough, as for `conv2d`.

    Raises
    ------
    ValueError
        If the axes or channels do not fit, or as in `transposed_size`.

    Source: `keras.layers.Conv2DTranspose`; Dumoulin & Visin (2016), relationship 14.
    """
    sides = []
    for n, k in zip(x.shape[1:3], kernel.shape):
        o = transposed_size(n, k, s, padding, output_padding)
        q = {"valid": 0, "same": same_pad(o, k, s)[0]}.get(padding, padding)
        before = k - 1 - q
        sides.append((before, o + k - 1 - before - span(n, s)))
    spread = dilate(rearrange(x, "b h w c -> h w b c"), s)
    around = np.pad(spread, [*sides, (0, 0), (0, 0)])
    flipped = rearrange(kernel[::-1, ::-1], "i j o c -> i j c o")
    return conv2d(rearrange(around, "h w b c -> b h w c"), flipped)
