"""How a chapter opens: what it will give, what it costs, how to run it, a picture."""

import re
from base64 import b64decode
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from figures import again, opener, with_files
from from_notebooks import (
    chapter_names,
    chapter_number,
    chapter_title,
    link,
    read_notebook,
    status_of,
)

# What a reader takes: words of prose a minute, and lines of code.
WORDS, LINES = 200, 20
ON_CARD = 3  # panels
SKILLS = [nodes.paragraph, nodes.bullet_list]  # "You will" and its list
NEEDS = re.compile(r"^You need\b.*", re.M)
CHAPTERS = re.compile(r"\bchapters?\s+((?:\d+(?:,\s*|\s+and\s+|\s+to\s+)?)+)")


def reading_minutes(notebook):
    """Return about how many minutes a chapter takes to read, exercises left out."""
    sources = {"markdown": [], "code": []}
    for cell in notebook["cells"]:
        sources[cell["cell_type"]].append("".join(cell["source"]))
    words = len(re.sub(r"<!--.*?-->", "", " ".join(sources["markdown"])).split())
    lines = sum(len(source.splitlines()) for source in sources["code"])
    return round(words / WORDS + lines / LINES)


def needed_chapters(notebook):
    """Return the numbers of the chapters that "You need …" names, in order."""
    first = "".join(notebook["cells"][0]["source"])
    sentence = NEEDS.search(first)
    if not sentence:
        return []
    found = CHAPTERS.findall(sentence[0].split(";")[0])
    return sorted(
        {int(number) for part in found for number in re.findall(r"\d+", part)}
    )


def facts(app, docname, notebook):
    """Make the line of facts, generated from the notebook."""
    status = status_of(notebook)
    same = status["strict"] == status["cells"]
    parts = [
        [nodes.strong("", f"{reading_minutes(notebook)} min"), nodes.Text(" to read")],
        [
            nodes.strong("", str(status["cells"])),
            nodes.Text(" cells, all compared" if same else " cells, "),
            *([] if same else [nodes.Text(f"{status['strict']} compared")]),
        ],
        [nodes.Text("runs in "), nodes.strong("", f"{status['seconds'] or 0:.0f} s")],
        [nodes.strong("", str(status["exercises"])), nodes.Text(" exercises")],
    ]
    parts.append(chapters_named(app, docname, "needs", needed_chapters(notebook)))
    return facts_list(parts)


def facts_list(parts):
    """Make a line of facts. Each is a list of inline nodes; empty ones are left out."""
    items = [
        nodes.list_item("", nodes.paragraph("", "", *part)) for part in parts if part
    ]
    return nodes.bullet_list("", *items, classes=["facts"])


def chapters_named(app, docname, verb, numbers):
    """Return "needs chapters 1 and 3" with links, or nothing without such chapters.

    Parameters
    ----------
    app : sphinx.application.Sphinx
    docname : str
        The page on which it stands.
    verb : str
    numbers : list of int
    """
    by_number = {chapter_number(name): name for name in chapter_names(app.env)}
    known = [str(number) for number in numbers if str(number) in by_number]
    if not known:
        return []
    made = [nodes.Text(f"{verb} chapters " if known[1:] else f"{verb} chapter ")]
    for place, number in enumerate(known):
        if place:
            made.append(nodes.Text(" and " if place == len(known) - 1 else ", "))
        made.append(link(app, docname, by_number[number], [nodes.Text(number)]))
    return made


def colab_address(app, chapter):
    """Return where Colab opens a chapter."""
    options = app.config.html_theme_options
    repository = options.get("repository_url", "").removeprefix("https://github.com/")
    colab = (options.get("launch_buttons") or {}).get("colab_url", "").rstrip("/")
    branch = options.get("repository_branch", "main")
    return f"{colab}/github/{repository}/blob/{branch}/{chapter}.ipynb"


def acts(app, docname):
    """Make the buttons "Open in Colab" and "Download the notebook"."""
    root = "../" * docname.count("/")
    buttons = {
        "Open in Colab": colab_address(app, docname),
        "Download the notebook": f"{root}_sources/{docname}.ipynb",
    }
    links = []
    for text, uri in buttons.items():
        wait = " download" if "_sources" in uri else ""
        links.append(f'<a class="button" href="{uri}"{wait}>{text}</a>')
    text = f'<p class="buttons chapter-acts">{" ".join(links)}</p>'
    return nodes.raw("", text, format="html")


def opener_cell(notebook):
    """Return the number of the cell that draws a chapter's best figure, or None."""
    for number, cell in enumerate(notebook["cells"]):
        if cell["metadata"].get("book", {}).get("opener"):
            return number
    return None


def opener_output(notebook):
    """Return the PNG or JPEG of a chapter's best figure as bytes, or None."""
    number = opener_cell(notebook)
    for output in notebook["cells"][number]["outputs"] if number is not None else ():
        for kind in ("image/png", "image/jpeg"):
            if kind in output.get("data", {}):
                return b64decode("".join(output["data"][kind]))
    return None


def note_card(app, doctree):
    """Keep what a chapter's card shows: other pages need not read it for that."""
    figure = opener(doctree)
    if figure is not None:
        form = again(figure, f"card-{chapter_number(app.env.docname)}")["form"]
        panels = BeautifulSoup(form, "html.parser")
        drawn = panels.select(".panel > :is(img, svg)")[:ON_CARD]
        cards(app.env)[app.env.docname] = "".join(map(str, drawn))


def cards(env):
    """Return what the chapters' cards show, by page name."""
    if not hasattr(env, "book_cards"):
        env.book_cards = {}
    return env.book_cards


def forget_card(app, env, docname):
    """Drop the card of a chapter that is read anew or gone."""
    cards(env).pop(docname, None)


def merge_cards(app, env, docnames, other):
    """Take over the cards that a parallel reader has found."""
    cards(env).update({n: c for n, c in cards(other).items() if n in docnames})


def opener_picture(app, docname, chapter):
    """Return the panels of a chapter's best figure, for a card on the page docname."""
    if chapter not in cards(app.env):
        return []
    folder = Path(app.outdir, "_images")
    address = "../" * docname.count("/") + "_images"
    drawn = with_files(cards(app.env)[chapter], folder, address, False)
    text = f'<div class="card-picture" aria-hidden="true">{drawn}</div>'
    return [nodes.raw("", text, format="html")]


def put_kicker_first(section):
    """Put a paragraph of class "kicker", which follows a title, above it."""
    if len(section) > 1 and "kicker" in section[1].get("classes", []):
        kicker = section.pop(1)
        section.insert(0, kicker)


def open_chapter(app, doctree, docname):
    """Set the head of a chapter: kicker, title, lead, facts, buttons, skills."""
    top = doctree[0]
    if docname not in chapter_names(app.env):
        put_kicker_first(top)
        return
    top[0][:] = [nodes.Text(chapter_title(app.env, docname))]
    head = [facts(app, docname, read_notebook(app.env, docname)), acts(app, docname)]
    place = 1
    if len(top) > 1 and isinstance(top[1], nodes.paragraph):
        top[1]["classes"].append("lead")
        place = 2
    if [type(node) for node in top[place : place + 2]] == SKILLS:
        skills = nodes.container("", *top[place : place + 2], classes=["skills"])
        top[place : place + 2] = [skills]
    figure = opener(doctree)
    top[place:place] = head + ([again(figure, "opening")] if figure else [])
    kicker = f'<p class="kicker">Chapter {chapter_number(docname)}</p>'
    top.insert(0, nodes.raw("", kicker, format="html"))


def setup(app):
    """Connect it to Sphinx."""
    app.connect("doctree-read", note_card)
    app.connect("env-purge-doc", forget_card)
    app.connect("env-merge-info", merge_cards)
    app.connect("doctree-resolved", open_chapter)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
