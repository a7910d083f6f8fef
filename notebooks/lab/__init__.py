"""The laboratory bench: what several chapters of the book import."""

import os
import sys
import tempfile
from contextlib import contextmanager


@contextmanager
def quietly():
    """Hold back what TensorFlow's C++ code says of the machine while it is imported.

    These lines differ from machine to machine, and a stored output is compared on
    every run. The setting that should silence them, TF_CPP_MIN_LOG_LEVEL, still lets
    some through (tensorflow/tensorflow#100442), so the stream itself is held back; if
    the import fails, everything that was said is printed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    stderr, kept = 2, os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), stderr)
        try:
            yield
        except BaseException:
            said.seek(0)
            print(said.read().decode(errors="replace"), file=sys.stderr)
            raise
        finally:
            os.dup2(kept, stderr)
            os.close(kept)
