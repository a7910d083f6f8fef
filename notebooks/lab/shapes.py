"""Output-size arithmetic along one axis, with the book's letters.

n input size, k kernel size, p padding on each side, s stride, d dilation, o output
size; all are counted in pixels. They are whole numbers of any library, and what comes
out are Python's, which overflow nowhere.

Source of the relationships: Dumoulin & Visin (2016), "A guide to convolution arithmetic
for deep learning", arXiv:1603.07285.
"""

from lab.checks import (
    checked,
    known_layers,
    known_transpose,
    letters,
    letters_fit,
    some_output,
)


@checked(letters)
def span(k, d=1):
    """Input pixels from a kernel's first tap to its last. Born in chapter 3.

    Parameters
    ----------
    k, d : int
        Kernel size and dilation.

    Returns
    -------
    int
        d (k - 1) + 1, which is k where the dilation is 1.

    Raises
    ------
    ValueError
        If a letter is no whole number or below 1.
    """
    return d * (k - 1) + 1


@checked(letters, letters_fit)
def out_size(n, k, s=1, d=1, p=0):
    """Output size of a convolution or a pooling. Born in chapter 3.

    Parameters
    ----------
    n, k, s, d : int
        Input size, kernel size, stride, dilation.
    p : int
        Padding on each of the two sides. For unequal sides, add them to n instead.

    Returns
    -------
    int
        floor((n + 2p - d (k - 1) - 1) / s) + 1

    Raises
    ------
    ValueError
        If a letter is out of range, or the kernel is longer than its padded input.

    Source: Dumoulin & Visin (2016), relationship 6, with dilation as in their
    section 5.1 (relationship 15).
    """
    return (n + 2 * p - span(k, d)) // s + 1


@checked(letters)
def same_size(n, s=1):
    """Output size under padding="same". Born in chapter 3.

    Parameters
    ----------
    n, s : int
        Input size and stride. The kernel does not matter.

    Returns
    -------
    int
        ceil(n / s)

    Raises
    ------
    ValueError
        If a letter is no whole number or below 1.
    """
    return -(-n // s)


@checked(letters)
def same_pad(n, k, s=1, d=1):
    """Zeros that TensorFlow puts before and after under "same". Born in chapter 3.

    Parameters
    ----------
    n, k, s, d : int
        Input size, kernel size, stride, dilation.

    Returns
    -------
    tuple of int
        (before, after); an odd total puts the larger half after.

    Raises
    ------
    ValueError
        If a letter is no whole number or below 1.
    """
    total = max((same_size(n, s) - 1) * s + span(k, d) - n, 0)
    return total // 2, total - total // 2


@checked(known_layers)
def receptive_field(layers):
    """Input pixels that one output pixel can see. Born in chapter 3.

    Parameters
    ----------
    layers : iterable of (k, s, d)
        Kernel size, stride and dilation of each layer, from the input up; they are
        read once.

    Returns
    -------
    int
        1 + the sum over layers of d (k - 1) times the strides below that layer.

    Raises
    ------
    ValueError
        If a layer is not three numbers, or one of them is no whole number or below 1.

    Source: Araujo, Norris & Sim (2019), "Computing receptive fields of convolutional
    neural networks", Distill, equation 2 (with dilation folded into k).
    """
    field, step = 1, 1
    for k, s, d in layers:
        field += (span(k, d) - 1) * step
        step *= s
    return field


@checked(letters, known_transpose, some_output)
def transposed_size(n, k, s=1, padding="valid", output_padding=None):
    """Output size of a transposed convolution. Born in chapter 7.

    Parameters
    ----------
    n, k, s : int
        Input size, kernel size, stride.
    padding : "valid", "same" or int
        Padding p of the convolution whose transpose this is; it is cropped here.
    output_padding : int or None
        a, how many pixels the output has more, below s. None takes what Keras takes: at
        least s n pixels under "valid", s n under "same"; 0 for a padding in pixels.

    Returns
    -------
    int
        s (n - 1) + k - 2 p + a, where p is floor(k / 2) under "same"

    Raises
    ------
    ValueError
        If a letter is out of range, or no convolution leads from the size that comes
        out to n.

    Source: Dumoulin & Visin (2016), relationship 14; `keras.layers.Conv2DTranspose`.
    """
    p = {"valid": 0, "same": k // 2}.get(padding, padding)
    guess = {"valid": max(s - k, 0), "same": s - k % 2}.get(padding, 0)
    a = guess if output_padding is None else output_padding
    return s * (n - 1) + k - 2 * p + a
