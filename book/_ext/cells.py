"""Cells of a chapter as cards: folds with honest labels, errors as text, marks.

- The cells before the first section (Colab's and the imports) lie in one fold.
- A cell that its tags hide lies in a fold that says what it holds.
- The outputs of the cells tagged ``hide-output`` that stand directly before a fold
  "Predict: …?" move into it: one fold a prediction, with the output and the answer.
- An error message is text, not Python.
- Every output says whether the tests compare it: by a mark where they do, and by a
  reason where they do not (the cell's metadata ``book.not_compared``).
"""

import html
import re

from docutils import nodes
from figures import is_cell
from from_notebooks import chapter_names, is_strict, read_notebook

PREDICT = re.compile(r"<details>(\s*<summary>Predict: )")


def raw(text):
    """Return a node of HTML."""
    return nodes.raw("", text, format="html")


def folded(label, children, classes=""):
    """Return nodes that lie in a fold."""
    opening = f'<details class="{classes}">\n<summary>{html.escape(label)}</summary>'
    return [raw(opening), *children, raw("</details>")]


def code_lines(cells):
    """Count the lines of code in some cells, for the label of their fold."""
    number = sum(len(cell[0].astext().splitlines()) for cell in cells)
    return f"{number} line{'s' * (number != 1)}"


def output_of(cell):
    """Return the container of a cell's outputs, or None."""
    found = [part for part in cell if part.get("nb_element") == "cell_code_output"]
    return found[0] if found else None


def mark(cell, source):
    """Say on a cell's output whether the tests compare it."""
    output = output_of(cell)
    if output is None:
        return
    if is_strict(source):
        output["classes"].append("compared")
    else:
        reason = source["metadata"].get("book", {}).get("not_compared", "")
        text = "not compared" + (f": {reason}" if reason else "")
        output += nodes.paragraph("", text, classes=["not-compared"])


def show_errors_as_text(cell):
    """Replace the colours of Python in error messages by the error's name in bold."""
    for block in list(cell.findall(nodes.literal_block)):
        if "traceback" in block["classes"]:
            name, colon, message = block.astext().partition(":")
            text = f"<strong>{html.escape(name)}</strong>{html.escape(colon + message)}"
            block.replace_self(
                raw(f'<div class="output traceback"><pre>{text}</pre></div>')
            )


def label_of(cell):
    """Say what a folded cell holds: a check, where all that it does is assert."""
    lines = code_lines([cell])
    checks = output_of(cell) is None and "assert " in cell[0].astext()
    return f"Checked ({lines})" if checks else f"A folded cell, {lines}"


def fold(cell):
    """Fold a cell, or a part of it, as its tags say."""
    mode = cell.attributes.pop("hide_mode", None)
    if mode == "all":
        position = cell.parent.index(cell)
        parent = cell.parent
        parent.remove(cell)
        for node in reversed(folded(label_of(cell), [cell], "cell-fold")):
            parent.insert(position, node)
    elif mode == "input":
        cell[:1] = folded(f"The code, {code_lines([cell])}", [cell[0]], "cell-fold")
    elif mode == "output" and output_of(cell) is not None:
        output = output_of(cell)
        position = cell.index(output)
        cell[position : position + 1] = folded("The output", [output], "cell-fold")


def fill_predictions(doctree):
    """Move hidden outputs into the fold of the prediction that follows them."""
    for opening in list(doctree.findall(nodes.raw)):
        if not PREDICT.match(opening.astext()):
            continue
        text = PREDICT.sub(r'<details class="predict">\1', opening.astext())
        siblings = opening.parent
        position = first = siblings.index(opening)
        while first and is_hidden_output(siblings[first - 1]):
            first -= 1
        outputs = []
        for cell in siblings[first:position]:
            cell.attributes.pop("hide_mode")
            outputs.append(output_of(cell))
            cell.remove(outputs[-1])
        siblings[position : position + 1] = [raw(text), *outputs]


def is_hidden_output(node):
    """Whether a node is a cell whose output is the answer to a prediction."""
    hidden = is_cell(node) and node.get("hide_mode") == "output"
    return hidden and output_of(node) is not None


def fold_the_set_up(doctree):
    """Fold the cells before the first section into one."""
    top = doctree[0]
    cells = [node for node in top.children if is_cell(node)]
    if not cells:
        return
    position = top.index(cells[0])
    for cell in cells:
        cell.attributes.pop("hide_mode", None)
        top.remove(cell)
    label = f"Set-up: the book's files for Colab, and imports ({code_lines(cells)})"
    for node in reversed(folded(label, cells, "cell-fold set-up")):
        top.insert(position, node)


def tend_cells(app, doctree):
    """Do all this to the cells of a chapter."""
    if app.env.docname not in chapter_names(app.env):
        return
    sources = read_notebook(app.env, app.env.docname)["cells"]
    cells = [node for node in doctree.findall(nodes.container) if is_cell(node)]
    for cell in cells:
        mark(cell, sources[cell["cell_index"]])
        show_errors_as_text(cell)
    fold_the_set_up(doctree)
    fill_predictions(doctree)
    for cell in cells:
        fold(cell)


def setup(app):
    """Connect it to Sphinx, after the figures have their form."""
    app.connect("doctree-read", tend_cells, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
