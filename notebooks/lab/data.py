"""The book's real images, checked before they are used."""

import hashlib
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"
NAME = "mini_cifar.h5"
SUMS = DATA / "SHA256SUMS"
KEYS = ("x", "y")
CURE = (
    "Cure: run `make data` in the book's folder to build the file anew, "
    f"or `git checkout data/{NAME} data/{SUMS.name}` to restore the committed one."
)


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
    path = DATA / NAME if path is None else Path(path)
    _require_digest(path, _known_digest())
    # Imported here, so that importing lab stays instant.
    import h5py

    with h5py.File(path) as file:
        missing = [key for key in KEYS if key not in file]
        missing += ["class_names"] if "class_names" not in file.attrs else []
        if missing:
            raise ValueError(f"{path} has no {' and no '.join(missing)}. {CURE}")
        return file["x"][:], file["y"][:], tuple(file.attrs["class_names"])


def _known_digest():
    """Return the sha256 that SHA256SUMS gives for mini_cifar.h5."""
    if not SUMS.is_file():
        raise FileNotFoundError(f"{SUMS} is missing. {CURE}")
    for line in SUMS.read_text(encoding="utf-8").splitlines():
        if line.split()[1:] == [NAME]:
            return line.split()[0]
    raise ValueError(f"{SUMS} has no line for {NAME}. {CURE}")


def _require_digest(path, expected):
    """Raise an error that says what is wrong unless the file has this sha256."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing. {CURE}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ValueError(
            f"{path} {_what_is_wrong(path)}: its sha256 is {found}, "
            f"but {SUMS} says {expected}. {CURE}"
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
