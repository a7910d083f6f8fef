"""Small books for the tests of the extensions: notebooks, and builds of them."""

import json
import os
import subprocess
import sys
from pathlib import Path

# `make test` names the Python of the engine that it tests.
PYTHON = Path(os.environ.get("BOOK_PYTHON", sys.executable)).absolute()
EXTENSIONS = Path(__file__).parents[2] / "book" / "_ext"
# All builds in one process, because starting Sphinx takes longer than building.
BUILD = """
import shutil, sys
from sphinx.cmd.build import main
for step in sys.argv[1:]:
    shutil.copytree(step, "book", dirs_exist_ok=True, copy_function=shutil.copy)
    code = main(["-W", "--keep-going", "-n", "-q", "book", "site"])
    shutil.copytree("site", f"site-{step}")
    print(code, flush=True)
    print("\\0", file=sys.stderr, flush=True)
"""


def conf(repository, *further):
    """Return the settings of a small book, a Sphinx project without Jupyter Book.

    Parameters
    ----------
    repository : str
        Its address.
    *further : str
        Extensions of the book besides those that every page needs.
    """
    return f"""
import sys
sys.path.insert(0, {str(EXTENSIONS)!r})
extensions = ["myst_nb", "sphinx_external_toc", "theme", "from_notebooks"]
extensions += ["from_record", "cells", "openings", "cover", *{further!r}]
html_theme = "cell_by_cell"
project = html_title = "A small book"
html_theme_options = {{
    "repository_url": "{repository}",
    "repository_branch": "main",
    "launch_buttons": {{"colab_url": "https://colab.research.google.com"}},
}}
language = "en"
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
exclude_patterns = ["_build"]
"""


def cell(kind, source, *tags):
    """Return a cell of a notebook."""
    extra = {"outputs": [], "execution_count": 1} if kind == "code" else {}
    metadata = {"tags": list(tags)}
    return {"cell_type": kind, "source": source, "metadata": metadata, **extra}


def notebook(cells, **metadata):
    """Return a notebook's file."""
    metadata["language_info"] = {"name": "python"}
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(whole)


def build(root, files, steps):
    """Write the files of each step, ``"step/name"``, over the last ones, and build.

    Returns, by the name of the step, ``(exit status, warnings, folder of the site)``.
    """
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    run = subprocess.run(
        [PYTHON, "-c", BUILD, *steps],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        # Deprecations of Sphinx's own are not this book's warnings.
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    said = run.stderr.split("\0")
    return {
        step: (int(code), text, root / f"site-{step}")
        for step, code, text in zip(steps, run.stdout.split(), said, strict=False)
    }
