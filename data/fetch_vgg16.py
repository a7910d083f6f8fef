"""Have VGG16's weights ready in Keras' cache: chapter 12 then needs no network.

Usage: ``python data/fetch_vgg16.py``; the exit status is 1 if no source has them.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "notebooks"))

from lab import weights


def main():
    """Fetch what is missing, verify, and say so; return the exit status."""
    try:
        tensors = weights.tensors()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(tensor.nbytes for tensor in tensors) / 1e6
    print(
        f"VGG16: {len(tensors)} tensors, {size:.0f} MB, verified; in {weights.folder()}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
