"""The cover: the rings, the numbers of the proof, and a card for each chapter.

``{cover-panels}``
    The three panels of ``book/cover.png``, a line of the body for each:
    ``label | sentence | alternative text``.
``{proof-numbers}``
    Cells, compared outputs, corrected claims, other set-ups: counted at build.
``{chapter-map}``
    A card for each chapter, one a line of the body: ``file stem | title | one
    sentence``. A chapter that exists becomes a link; the others say "to come".
"""

import html
from pathlib import Path

import numpy as np
from docutils import nodes
from explorables import explore
from from_notebooks import (
    GeneratedNode,
    add_generator,
    all_boxes,
    chapter_names,
    chapter_number,
    chapter_title,
    link,
    read_notebook,
    status_of,
)
from from_record import record
from openings import opener_picture, reading_minutes
from PIL import Image
from sphinx.util import logging

logger = logging.getLogger(__name__)
STRIDE = 8  # of the cover's picture: its thinned panels repeat each pixel so often


def parted(lines, parts):
    """Return the parts of each line that is not empty."""
    return [
        [part.strip() for part in line.split("|", parts - 1)]
        for line in lines
        if line.strip()
    ]


def cover_panels(app, docname, lines):
    """Cut the cover's picture into its panels, which a phone can stack."""
    folder = Path(app.outdir, "_images")
    folder.mkdir(parents=True, exist_ok=True)
    picture = np.asarray(
        Image.open(Path(app.srcdir, "book", "cover.png")).convert("RGBA")
    )
    gaps = np.flatnonzero(np.diff((picture[..., 3].max(axis=0) > 0).astype(int))) + 1
    panels = [p[..., :3] for p in np.split(picture, gaps, axis=1) if p[0, 0, 3]]
    root = "../" * docname.count("/")
    made = []
    texts = parted(lines, 3)
    for number, (panel, (label, sentence, alt)) in enumerate(zip(panels, texts)):
        if number:
            panel = panel[::STRIDE, ::STRIDE]
        name = f"cover-{number + 1}.webp"
        Image.fromarray(panel).save(folder / name, lossless=True, method=6)
        size = max(panel.shape[0], 224)
        # Only what repeats each pixel is enlarged so; the plate is scaled smoothly.
        how = 'class="pixels"' if number else 'fetchpriority="high"'
        made.append(
            f'<div class="panel"><img {how} src="{root}_images/{name}" alt="{alt}" '
            f'width="{size}" height="{size}">'
            f"<p><strong>{html.escape(label)}</strong> {html.escape(sentence)}</p>"
            "</div>"
        )
    # The explorable leaves the pictures as they are until a reader moves its slider.
    pictures = f'<div class="rings">{"".join(made)}</div>'
    text = explore.element("rings", {"s": STRIDE}, pictures)
    return [nodes.raw("", text, format="html")]


def proof_numbers(app, docname, lines):
    """Count what the cover promises."""
    statuses = [status_of(read_notebook(app.env, n)) for n in chapter_names(app.env)]
    cells, strict = (sum(s[key] for s in statuses) for key in ("cells", "strict"))
    boxes = sum(len(all_boxes(app.env).get(n, ())) for n in chapter_names(app.env))
    runs = [
        run
        for part in ("machines", "versions")
        for run in record(app.env).get(part, {}).get("runs", {}).values()
    ]
    failed = sum(count[1] for run in runs for count in run["chapters"].values())
    said = (
        "in which every cell gave the same" if not failed else f"{failed} cells differ"
    )
    numbers = [
        (cells, "code cells, each run again by the tests"),
        (strict, "of them compared: every letter, every picture"),
        (boxes, "claims of published notebooks corrected by measurement"),
        (len(runs), f"other processors and versions, {said}"),
    ]
    items = [
        nodes.list_item(
            "",
            nodes.paragraph(
                "", "", nodes.strong("", str(number)), nodes.Text(f" {text}")
            ),
        )
        for number, text in numbers
    ]
    return [nodes.bullet_list("", *items, classes=["proof-numbers"])]


def chapter_sentences(app):
    """Return what the cover's map says of each chapter, by the stem of its file."""
    cover = app.env.get_doctree(app.config.root_doc)
    maps = [n for n in cover.findall(GeneratedNode) if n["generator"] == "chapter-map"]
    return {
        stem: sentence
        for mark in maps
        for stem, _, sentence in parted(mark["lines"], 3)
    }


def chapter_map(app, docname, lines):
    """Make a card for each chapter of the plan; those that exist are links."""
    env = app.env
    existing = {name.rsplit("/", 1)[-1]: name for name in chapter_names(env)}
    cards = []
    for stem, title, sentence in parted(lines, 3):
        number = f"Chapter {chapter_number(stem)}"
        # As HTML, because words that name a chapter become links to it.
        number = f'<span class="chapter-number">{number}</span>'
        parts = [nodes.raw("", number, format="html")]
        picture = []
        if stem in existing:
            name = existing.pop(stem)
            title = nodes.Text(chapter_title(env, name))
            parts.append(link(app, docname, name, [title], classes=["chapter-title"]))
            minutes = f"{reading_minutes(read_notebook(env, name))} min to read"
            last = nodes.inline("", minutes, classes=["chapter-minutes"])
            picture = opener_picture(app, docname, name)
            state = "chapter-here"
        else:
            parts.append(nodes.inline("", title, classes=["chapter-title"]))
            last = nodes.inline("", "to come", classes=["chapter-to-come"])
            state = "chapter-later"
        parts += [nodes.inline("", sentence, classes=["chapter-sentence"]), last]
        spaced = [node for part in parts for node in (part, nodes.Text(" "))][:-1]
        text = nodes.paragraph("", "", *spaced)
        cards.append(nodes.list_item("", *picture, text, classes=["card", state]))
    for stem in existing:
        logger.warning(
            "the chapter map lacks a chapter; add a line to it: "
            "'%s | Title | One sentence.'",
            stem,
            location=docname,
        )
    return [nodes.bullet_list("", *cards, classes=["chapter-map"])]


def next_card(app, pagename, templatename, context, doctree):
    """Give the template the sentence and the picture of the chapter that comes next."""
    names = chapter_names(app.env)
    if pagename not in names[:-1]:
        return
    name = names[names.index(pagename) + 1]
    context["next_sentence"] = chapter_sentences(app).get(name.rsplit("/", 1)[-1], "")
    context["next_picture"] = "".join(
        node.astext() for node in opener_picture(app, pagename, name)
    )


def setup(app):
    """Add the directives."""
    add_generator(app, "cover-panels", cover_panels)
    add_generator(app, "proof-numbers", proof_numbers)
    add_generator(app, "chapter-map", chapter_map)
    app.connect("html-page-context", next_card)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
