"""Execute the chapters in parallel and store their outputs: `make refresh`.

A chapter is executed whole, in a fresh kernel, and written only if every cell ran; so
a notebook in the repository is never half old. `make refresh CHAPTER=03` takes one.

`tools/refresh.py --restamp`, which is `make address`, executes nothing: it writes the
first cell, the folds and the sizes of figures into the stored chapters. That is what a
new address in _config.yml needs.
"""

import os
import re
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from platform import python_version

import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from PIL import Image
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
LIBRARIES = [
    "tensorflow",
    "keras",
    "numpy",
    "einops",
    "matplotlib",
    "scikit-image",
]
DPI = 144  # of lab.show
# For processes side by side. With a pool of threads each they wait for one another:
# two chapters took 91 s together, and 62 s with these, on two cores.
ONE_THREAD = dict.fromkeys(
    [
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
    ],
    "1",
)
COLAB_CELL = """\
# @title The book's own files, `lab` among them: in Colab, run this cell first
# It fetches them once and installs nothing. Elsewhere it does nothing: there a
# notebook needs the repository around it, because alone it finds no `lab`.
import os
import sys

BOOK = "ADDRESS"
if "google.colab" in sys.modules:
    %cd -q {_dh[0]}
    !test -d book || git clone -q --depth 1 {BOOK} book
    if not os.path.isdir("book/notebooks"):
        sys.exit(f"Could not fetch {BOOK}; git says why. Try this cell again.")
    %cd -q book/notebooks"""
# What the first cell once was, so that it is replaced and not kept.
FORMER_COLAB_CELLS = [
    """\
# Only in Colab, which lacks the book's own files; nothing is installed.
import sys

if "google.colab" in sys.modules:
    !git clone -q --depth 1 ADDRESS
    %cd -q FOLDER/notebooks"""
]
# What folds on the site, by the cell's tag, is also folded in Jupyter and in Colab.
FOLDS_SOURCE = {"hide-input", "hide-cell"}
FOLDS_OUTPUTS = {"hide-output", "hide-cell"}


def address():
    """Return the repository's address, which stands in _config.yml alone."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return config["repository"]["url"]


def colab_cell():
    """Return the source of every chapter's first code cell."""
    return COLAB_CELL.replace("ADDRESS", address())


def is_colab_cell(source):
    """Whether a cell is the book's own first cell, of today or before, any address."""
    for template in (COLAB_CELL, *FORMER_COLAB_CELLS):
        pattern = re.sub("ADDRESS|FOLDER", r'[^\\s"]+', re.escape(template))
        if re.fullmatch(pattern, source.strip()):
            return True
    return False


def chapters(number=""):
    """Return the paths of all chapters, or of the one whose number is given."""
    found = sorted(NOTEBOOKS.glob(f"{number}*.ipynb"))
    if not found:
        have = ", ".join(path.name[:2] for path in chapters())
        raise SystemExit(f"CHAPTER={number} names no chapter; there are {have}")
    return found


def with_vgg16(paths):
    """Return those of some chapters that load VGG16's weights."""
    return [path for path in paths if "vgg16()" in path.read_text(encoding="utf-8")]


def fetch_vgg16():
    """Have VGG16's weights in Keras' cache; return whether they are there.

    On its own, so that its progress shows and TensorFlow stays out of this process.
    """
    script = ROOT / "data" / "fetch_vgg16.py"
    return subprocess.run([sys.executable, script], check=False).returncode == 0


def prepare(notebook):
    """Stamp the first code cell and drop what would differ from run to run."""
    place_colab_cell(notebook)
    for cell in notebook.cells:
        for note in ("execution", "ExecuteTime", "scrolled"):
            cell.metadata.pop(note, None)
        fold(cell)
    book = notebook.metadata.get("book")
    notebook.metadata = {
        "kernelspec": {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        },
        "language_info": {"name": "python"},
    } | ({"book": book} if book else {})


def place_colab_cell(notebook):
    """Renew the book's own first code cell, or put it before the author's first one.

    Its source is folded, and not what it prints: that may be why it failed.
    """
    place = next(
        (n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"),
        len(notebook.cells),
    )
    if place == len(notebook.cells) or not is_colab_cell(notebook.cells[place].source):
        if any("google.colab" in cell.source for cell in notebook.cells[place:]):
            raise ValueError(
                "a cell asks for google.colab, but is not the book's first cell as "
                "refresh writes it: keep what is yours in a cell of its own, and "
                "delete the rest; refresh writes it anew"
            )
        notebook.cells.insert(place, new_code_cell(id="colab"))
        if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
            del notebook.cells[place]["id"]
    notebook.cells[place].source = colab_cell()
    notebook.cells[place].metadata = NotebookNode(tags=["hide-input"])


def fold(cell):
    """Fold a cell in Jupyter and in Colab as its tags fold it on the site.

    Jupyter reads `jupyter`, Colab `cellView`; `collapsed` is the format's older word
    for hidden outputs, and must say the same.
    """
    metadata = cell.metadata
    tags = set(metadata.get("tags", []))
    jupyter = metadata.pop("jupyter", {})
    for note in ("source_hidden", "outputs_hidden"):
        jupyter.pop(note, None)
    for note in ("cellView", "collapsed"):
        metadata.pop(note, None)
    if tags & FOLDS_SOURCE:
        jupyter["source_hidden"] = True
        metadata["cellView"] = "form"
    if tags & FOLDS_OUTPUTS:
        jupyter["outputs_hidden"] = metadata["collapsed"] = True
    if jupyter:
        metadata["jupyter"] = jupyter


def tidy(notebook):
    """Keep of the outputs what every machine gives alike, and size the figures.

    A traceback names the folders of this machine; its last line says what happened.
    A figure is as wide in CSS pixels as its author drew it in inches. 256 colours look
    the same as all that a drawing has, and weigh less than half.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [f"{output.ename}: {output.evalue}"]
            for kind in {"image/png", "image/jpeg"} & output.get("data", {}).keys():
                picture = Image.open(BytesIO(b64decode(output.data[kind])))
                image = cell.metadata.setdefault("mystnb", {}).setdefault("image", {})
                image["width"] = f"{round(picture.width * 96 / DPI)}px"
                if kind == "image/png" and picture.mode != "P":  # else it is done
                    output.data[kind] = palette_png(picture)
    notebook.metadata["language_info"] = {"name": "python"}


def palette_png(picture):
    """Return a picture as a PNG of at most 256 colours, in base64."""
    file = BytesIO()
    few = picture.convert("RGB").quantize(dither=Image.Dither.NONE)
    few.save(file, "png", optimize=True)
    return b64encode(file.getvalue()).decode()


def execute(path, progress):
    """Execute one chapter and replace its file; return what went wrong, or None."""
    notebook = nbformat.read(path, as_version=4)
    try:
        prepare(notebook)
    except ValueError as error:
        return f"{path.name} was left as it was: {error}"
    code = sum(cell.cell_type == "code" for cell in notebook.cells)
    task = progress.add_task(path.stem, total=code)
    client = NotebookClient(
        notebook,
        timeout=600,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": NOTEBOOKS}},
        on_cell_executed=lambda **_: progress.advance(task),
    )
    start = time.perf_counter()
    try:
        client.execute()
    except CellExecutionError as error:
        return f"{path.name} was left as it was, because a cell failed:\n{error}"
    tidy(notebook)
    notebook.metadata["book"] = {
        "seconds": round(time.perf_counter() - start),
        "versions": {"python": python_version()} | {n: version(n) for n in LIBRARIES},
    }
    write(notebook, path)
    return None


def restamp(path):
    """Write into a stored chapter what needs no run; return what is wrong, or None."""
    notebook = nbformat.read(path, as_version=4)
    before = deepcopy(notebook)
    try:
        prepare(notebook)
    except ValueError as error:
        return f"{path.name} was left as it was: {error}"
    tidy(notebook)
    if notebook != before:
        write(notebook, path)
        print(f"{path.name} is stamped anew")
    return None


def write(notebook, path):
    """Write a notebook in one step, so that a cut never leaves half a file."""
    nbformat.validate(notebook)
    half = path.with_suffix(".part")
    nbformat.write(notebook, half)
    half.replace(path)


def main(*arguments):
    """Refresh or restamp the chapters that were asked for; exit 1 if a cell failed."""
    numbers = [word for word in arguments if word != "--restamp"]
    paths = chapters(*numbers)
    if "--restamp" in arguments:
        return report(map(restamp, paths))
    # Before the chapters run, or the progress of a first download would be stored.
    if with_vgg16(paths) and not fetch_vgg16():
        return True
    if len(paths) > 1:
        os.environ.update(ONE_THREAD)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn()) as progress,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        failures = list(pool.map(lambda path: execute(path, progress), paths))
    return report(failures)


def report(failures):
    """Print what went wrong; return whether anything did."""
    failures = list(filter(None, failures))
    print(*failures, sep="\n", end="\n" * bool(failures), file=sys.stderr)
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
