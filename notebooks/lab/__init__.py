"""The laboratory bench: what several chapters of the book import."""

import os
import sys
import tempfile
from contextlib import contextmanager

# What the chapters take for granted, whatever a reader's keras.json says.
KERAS = {"image_data_format": "channels_last", "floatx": "float32", "epsilon": 1e-7}


@contextmanager
def quietly():
    """Hold back what TensorFlow's C++ code says of the machine while it is imported.

    These lines differ from machine to machine, and a stored output is compared on
    every run. The setting that should silence them, TF_CPP_MIN_LOG_LEVEL, still lets
    some through (tensorflow/tensorflow#100442), so the stream itself is held back; if
    the import fails, everything that was said is printed.

    What was imported is left as the chapters need it (`as_in_the_book`).
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"
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
    as_in_the_book()


def as_in_the_book():
    """Set TensorFlow and Keras, where they are imported, as the chapters need them.

    A graphics card must not round products to TF32's 10 bits, or "equal" would be
    wrong on some machines. And channels come last, in float32: where keras.json asks
    for something else, it is overruled for this session, and one line says so.
    """
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.config.experimental.enable_tensor_float_32_execution(False)
    if keras := sys.modules.get("keras"):
        for name, value in KERAS.items():
            asked = getattr(keras.config, name)()
            if asked != value:
                getattr(keras.config, f"set_{name}")(value)
                print(
                    f"Your keras.json asks for {name}={asked}. This book is written "
                    f"for {value}, so lab has set that, for this session only.",
                    file=sys.stderr,
                )
