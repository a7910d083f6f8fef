"""Build ``car_features.h5``: what VGG16 makes of mini-CIFAR's cars and trucks.

Five passes of 400 images of 128 x 128 pixels: about five minutes on two cores. So a
file that is there and has its known checksum is not built again: a few of its rows are
computed anew and compared.

Usage: ``python data/build_car_features.py [--all]``; ``--all`` builds in any case.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from build_mini_cifar import DATA, record

sys.path.insert(0, str(DATA.parent / "notebooks"))

from lab import data, quietly

NAME = "car_features.h5"
CLASSES = (1, 9)  # automobile and truck
SIZE = 128
SEEDS = (0, 1, 2)
BATCH = 40
CHECKED = slice(198, 202)
# float16 keeps 11 bits; another processor adds in another order.
TOLERANCE = {"rtol": 2e-3, "atol": 2e-3}
ORIGIN = (
    "last feature maps of VGG16 for mini-CIFAR's automobiles and trucks, enlarged to "
    "128 x 128 pixels; made by data/build_car_features.py"
)


def networks():
    """Yield the key, the network and whether its input is prepared, one at a time."""
    with quietly():
        import keras

    trained = data.vgg16()
    yield "maps", trained, True
    yield "unprepared", trained, False
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        random = keras.applications.VGG16(weights=None, include_top=False)
        yield "untrained", random, True


def features(rows=slice(None), tell=lambda rows, name: rows):
    """Return the three arrays of `lab.data.car_features`, or some of their rows."""
    with quietly():
        import tensorflow as tf
        from keras.applications.vgg16 import preprocess_input

    x, y, _ = data.mini_cifar()
    x = x[np.isin(y, CLASSES)][rows]
    found = {"maps": [], "unprepared": [], "untrained": []}
    for key, network, prepared in networks():
        maps = []
        for start in tell(range(0, len(x), BATCH), key):
            big = tf.image.resize(x[start : start + BATCH], [SIZE, SIZE])
            maps.append(network(preprocess_input(big) if prepared else big).numpy())
        maps = np.concatenate(maps)
        found[key].append(maps if key == "maps" else maps.mean(axis=(1, 2)))
    found["maps"], found["unprepared"] = found["maps"][0], found["unprepared"][0]
    return {key: np.asarray(array, np.float16) for key, array in found.items()}


def agree(stored, new):
    """Whether two versions of some rows are the same but for rounding."""
    return all(
        np.allclose(stored[key].astype("f4"), new[key].astype("f4"), **TOLERANCE)
        for key in stored
    )


def write(target, arrays):
    """Put a file in place, in one step, and note its checksum."""
    import h5py

    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        # "earliest" fixes the file format, whatever a newer h5py prefers.
        with h5py.File(part, "w", libver="earliest", locking=False) as file:
            for key, array in arrays.items():
                file.create_dataset(
                    key,
                    data=array,
                    chunks=array.shape,
                    shuffle=True,
                    compression="gzip",
                    compression_opts=9,
                    track_times=False,
                )
            file.attrs["origin"] = ORIGIN
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    record(target)


def check(stored):
    """Compute a few rows anew; return the exit status."""
    maps, unprepared, untrained = stored
    few = {
        "maps": maps[CHECKED],
        "unprepared": unprepared[CHECKED],
        "untrained": untrained[:, CHECKED],
    }
    if agree(few, features(CHECKED)):
        print(f"data/{NAME}: its checksum is right, and rows computed anew agree")
        return 0
    print(
        f"data/{NAME} has its checksum, but rows computed anew differ from it.\n"
        f"  expected: equal to {TOLERANCE}\n  cure: run data/{Path(__file__).name} "
        "--all to build it anew, and see what changed",
        file=sys.stderr,
    )
    return 1


def main(arguments=None):
    """Build or check the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="build it in any case")
    anew = parser.parse_args(arguments).all
    try:
        stored = data.car_features()
    except (FileNotFoundError, ValueError) as error:
        print(f"Building: {str(error).partition(' Cure:')[0]}", flush=True)
        stored = None
    try:
        if stored and not anew:
            return check(stored)
        from rich.progress import track

        write(DATA / NAME, features(tell=track))
    except FileNotFoundError as error:  # VGG16's weights, or mini-CIFAR
        print(f"Not built: {error}", file=sys.stderr)
        return 1
    size = (DATA / NAME).stat().st_size / 1e6
    print(f"Built: data/{NAME}, {size:.1f} MB; its sha256 is in data/SHA256SUMS")
    return 0


if __name__ == "__main__":
    sys.exit(main())
