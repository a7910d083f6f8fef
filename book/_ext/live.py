"""Python in the page: what "Try it here" and "Prove it here" load, in ``_static/live``.

Pyodide's files come from ``_build/live`` (``make live``). Where they are not there, or
not what they must be, the site is built without the buttons, and the build says so.

Written beside them: NumPy's wheel, a list of packages cut to that one, einops and
``lab`` in one archive, the worker that runs them, and of each chapter its code cells
with what they print (``03.json``).
"""

import importlib.metadata
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path

from figures import is_cell
from from_notebooks import chapter_names, is_strict, read_notebook
from sphinx.util import logging

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "data"))

import fetch_live  # noqa: E402

logger = logging.getLogger(__name__)

FOLDER = "_static/live"
WORKER = Path(__file__).parents[1] / "_theme" / "live"
LAB = ROOT / "notebooks" / "lab"
# Of einops, what works on NumPy's arrays.
EINOPS = ("__init__", "_backends", "einops", "packing", "parsing")
EPOCH = (1980, 1, 1, 0, 0, 0)  # so that the same files give the same archive
ABOUT = """\
Python for the page, from others:

- Pyodide 0.27.7 (pyodide.js, pyodide.asm.js, pyodide.asm.wasm), Mozilla Public License
  2.0; its source: https://github.com/pyodide/pyodide, tag 0.27.7
- Python 3.12.7's standard library (python_stdlib.zip), PSF License Agreement;
  https://docs.python.org/3.12/license.html
- NumPy 2.0.2, 3-clause BSD licence: LICENSE-numpy.txt
- einops (in packages.zip), MIT licence: LICENSE-einops.txt
"""


# --- pure ----------------------------------------------------------------------------


def printed(outputs):
    """Return what a cell's stored outputs say as text.

    Parameters
    ----------
    outputs : list of dict
        Of a notebook's code cell.

    Returns
    -------
    dict
        ``text`` (all that was printed), ``value`` (of the last line, or None) and
        ``error`` (name and message, or None).
    """
    found = {"text": "", "value": None, "error": None}
    for output in outputs:
        if output["output_type"] == "stream":
            found["text"] += "".join(output["text"])
        elif output["output_type"] == "execute_result":
            found["value"] = "".join(output["data"].get("text/plain", ""))
        elif output["output_type"] == "error":
            found["error"] = f"{output['ename']}: {output['evalue']}"
    return found


def cells_of(notebook):
    """Return the code cells of a chapter, for "Prove it here".

    Returns
    -------
    list of dict
        Of each cell its ``number`` in the notebook, its ``code``, whether the tests
        compare it (``strict``), and what ``printed`` finds.
    """
    return [
        {
            "number": number,
            "code": "".join(cell["source"]),
            "strict": is_strict(cell),
            **printed(cell["outputs"]),
        }
        for number, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code"
    ]


def cut(lock):
    """Return Pyodide's list of packages with NumPy alone."""
    return {**lock, "packages": {"numpy": lock["packages"]["numpy"]}}


def packages():
    """Return the files of einops and ``lab`` and what runs them, by their places."""
    einops = importlib.metadata.distribution("einops")
    files = {
        f"einops/{name}.py": einops.locate_file(f"einops/{name}.py") for name in EINOPS
    }
    for path in sorted(LAB.rglob("*.py")):
        files[f"lab/{path.relative_to(LAB).as_posix()}"] = path
    files["page.py"] = WORKER / "page.py"
    return {name: Path(path).read_bytes() for name, path in files.items()}


def licence_of_einops():
    """Return the text of einops' licence."""
    files = importlib.metadata.files("einops")
    (path,) = [file for file in files if re.search(r"LICEN[CS]E", file.name)]
    return path.read_text(encoding="utf-8")


# --- Sphinx --------------------------------------------------------------------------


def look(app):
    """Find out whether Python for the page is there; say so if not."""
    app.book_live = False
    if app.builder.format != "html":
        return
    wrong = fetch_live.problem(app.config.book_live)
    app.book_live = wrong is None
    if wrong and Path(app.config.book_live).exists():
        logger.warning(
            "Python for the page is not what it must be: %s; make live", wrong
        )
    elif wrong:
        print('Without "Try it here": no Python for the page is there (make live)')


def chapter_file(name):
    """Return the name of the file with a chapter's cells."""
    return f"{name.rsplit('/', 1)[-1][:2]}.json"


def name_cells(app, doctree):
    """Give each cell of a chapter an id, so that "Prove it here" finds it."""
    if app.env.docname in chapter_names(app.env):
        for cell in doctree.findall(is_cell):
            cell["ids"].append(f"cell-{cell['cell_index']}")


def give_context(app, pagename, templatename, context, doctree):
    """Tell the pages of the chapters that Python is there."""
    if app.book_live and pagename in chapter_names(app.env):
        context["live"] = FOLDER
        context["live_cells"] = chapter_file(pagename)


def pages_to_write(app, env):
    """Name the chapters if Python has come or gone since the last build."""
    same = getattr(env, "book_live_written", None) == app.book_live
    env.book_live_written = app.book_live
    return [] if same else chapter_names(env)


def write(app, exception):
    """Write all that a page can load, and nothing of an earlier build."""
    source, folder = Path(app.config.book_live), Path(app.outdir, FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    if exception is not None or not app.book_live:
        return
    folder.mkdir(parents=True)
    for name in fetch_live.wanted():
        shutil.copyfile(source / name, folder / name)
    lock = json.dumps(cut(fetch_live.lock(source)))
    (folder / "pyodide-lock.json").write_text(lock, encoding="utf-8")
    shutil.copyfile(fetch_live.NUMPY, folder / fetch_live.NUMPY.name)
    shutil.copyfile(
        fetch_live.NUMPY.with_name("LICENSE-numpy.txt"), folder / "LICENSE-numpy.txt"
    )
    (folder / "LICENSE-einops.txt").write_text(licence_of_einops(), encoding="utf-8")
    (folder / "ABOUT.txt").write_text(ABOUT, encoding="utf-8")
    shutil.copyfile(WORKER / "worker.js", folder / "worker.js")
    with zipfile.ZipFile(folder / "packages.zip", "w") as archive:
        for name, content in packages().items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    for name in chapter_names(app.env):
        cells = json.dumps(cells_of(read_notebook(app.env, name)), ensure_ascii=False)
        (folder / chapter_file(name)).write_text(cells, encoding="utf-8")


def setup(app):
    """Connect it to Sphinx."""
    app.add_config_value("book_live", str(fetch_live.TARGET), "html", str)
    app.connect("builder-inited", look)
    app.connect("doctree-read", name_cells)
    app.connect("env-updated", pages_to_write)
    app.connect("html-page-context", give_context)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
