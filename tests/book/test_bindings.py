"""A number that the text binds to an expression is what the run makes of it."""

import os
import subprocess
import sys

import nbformat
import refresh
import strict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
TEXT = """\
# 1 Title

Halves of 12 at the end.

<!-- 12 = x -->
"""
BELOW = """\
It is 6, which is half, and 3, 4.0, 5.

<!-- 6 = x -->
<!-- 6 = y -->
<!-- half = np.array([0.52]) -->
<!-- 3, 4.0, 5 = range(3, 6) -->
<!-- 6 = x.bit_length() + undefined -->
<!-- 6 = [6, 6] -->
"""


def test_bindings_are_evaluated_where_they_stand(tmp_path):
    echo = [new_output("stream", name="stdout", text="x\n")]
    cells = [
        new_markdown_cell(TEXT),
        new_code_cell("import numpy as np\nx = 6", execution_count=1),
        new_markdown_cell(BELOW),
        new_code_cell("x = 12\nprint('x')", execution_count=2, outputs=echo),
        new_code_cell("assert Out == {}", execution_count=3),
    ]
    path = tmp_path / "chapter.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata=KERNEL), path)
    run = subprocess.run(
        [sys.executable, *strict.PYTEST, path],
        env=os.environ | {"PYTHONPATH": str(refresh.ROOT / "tools")},
        capture_output=True,
        text=True,
    )
    # A set: where CI is set, pytest's summary says each failure once more in full.
    said = {line.rstrip("\x1b[0m") for line in run.stdout.splitlines()}
    assert sorted(line for line in said if line.startswith("The text")) == [
        "The text says 6, but [6, 6] gives [6.0, 6.0].",
        "The text says 6, but x.bit_length() + undefined gives NameError: "
        "name 'undefined' is not defined.",
        "The text says 6, but y gives NameError: name 'y' is not defined.",
    ]
    # The cell above the wrong ones fails; the promise of the title is kept at the end.
    assert "1 failed, 2 passed" in run.stdout
