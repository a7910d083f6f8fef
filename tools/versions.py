"""Run all chapters with other versions of Python and the libraries: `make versions`.

Each file in constraints/ is one set of versions. Its first lines say what it is, as of
when, and for which Python; the rest is what `uv pip install` takes. Each set has an
environment of its own, which is kept in .venv/versions and made anew when its file
changes.
"""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import proof
import refresh
import strict

UV = str(Path(sys.executable).with_name("uv"))
FOLDER = refresh.ROOT / "constraints"
ENVIRONMENTS = refresh.ROOT / ".venv" / "versions"
SHOWN = ["tensorflow", "keras", "numpy", "einops", "matplotlib", "ipython"]


class MissingError(Exception):
    """Something that a set of versions needs is not to be had here."""


def read(path):
    """Return a set's title, such as "Colab, 2026-08-19", and its Python's version."""
    head = re.match(r"# (?P<title>.+)\n# Python (?P<python>3\.\d+)\n", path.read_text())
    if head is None:
        sys.exit(f'{path.name} must begin with "# title, date" and "# Python 3.x"')
    return head["title"], head["python"]


def environment(path, python):
    """Return the interpreter of a set's environment, which is made where it is not."""
    home = ENVIRONMENTS / path.stem
    ready, interpreter = home / ".ready", home / "bin" / "python"
    needs = path.read_text() + (refresh.ROOT / "requirements.txt").read_text()
    if ready.is_file() and ready.read_text() == needs:
        return interpreter
    uv("venv", "--clear", "--python", find(python), home)
    uv("pip", "install", "--python", interpreter, "--requirement", path)
    ready.write_text(needs)
    return interpreter


def find(python):
    """Return the path of a Python of this version, from PATH or from pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    try:
        return uv("python", "find", "--no-python-downloads", python)
    except MissingError:
        for found in sorted(
            pyenv.glob(f"versions/{python}.*/bin/python"), reverse=True
        ):
            return found
        raise


def uv(*words):
    """Run uv, away from the project's own settings; return what it prints."""
    done = subprocess.run(
        [UV, "--no-config", *map(str, words)], capture_output=True, text=True
    )
    if done.returncode:
        raise MissingError(textwrap.shorten(done.stderr, 300) or "uv failed")
    return done.stdout.strip()


def installed(interpreter):
    """Return the versions of Python and of the libraries that matter."""
    code = (
        "import platform, importlib.metadata as m; print(platform.python_version(), "
        f"*map(m.version, {SHOWN!r}))"
    )
    said = subprocess.run([interpreter, "-c", code], capture_output=True, text=True)
    return dict(zip(["python", *SHOWN], said.stdout.split()))


def main(*names):
    """Run the sets that were named, or all; exit 1 if an output differs."""
    paths = sorted(FOLDER.glob("*.txt"))
    if unknown := set(names) - {path.stem for path in paths}:
        sys.exit(f"constraints/ has no {', '.join(sorted(unknown))}")
    runs, missing = {}, []
    for path in paths:
        if names and path.stem not in names:
            continue
        title, python = read(path)
        title = f"{title}, Python {python}"
        try:
            print(f"{title}: running all chapters", flush=True)
            interpreter = environment(path, python)
        except MissingError as error:
            missing.append(f"{title}: not run, because {error}")
            continue
        runs[title] = {"versions": installed(interpreter)} | strict.run(interpreter)
    right = strict.table("Cells that give what is stored, with other versions", runs)
    print(*missing, sep="\n")
    if not names and runs:
        proof.store("versions", {"processor": strict.processor(), "runs": runs})
    return not right or not runs


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
