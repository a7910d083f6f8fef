"""Each exercise of a chapter is one card: question, cell, hints, solution.

The section "Exercises" holds paragraphs that begin with a number in bold,
``**2. Translate.** …``. Each of them and what follows it, up to the next one, is an
exercise. It is a place that words lead to ("exercise 3.2"), and its card has

- the number above the question;
- the cell to write in, which carries ``book={"exercise": "3.2"}``, without the "Your
  turn" that it prints as long as it is untouched;
- a fold for each hint and one for the solution. Of an exercise with a cell they come
  from ``lab.exercises`` and are put into the chapter's text before it is parsed, so
  that links, formulas and code in them are those of any text. Of an exercise without
  one they stand in the chapter;
- in the fold of the solution, the cells that a tag hides.
"""

import json
import re
import sys
from pathlib import Path

from cells import output_of, raw
from docutils import nodes
from figures import is_cell
from from_notebooks import chapter_names, chapter_number, read_notebook
from links import add_anchor, note_place, plain

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
sys.path.append(str(NOTEBOOKS))

from lab.exercises import exercise as exercise_of_the_book  # noqa: E402

NUMBER = re.compile(r"(?:Exercise )?(?P<number>\d+)[.:]\s*")
FOLD = re.compile(r"<details>(\s*<summary>(?P<kind>Hint|Solution))")
END = "</details>"


# --- pure ----------------------------------------------------------------------------


def folds(hints, answer):
    """Return the folds of an exercise, as Markdown.

    Parameters
    ----------
    hints : sequence of str
    answer : str
    """
    labels = [f"Hint {n}" for n in range(1, len(hints) + 1)] if hints[1:] else ["Hint"]
    parts = [*zip(labels, hints), ("Solution", answer)]
    return "".join(
        f"\n\n<details>\n<summary>{label}</summary>\n\n{text.strip()}\n\n{END}"
        for label, text in parts
    )


def with_folds(cells, find):
    """Return a notebook's cells with the folds of its exercises in their text.

    The folds of an exercise go to the end of the text before its cell.

    Parameters
    ----------
    cells : list of dict
        Of a notebook.
    find : callable
        Takes the number of an exercise and returns it, with ``hints`` and ``answer``.
    """
    made, question = [dict(cell) for cell in cells], None
    for cell in made:
        if cell["cell_type"] == "markdown":
            question = cell
        elif number := number_of(cell):
            found = find(number)
            text = "".join(question["source"])
            question["source"] = text + folds(found.hints, found.answer)
    return made


def number_of(cell):
    """Return the number of the exercise whose cell this is, or None."""
    return cell["metadata"].get("book", {}).get("exercise")


# --- when a chapter is read ----------------------------------------------------------


def add_folds(app, docname, source):
    """Put hints and solutions into a chapter's text."""
    if docname not in chapter_names(app.env):
        return
    notebook = json.loads(source[0])
    if any(map(number_of, notebook["cells"])):
        cells = with_folds(notebook["cells"], exercise_of_the_book)
        source[0] = json.dumps({**notebook, "cells": cells})


def make_cards(app, doctree):
    """Make a card of each exercise of a chapter, and note it as a place."""
    env = app.env
    if env.docname not in chapter_names(env):
        return
    sources = read_notebook(env, env.docname)["cells"]
    if any(map(number_of, sources)):
        for path in sorted((NOTEBOOKS / "lab" / "exercises").glob("*.py")):
            env.note_dependency(str(path))
    for section in list(doctree.findall(nodes.section)):
        if section[0].astext() == "Exercises":
            for number, members in exercises(section):
                full = f"{chapter_number(env.docname)}.{number}"
                whole = enclosed(members)
                text = NUMBER.sub("", plain(members[0]), count=1)
                tend(whole, full, sources)
                add_anchor(doctree, whole, "exercise-" + full.replace(".", "-"))
                note_place(env, env.docname, whole["ids"][0], f"Exercise {full}", text)


def exercises(section):
    """Return the number and the nodes of each exercise in a section."""
    found = []
    for child in section.children:
        start = NUMBER.match(first_words(child))
        if start:
            found.append((start["number"], [child]))
        elif found:
            found[-1][1].append(child)
    return found


def first_words(node):
    """Return the bold text that a paragraph begins with."""
    strong = opening(node)
    return strong.astext() if isinstance(strong, nodes.strong) else ""


def opening(node):
    """Return the first part of a node that says anything, or None."""
    return next((child for child in node.children if child.astext().strip()), None)


def enclosed(members):
    """Return the one node that holds these siblings and nothing else."""
    parent = members[0].parent
    position = parent.index(members[0])
    whole = nodes.container("", *members, classes=["exercise"])
    parent[position : position + len(members)] = [whole]
    return whole


def tend(whole, number, sources):
    """Bring the parts of an exercise into their order.

    Parameters
    ----------
    whole : docutils.nodes.container
    number : str
        Of the exercise, with its chapter's.
    sources : list of dict
        The notebook's cells.
    """
    drop_number(whole[0])
    parts = list(whole.children)
    to_write_in = [cell for cell in parts if is_to_write_in(cell, sources)]
    hidden = [cell for cell in parts if is_cell(cell) and "hide_mode" in cell]
    hidden = [cell for cell in hidden if cell["hide_mode"] == "all"]
    parts = [part for part in parts if part not in to_write_in]
    first = next((n for n, part in enumerate(parts) if is_fold(part)), len(parts))
    parts[first:first] = to_write_in
    if any("Solution" in part.astext() for part in parts if is_fold(part)):
        parts = [part for part in parts if part not in hidden]
        end = max(n for n, part in enumerate(parts) if is_end(part))
        # What is said of these cells goes in with them.
        parts[end:] = [*parts[end + 1 :], *hidden, parts[end]]
        for cell in hidden:
            cell.attributes.pop("hide_mode")
    for cell in to_write_in:
        cell["classes"].append("to-write-in")
        if output := output_of(cell):
            cell.remove(output)
    whole[:] = [raw(f'<p class="kicker">Exercise {number}</p>\n'), *map(named, parts)]


def drop_number(question):
    """Take the number off a question, because it stands above it."""
    strong = opening(question)
    strong[0] = nodes.Text(NUMBER.sub("", strong[0].astext(), count=1))
    if not strong.astext():
        question.remove(strong)


def is_to_write_in(node, sources):
    """Whether a node is the cell that waits for an answer."""
    return is_cell(node) and bool(number_of(sources[node["cell_index"]]))


def is_fold(node):
    """Whether a node begins a hint or a solution."""
    return isinstance(node, nodes.raw) and bool(FOLD.match(node.astext()))


def is_end(node):
    """Whether a node ends a fold."""
    return isinstance(node, nodes.raw) and node.astext().strip().endswith(END)


def named(node):
    """Give a fold the class of what it holds."""
    if not is_fold(node):
        return node

    def name(found):
        return f'<details class="{found["kind"].lower()}">{found[1]}'

    return raw(FOLD.sub(name, node.astext()))


def setup(app):
    """Connect it to Sphinx: before the cells get their folds."""
    app.connect("source-read", add_folds)
    app.connect("doctree-read", make_cards, priority=550)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
