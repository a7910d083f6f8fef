"""Figures and printed tables of the chapters, as the site shows them.

A cell's output may carry a form for the site beside its picture or its text
(``notebooks/lab/siteform.py``). When a chapter is read, each picture that a cell shows
becomes a numbered figure:

- "Figure 3.4" counts a chapter's figures, folded ones too; ``figure-3-4`` is its id;
- the caption is the cell's ``mystnb.figure.caption``, which MyST-NB has parsed;
- the alternative text is the cell's ``mystnb.image.alt``;
- a picture without a form stands in the same frame.

A table that carries a form takes the place of its text. When a page is written, the
pictures inside its forms become files in ``_images``.
"""

import hashlib
import html
import re
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import imagesize
from docutils import nodes
from from_notebooks import chapter_number, read_notebook

SITE_FORM = "application/vnd.book+html"
PICTURES = ("image/png", "image/jpeg")
DPI, CSS = 144, 96  # of lab.show's pictures, and of the page
# MyST-NB would warn of a type that it does not know.
UNKNOWN_TYPE = "mystnb.unknown_mime_type"

OPENING = '<div class="panels'
EMBEDDED = re.compile(
    r'(?P<tag><img [^>]*)src="data:image/(?P<kind>\w+);base64,(?P<data>[^"]*)"'
)
# What a form's own ids are, and where it refers to them.
OWN_ID = re.compile(r'(\bid="|\bhref="#|url\(#)(?=s\d+[")])')


class BookFigure(nodes.General, nodes.Element):
    """A figure: ``form`` is its panels; its one child, if any, is the caption."""


class BookCaption(nodes.General, nodes.TextElement):
    """What stands under a figure, after its number."""


# --- reading ------------------------------------------------------------------


def read_figures(app, doctree):
    """Put numbered figures and tables in the place of a chapter's outputs."""
    name = app.env.docname
    if not name.startswith(f"{app.config.book_notebooks}/"):
        return
    cells = read_notebook(app.env, name)["cells"]
    number = 0
    for container in list(doctree.findall(is_cell)):
        cell = cells[container["cell_index"]]
        for bundle, data in zip(list(container.findall(is_bundle)), shown(cell)):
            wrapped = isinstance(bundle.parent, nodes.figure)
            place = bundle.parent if wrapped else bundle
            if any(kind in data for kind in PICTURES):
                number += 1
                which = f"{chapter_number(name)}.{number}"
                place.replace_self(book_figure(which, data, cell, place))
            elif SITE_FORM in data:
                table = f'<div class="scrolls">{"".join(data[SITE_FORM])}</div>'
                place.replace_self(nodes.raw("", table, format="html"))
            elif wrapped:  # a text beside a figure is no figure
                place.replace_self(bundle)


def is_cell(node):
    """Whether a node holds a code cell."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def is_bundle(node):
    """Whether a node holds the forms of one output."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def shown(cell):
    """Return what each output of a code cell shows, by type; streams left out."""
    return [output["data"] for output in cell["outputs"] if "data" in output]


def book_figure(which, data, cell, place):
    """Make a figure's node, with the caption that MyST-NB has put into its place."""
    name = f"figure-{which.replace('.', '-')}"
    alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
    form = "".join(data.get(SITE_FORM, ())) or form_of_picture(data)
    form = OWN_ID.sub(rf"\g<1>{name}-", form)
    opener = cell["metadata"].get("book", {}).get("opener", False)
    figure = BookFigure(form=form, alt=alt, number=which, ids=[name], opener=opener)
    found = place.next_node(nodes.caption)
    caption = BookCaption("", "", *(found.children if found else ()))
    figure += caption
    return figure


def form_of_picture(data):
    """Return the form of a picture that carries none: one panel without a label."""
    kind = next(kind for kind in PICTURES if kind in data)
    encoded = "".join("".join(data[kind]).split())
    size = imagesize.get(BytesIO(b64decode(encoded)))
    width, height = (round(length * CSS / DPI) for length in size)
    return (
        f'<div class="panels">\n<div class="panel" style="width:{width}px">\n'
        f'<img class="photo" width="{width}" height="{height}" alt="" '
        f'src="data:{kind};base64,{encoded}">\n</div>\n</div>'
    )


# --- writing ------------------------------------------------------------------


def visit_figure(self, node):
    """Write a figure's panels; what is wider than a phone scrolls, by keyboard too."""
    is_copy = node["ids"] == ["opening"]
    form = with_files(
        node["form"],
        Path(self.builder.outdir, self.builder.imagedir),
        self.builder.imgpath,
        eager=is_copy or node["number"].endswith(".1"),
    )
    told = f' role="img" aria-label="{html.escape(node["alt"])}"' if node["alt"] else ""
    classes, rest = form.removeprefix(OPENING).split('"', 1)
    panels = f'{OPENING}{classes}"{told}{rest}'
    if "scrolls" in classes.split():
        place = " here, too" if is_copy else ""
        panels = (
            f'<div class="wide-figure" role="region" tabindex="0" '
            f'aria-label="Figure {node["number"]}, scrolls{place}">{panels}</div>'
        )
    self.body.append(f'<figure class="book-figure" id="{node["ids"][0]}">\n{panels}\n')


def depart_figure(self, node):
    """End a figure."""
    self.body.append("</figure>\n")


def visit_caption(self, node):
    """Write a figure's number, which is a link to the figure."""
    number = node.parent["number"]
    there = f"#figure-{number.replace('.', '-')}"  # also from a copy of the figure
    self.body.append(
        f'<figcaption><a class="figure-number" href="{there}">Figure {number}</a> '
    )


def depart_caption(self, node):
    """End a caption."""
    self.body.append("</figcaption>\n")


def with_files(form, folder, address, eager):
    """Write a form's pictures into a folder; return the form with links to them.

    Parameters
    ----------
    form : str
    folder : pathlib.Path
    address : str
        The folder's, from the page.
    eager : bool
        Whether the first picture is loaded at once; all others are when they come near.
    """
    seen = 0

    def written(match):
        nonlocal seen
        seen += 1
        content = b64decode(match["data"])
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{match['kind']}"
        folder.mkdir(parents=True, exist_ok=True)
        Path(folder, name).write_bytes(content)
        wait = "" if eager and seen == 1 else ' loading="lazy"'
        return f'{match["tag"]}src="{address}/{name}"{wait} decoding="async"'

    return EMBEDDED.sub(written, form)


def opener(doctree):
    """Return the figure that a chapter opens with, or None."""
    return next((f for f in doctree.findall(BookFigure) if f.get("opener")), None)


def again(figure, name):
    """Return a copy of a figure under a name of its own."""
    copy = figure.deepcopy()
    copy["form"] = figure["form"].replace(f"{figure['ids'][0]}-", f"{name}-")
    copy["ids"] = [name]
    return copy


def know_the_form(app, config):
    """Let MyST-NB pass over the type that this extension shows."""
    config.suppress_warnings = [*config.suppress_warnings, UNKNOWN_TYPE]


def setup(app):
    """Connect reading and writing to Sphinx."""
    app.setup_extension("from_notebooks")
    app.add_node(BookFigure, html=(visit_figure, depart_figure))
    app.add_node(BookCaption, html=(visit_caption, depart_caption))
    app.connect("config-inited", know_the_form)
    app.connect("doctree-read", read_figures, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
