"""Fetch Python for the page, Pyodide, into ``_build/live``: ``make live``.

Usage: ``python data/fetch_live.py``. Needs npm and, where the files are not there yet,
the network. Every file must have the sha256 that ``data/live/pyodide.sha256`` gives,
and all of them come into their place at once, so that half a download never counts as
done. The exit status is 1 if they could not be had.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "pyodide@0.27.7"
SUMS = ROOT / "data" / "live" / "pyodide.sha256"
NUMPY = ROOT / "data" / "live" / "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
TARGET = ROOT / "_build" / "live"


class LiveError(Exception):
    """Python for the page cannot be had; the text says why and what to do."""


def sha256(path):
    """Return a file's sha256."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def wanted():
    """Return the sha256 of each of Pyodide's files that the page needs, by its name."""
    lines = SUMS.read_text(encoding="utf-8").splitlines()
    return {name: value for value, name in map(str.split, lines)}


def problem(folder, numpy=NUMPY):
    """Say what is wrong with Pyodide's files in a folder, or with the wheel of NumPy.

    Returns
    -------
    str or None
        None where every file is there and has its sha256, and the wheel has the one
        that Pyodide's own lock gives.
    """
    for name, value in wanted().items():
        path = Path(folder, name)
        if not path.is_file():
            return f"{name} is missing"
        if sha256(path) != value:
            return f"{name} has the sha256 {sha256(path)}, not {value}"
    locked = lock(folder)["packages"]["numpy"]["sha256"]
    if not Path(numpy).is_file():
        return f"{Path(numpy).name} is missing in data/live"
    if sha256(numpy) != locked:
        return f"{Path(numpy).name} has the sha256 {sha256(numpy)}, not {locked}"
    return None


def lock(folder):
    """Return Pyodide's list of packages, with their sums."""
    return json.loads(Path(folder, "pyodide-lock.json").read_text(encoding="utf-8"))


def pack(folder):
    """Let npm put the package's file into a folder; return its path."""
    npm = shutil.which("npm")
    if npm is None:
        raise LiveError(
            "npm is not installed, and Python for the page comes from npm; to have it "
            "(Debian, Ubuntu): apt-get install npm"
        )
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    found = list(Path(folder).glob("*.tgz"))
    if run.returncode or not found:
        lines = run.stderr.splitlines()
        said = [line for line in lines if line.lower().startswith("npm err")]
        why = f" It says: {said[0]}" if said else ""
        raise LiveError(f"npm could not fetch {PACKAGE}; is there a network?{why}")
    return found[0]


def unpack(tarball, folder):
    """Take the files that the page needs out of the package."""
    try:
        with tarfile.open(tarball) as package:
            for name in wanted():
                content = package.extractfile(f"package/{name}").read()
                Path(folder, name).write_bytes(content)
    except (tarfile.TarError, EOFError, KeyError, OSError) as error:
        raise LiveError(f"{PACKAGE} cannot be unpacked: {error}") from None


def fetch(target=TARGET, pack=pack, numpy=NUMPY):
    """Have Pyodide's files, verified, in a folder.

    Parameters
    ----------
    target : path-like
        What lies there is kept if it is right, and else replaced as a whole.
    pack : callable
        Puts the package's file into the folder it is given, and returns its path.
    numpy : path-like
        The wheel of NumPy, which npm's package does not hold.

    Returns
    -------
    bool
        Whether anything had to be fetched.

    Raises
    ------
    LiveError
        If the package cannot be had, or a file is not what it must be. The target is
        then as it was.
    """
    target = Path(target)
    if problem(target, numpy) is None:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    # On the same disk, so that the last step is one rename: all or nothing.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".live-") as name:
        part = Path(name, "live")
        part.mkdir()
        unpack(pack(Path(name)), part)
        if wrong := problem(part, numpy):
            raise LiveError(f"Nothing was replaced, because {wrong}.")
        if target.exists():
            shutil.rmtree(target)
        os.replace(part, target)
    return True


def main(target=TARGET):
    """Fetch what is missing, verify, and say so; return the exit status."""
    try:
        fetched = fetch(target)
    except LiveError as error:
        print(f"make live: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in [*target.iterdir(), NUMPY]) / 1e6
    print(
        f"Python for the page: {PACKAGE} {'fetched' if fetched else 'was there'} and "
        f"verified, with NumPy {size:.0f} MB; `make book` puts it into the site"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
