"""Pages that are written from the chapters themselves, at build, never typed.

Two directives, each filled when its page is about to be written:

``{errata-list}``
    Every box "What the sources say" of every chapter: the source, the claim, which is a
    link, and the box's last paragraph.
``{chapter-status}``
    Run time, code cells, cells compared and versions, from the notebooks' files.

One role, ``{repo}`text <path>` ``, links into the repository, whose address stands in
``_config.yml`` alone.

The pages that carry a directive are written anew in every build (``env-updated``), so
that an incremental build cannot show what was true before.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from ipython_pygments_lexers import IPython3Lexer
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

logger = logging.getLogger(__name__)

# A source box: its first paragraph begins with this, in bold.
BOX_START = "What the sources say"
BOX = re.compile(BOX_START + r" \(source (?P<source>[A-Z])\):\s*(?P<claim>.+)", re.S)
# Cells with one of these tags, or a comment that says the same in capitals, are run,
# but what they print is not compared.
NOT_STRICT = {"nbval-skip", "nbval-ignore-output"}
NUMBER = re.compile(r"^(?:Chapter\s+)?\d+\s*[.:)]?\s+")
EXERCISES = re.compile(r"^## Exercises$(.*?)(?=^## |\Z)", re.M | re.S)
EXERCISE = re.compile(r"^(?:\*\*|#+ )(?:Exercise )?\d+[.:]", re.M)
NAMES = {
    "python": "Python",
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "numpy": "NumPy",
    "scipy": "SciPy",
    "scikit-image": "scikit-image",
    "matplotlib": "Matplotlib",
    "h5py": "h5py",
}


# --- reading notebooks --------------------------------------------------------


def chapter_names(env):
    """List the chapters that are part of this build, in the order of their numbers."""
    folder = env.config.book_notebooks
    return sorted(name for name in env.found_docs if name.startswith(f"{folder}/"))


def read_notebook(env, name):
    """Return the notebook of a chapter as a dict, straight from its file."""
    return json.loads(Path(env.doc2path(name)).read_text(encoding="utf-8"))


def chapter_title(env, name):
    """Return a chapter's title, without its number."""
    return NUMBER.sub("", env.titles[name].astext())


def chapter_number(name):
    """Return the number at the head of a chapter's file name, as text."""
    return str(int(re.match(r"\d+", name.rsplit("/", 1)[-1]).group()))


def is_strict(cell):
    """Whether the test run compares everything that this code cell prints."""
    tags = set(cell["metadata"].get("tags", []))
    source = "".join(cell["source"])
    comments = {tag for tag in NOT_STRICT if tag.replace("-", "_").upper() in source}
    return not (tags | comments) & NOT_STRICT


def count_exercises(prose):
    """Count the numbered exercises under the heading "Exercises"."""
    found = EXERCISES.search(prose)
    return len(EXERCISE.findall(found[1])) if found else 0


def status_of(notebook):
    """Count a notebook's cells and read what the last refresh wrote down.

    Returns
    -------
    dict
        ``cells`` and ``strict`` (code cells; those compared), ``exercises``,
        ``seconds`` (None if never refreshed) and ``versions``.
    """
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    prose = "\n".join(
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
    )
    book = notebook["metadata"].get("book", {})
    return {
        "cells": len(cells),
        "strict": sum(map(is_strict, cells)),
        "exercises": count_exercises(prose),
        "seconds": book.get("seconds"),
        "versions": book.get("versions", {}),
    }


# --- source boxes -------------------------------------------------------------


def box_of(quote):
    """Return ``(source, claim nodes)`` if a quotation is a source box, else None.

    A quotation that begins like a box but has another form is warned about, because
    the errata would lack it.
    """
    if not quote.astext().lstrip().startswith(BOX_START):
        return None
    # The parser may put an empty text before the bold one.
    first = [node for node in quote[0].children if node.astext().strip()]
    strong = first[0] if first else None
    found = isinstance(strong, nodes.strong) and BOX.match(strong.astext())
    if not found:
        logger.warning(
            "a source box must begin with '**%s (source A): the claim.**'",
            BOX_START,
            location=quote,
        )
        return None
    return found["source"], claim_nodes(strong, found.start("claim"))


def after_strong(paragraph):
    """Return where a box's first paragraph goes on after its bold text."""
    places = (n for n, node in enumerate(paragraph) if isinstance(node, nodes.strong))
    return next(places) + 1


def claim_nodes(strong, start):
    """Copy what a bold text says from character ``start`` on, code and maths too."""
    copies, position = [], 0
    for child in strong.children:
        text = child.astext()
        if position >= start:
            copies.append(child.deepcopy())
        elif position + len(text) > start:
            copies.append(nodes.Text(text[start - position :].lstrip()))
        position += len(text)
    return copies


def mark_boxes(app, doctree):
    """Give each source box of a chapter a class and an id, and write it down."""
    env = app.env
    boxes = []
    for quote in doctree.findall(nodes.block_quote):
        box = box_of(quote)
        if box is None:
            continue
        source, claim = box
        quote["classes"].append("sources-say")
        quote[0][:] = [
            nodes.inline("", f"Source {source} says", classes=["says"]),
            nodes.Text(" "),
            nodes.strong("", "", *copies(claim)),
            *quote[0][after_strong(quote[0]) :],
        ]
        text = "".join(node.astext() for node in claim)
        name = nodes.make_id(f"says-{source}-{text}")[:60].rstrip("-")
        while name in doctree.ids:
            name += "-again"
        quote["ids"].append(name)
        doctree.ids[name] = quote
        right = copies(quote[-1].children) if len(quote) > 1 else []
        boxes.append({"source": source, "claim": claim, "right": right, "id": name})
    if boxes:
        all_boxes(env)[env.docname] = boxes


def all_boxes(env):
    """Return the boxes of every page, by page name."""
    if not hasattr(env, "book_boxes"):
        env.book_boxes = {}
    return env.book_boxes


def forget_boxes(app, env, docname):
    """Drop the boxes of a page that is read anew or gone."""
    all_boxes(env).pop(docname, None)


def merge_boxes(app, env, docnames, other):
    """Take over the boxes that a parallel reader has found."""
    for name in docnames:
        if name in all_boxes(other):
            all_boxes(env)[name] = all_boxes(other)[name]


# --- directives: a mark now, content when the page is written -----------------


class GeneratedNode(nodes.General, nodes.Element):
    """The place on a page that a generator will fill."""


# By the name of its directive, what fills a mark: (app, page, lines) -> nodes.
GENERATORS = {}


def add_generator(app, name, generator):
    """Add a directive whose content is made when its page is written."""
    GENERATORS[name] = generator
    app.add_directive(name, Generated)


class Generated(SphinxDirective):
    """Leave a mark, with the directive's name, for ``fill_marks`` to replace."""

    has_content = True

    def run(self):
        """Return the mark."""
        return [GeneratedNode(generator=self.name, lines=list(self.content))]


class RepositoryRole(SphinxRole):
    """Link to a path in the repository: ``{repo}`text <issues>` ``."""

    def run(self):
        """Return the link."""
        text, _, path = self.text.partition("<")
        address = self.config.html_theme_options.get("repository_url", "").rstrip("/")
        address = f"{address}/{path.rstrip('>')}".rstrip("/")
        return [nodes.reference("", text.strip() or address, refuri=address)], []


def pages_with_marks(app, env):
    """Name the pages to write in every build."""
    return sorted(getattr(env, "book_generated", ()))


def note_marks(app, doctree):
    """Remember the pages that carry a mark."""
    env = app.env
    if not hasattr(env, "book_generated"):
        env.book_generated = set()
    if any(doctree.findall(GeneratedNode)):
        env.book_generated.add(env.docname)
    else:
        env.book_generated.discard(env.docname)


def merge_marks(app, env, docnames, other):
    """Take over the marks that a parallel reader has found."""
    found = getattr(other, "book_generated", set()) & set(docnames)
    env.book_generated = getattr(env, "book_generated", set()) | found


def forget_marks(app, env, docname):
    """Forget a page that is read anew or gone."""
    getattr(env, "book_generated", set()).discard(docname)


def fill_marks(app, doctree, docname):
    """Replace each mark by what its generator makes of the chapters now."""
    for mark in list(doctree.findall(GeneratedNode)):
        mark.replace_self(GENERATORS[mark["generator"]](app, docname, mark["lines"]))


# --- generators ---------------------------------------------------------------


def link(app, here, there, children, anchor="", **attributes):
    """Make a link from the page ``here`` to the page ``there``."""
    uri = app.builder.get_relative_uri(here, there) + (f"#{anchor}" if anchor else "")
    return nodes.reference("", "", *children, refuri=uri, internal=True, **attributes)


def make_table(head, rows, classes):
    """Make a table node. Every cell is a list of inline nodes."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", make_row([[nodes.Text(text)] for text in head]))
    group += nodes.tbody("", *[make_row(row) for row in rows])
    return nodes.table("", group, classes=classes)


def make_row(cells):
    """Make a table row of lists of inline nodes."""
    return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", *c)) for c in cells])


def errata_list(app, docname, lines):
    """List every source box, by chapter."""
    made = []
    for name in chapter_names(app.env):
        boxes = all_boxes(app.env).get(name)
        if not boxes:
            continue
        title = f"Chapter {chapter_number(name)}: {chapter_title(app.env, name)}"
        made.append(nodes.rubric("", title, classes=["errata-chapter"]))
        entries = [errata_entry(app, docname, name, box) for box in boxes]
        made.append(nodes.bullet_list("", *entries, classes=["errata"]))
    return made or [nodes.paragraph("", "No chapter has a source box yet.")]


def errata_entry(app, docname, chapter, box):
    """Make one entry: the claim, which leads to its box, and what the box ends with."""
    claim = link(app, docname, chapter, copies(box["claim"]), anchor=box["id"])
    says = nodes.paragraph("", f"Source {box['source']}: ", claim)
    return nodes.list_item("", says, nodes.paragraph("", "", *copies(box["right"])))


def copies(children):
    """Copy nodes, so that they can stand in a second tree."""
    return [child.deepcopy() for child in children]


def chapter_status(app, docname, lines):
    """Make the table of chapters and the list of versions."""
    env = app.env
    rows, versions = [], {}
    totals = {"cells": 0, "strict": 0, "exercises": 0, "seconds": 0}
    for name in chapter_names(env):
        status = status_of(read_notebook(env, name))
        label = f"{chapter_number(name)}. {chapter_title(env, name)}"
        rows.append(
            [[link(app, docname, name, [nodes.Text(label)])], *status_cells(status)]
        )
        for key in totals:
            totals[key] += status[key] or 0
        for package, version in status["versions"].items():
            versions.setdefault(package, {}).setdefault(version, []).append(name)
    rows.append([[nodes.strong("", "All chapters")], *status_cells(totals)])
    head = ["Chapter", "Run time", "Code cells", "Compared strictly", "Exercises"]
    return [
        make_table(head, rows, ["status"]),
        nodes.rubric("", "Versions at the last refresh"),
        make_table(["Library", "Version"], version_rows(versions), ["versions"]),
    ]


def status_cells(status):
    """Make the figures of one row of the status table."""
    seconds = status["seconds"]
    cells, strict = status["cells"], status["strict"]
    share = f"{strict} of {cells} ({100 * strict / cells:.0f} %)" if cells else "–"
    texts = [
        f"{seconds:.0f} s" if seconds else "not run yet",
        str(cells),
        share,
        str(status["exercises"]),
    ]
    return [[nodes.Text(text)] for text in texts]


def version_rows(versions):
    """Make one row a library; say so where chapters differ."""
    rows = []
    for package, found in versions.items():
        texts = [
            version
            if len(found) == 1
            else f"{version} (chapter {', '.join(map(chapter_number, names))})"
            for version, names in found.items()
        ]
        name = NAMES.get(package, package)
        rows.append([[nodes.Text(name)], [nodes.Text("; ".join(texts))]])
    return rows


def setup(app):
    """Add the directives and connect them to Sphinx's phases."""
    app.add_config_value("book_notebooks", "notebooks", "env", str)
    app.add_node(GeneratedNode)
    # Cells are IPython: a line may begin with % or !.
    app.add_lexer("python", IPython3Lexer)
    add_generator(app, "errata-list", errata_list)
    add_generator(app, "chapter-status", chapter_status)
    app.add_role("repo", RepositoryRole())
    app.connect("doctree-read", mark_boxes)
    app.connect("doctree-read", note_marks)
    for forget in (forget_boxes, forget_marks):
        app.connect("env-purge-doc", forget)
    for merge in (merge_boxes, merge_marks):
        app.connect("env-merge-info", merge)
    app.connect("env-updated", pages_with_marks)
    app.connect("doctree-resolved", fill_marks)
    return {
        "version": "1",
        "env_version": 2,  # raise it when what is kept of a box changes
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
