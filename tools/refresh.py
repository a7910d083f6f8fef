"""Execute the chapters in parallel and store their outputs: `make refresh`.

A chapter is executed whole, in a fresh kernel, and written only if every cell ran; so
a notebook in the repository is never half old. `make refresh CHAPTER=03` takes one.
"""

import os
import sys
import time
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from platform import python_version

import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
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
# Only in Colab, which lacks the book's own files; nothing is installed.
import sys

if "google.colab" in sys.modules:
    !git clone -q --depth 1 {address}
    %cd -q {folder}/notebooks"""


def colab_cell():
    """Return the source of every chapter's first code cell.

    The repository's address stands in _config.yml alone; refreshing writes it here.
    """
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    address = config["repository"]["url"]
    return COLAB_CELL.format(address=address, folder=address.rpartition("/")[2])


def chapters(number=""):
    """Return the paths of all chapters, or of the one whose number is given."""
    found = sorted(NOTEBOOKS.glob(f"{number}*.ipynb"))
    if not found:
        have = ", ".join(path.name[:2] for path in chapters())
        raise SystemExit(f"CHAPTER={number} names no chapter; there are {have}")
    return found


def prepare(notebook):
    """Stamp the first code cell and drop what would differ from run to run."""
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    first.source = colab_cell()
    first.metadata = {"tags": ["hide-cell"]}
    for cell in notebook.cells:
        for note in ("execution", "ExecuteTime", "collapsed", "scrolled"):
            cell.metadata.pop(note, None)
    notebook.metadata = {
        "kernelspec": {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        },
        "language_info": {"name": "python"},
    }


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
                if kind == "image/png":
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
    prepare(notebook)
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


def write(notebook, path):
    """Write a notebook in one step, so that a cut never leaves half a file."""
    nbformat.validate(notebook)
    half = path.with_suffix(".part")
    nbformat.write(notebook, half)
    half.replace(path)


def main(number=""):
    """Refresh the chapters that were asked for; exit 1 if a cell failed."""
    paths = chapters(number)
    if len(paths) > 1:
        os.environ.update(ONE_THREAD)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn()) as progress,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        failures = list(pool.map(lambda path: execute(path, progress), paths))
    for failure in filter(None, failures):
        print(failure, file=sys.stderr)
    return any(failures)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
