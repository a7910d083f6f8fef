"""Words that name a place become links to it, and a link can show where it leads.

Of every page's text, code, formulas, headings and links left out:

- "chapter 3", "figures 3.4 and 3.5", "exercise 2" and "source B" lead to what they
  name. A figure or an exercise that does not exist is a warning, and so fails the
  build; a chapter that does not exist yet stays text.
- The first use of each term of the glossary, in each chapter, leads to its definition.
- "3 x 3" becomes "3 × 3", and lines break neither there nor within "90 %".

A place is a page, a section, a figure, a source, a term; ``cite_papers`` adds the
papers, ``exercises`` the exercises, each with ``note_place``. What is noted there
travels with each link to it, as ``data-preview``, for ``previews.js`` to show: the
first line is a head, the second a text. Nothing is fetched, so it works from a folder,
too.
"""

import copy
import html
import re
import textwrap
from urllib.parse import urldefrag, urljoin

from docutils import nodes
from figures import BookFigure
from from_notebooks import chapter_names, chapter_number, link
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)

# --- text, pure ---------------------------------------------------------------

NUMBERS = {
    "chapter": r"\d+(?!\.?\d)",
    "figure": r"\d+\.\d+",
    "exercise": r"\d+(?:\.\d+)?",
    "source": r"[A-Z]\b",
}
# One name and one number; or a name in the plural and a list of numbers.
MENTION = re.compile(
    "|".join(
        rf"\b(?P<{kind}>(?i:{kind})\s+{number}"
        rf"|(?i:{kind})s\s+{number}(?:,\s{number})*"
        rf"(?:(?:\s?[-–]\s?|,?\s(?:and|or|to)\s){number})?)"
        for kind, number in NUMBERS.items()
    )
)
CROSS = re.compile(r"(?:(?<=\d)|(?<=\b[nk])) [x×] (?=\d|[nk]\b)")
# How a formula of a heading or a first sentence reads without its TeX.
PLAIN_TEX = {
    r"\\(?:lfloor|left|right|rfloor|,|;|!|[{}])|[{}$]": "",
    r"\\times": "×",
    r"\\cdot": "·",
    r"\\leq?\b": "≤",
    r"\\geq?\b": "≥",
    r"\\lambda": "λ",
}


def mentions(text):
    """Cut a text into pieces, each with the place that it names.

    Returns
    -------
    list of (str, tuple or None)
        The pieces in order, which make up the text, and of each ``(kind, number)``, or
        None where it names no place.
    """
    pieces, done = [], 0
    for found in MENTION.finditer(text):
        kind = found.lastgroup
        pieces.append((text[done : found.start()], None))
        start = done = found.start()
        for number in re.finditer(NUMBERS[kind], found[0]):
            end = found.start() + number.end()
            # The first link holds the name as well.
            first = start if done == start else found.start() + number.start()
            pieces += [(text[done:first], None), (text[first:end], (kind, number[0]))]
            done = end
    pieces.append((text[done:], None))
    return [(piece, place) for piece, place in pieces if piece]


def cross(text):
    """Write "3 x 3" with the sign; let no line end within it, nor within "90 %"."""
    return re.sub(r"(?<=\d) %", "\xa0%", CROSS.sub("\xa0×\xa0", text))


def term_pattern(names):
    """Match any of some terms, the longest first, in the singular or the plural."""
    longest_first = sorted(names, key=len, reverse=True)
    either = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in longest_first)
    return re.compile(rf"(?<![\w-])(?P<term>{either})(?:s|es)?(?![\w-])", re.I)


def first_uses(text, pattern, terms, seen):
    """Cut a text into pieces, each with the term that it is the first use of.

    Parameters
    ----------
    text : str
    pattern : re.Pattern
        From ``term_pattern``.
    terms : dict
        What each term, in lower case, leads to.
    seen : set
        What earlier texts have led to. It grows.
    """
    pieces, done = [], 0
    for found in pattern.finditer(text):
        place = terms[" ".join(found["term"].lower().split())]
        if place not in seen:
            seen.add(place)
            pieces += [(text[done : found.start()], None), (found[0], place)]
            done = found.end()
    pieces.append((text[done:], None))
    return [(piece, place) for piece, place in pieces if piece]


# --- places -------------------------------------------------------------------


def places(env):
    """Return what is known of every place: a preview, by page name and anchor."""
    if not hasattr(env, "book_places"):
        env.book_places = {}
    return env.book_places


def note_place(env, docname, anchor, head, text=""):
    """Make a place known, so that words and links can lead to it.

    Call it while pages are read, ``note_place(env, env.docname, "figure-3-4",
    "Figure 3.4", caption)``: "figure 3.4" then leads there from everywhere.

    Parameters
    ----------
    env : sphinx.environment.BuildEnvironment
    docname, anchor : str
        The page, and the id on it; "" is the page itself.
    head, text : str
        What a preview shows.
    """
    text = textwrap.shorten(text, 320, placeholder=" …")
    places(env).setdefault(docname, {})[anchor] = f"{head}\n{text}"


def forget_places(app, env, docname):
    """Drop the places of a page that is read anew or gone."""
    places(env).pop(docname, None)


def merge_places(app, env, docnames, other):
    """Take over the places that a parallel reader has found."""
    places(env).update(
        {name: found for name, found in places(other).items() if name in docnames}
    )


def plain(node):
    """Return a node's text without raw HTML and with readable formulas."""
    parts = []
    for text in node.findall(nodes.Text):
        words = text.astext()
        if isinstance(text.parent, nodes.math):
            for tex, sign in PLAIN_TEX.items():
                words = re.sub(tex, sign, words)
        if not isinstance(text.parent, nodes.raw | nodes.comment):
            parts.append(words)
    return " ".join("".join(parts).split())


def note_sections(app, doctree):
    """Note the page and each of its sections: heading and first paragraph."""
    env = app.env
    for section in doctree.findall(nodes.section):
        first = section.next_node(nodes.paragraph)
        text = plain(first) if first is not None and first.parent is section else ""
        page = [""] if section.parent is doctree else []
        for anchor in page + section["ids"]:
            note_place(env, env.docname, anchor, plain(section[0]), text)


def note_figures(app, doctree):
    """Note each figure of a chapter with its caption."""
    for figure in doctree.findall(BookFigure):
        name = f"Figure {figure['number']}"
        note_place(app.env, app.env.docname, figure["ids"][0], name, plain(figure[0]))


def note_sources(app, doctree):
    """Give each row of a table of sources its anchor, by its letter."""
    env = app.env
    for table in doctree.findall(nodes.table):
        head, *rows = table.findall(nodes.row)
        if head[0].astext() != "Source":
            continue
        for row in rows:
            letter, *about = (plain(cell) for cell in row)
            add_anchor(doctree, row, f"source-{letter.lower()}")
            note_place(
                env, env.docname, row["ids"][0], f"Source {letter}", " · ".join(about)
            )


def note_terms(app, doctree):
    """Give each term of a glossary its anchor, and note what it means."""
    for entry in doctree.findall(nodes.definition_list_item):
        if isinstance(entry.parent.parent, addnodes.glossary):
            for term in entry.findall(nodes.term):
                head = plain(term)
                anchor = nodes.make_id(f"term {head}")  # keeps a digit at its head
                add_anchor(doctree, term, anchor)
                note_place(app.env, app.env.docname, anchor, head, plain(entry[-1]))


def add_anchor(doctree, node, anchor):
    """Put an id before the others of a node."""
    node["ids"].insert(0, anchor)
    doctree.ids[anchor] = node


# --- links --------------------------------------------------------------------

# Text in these is no prose, or is a link already.
NO_PROSE = (
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
)
NO_LINKS = (*NO_PROSE, nodes.reference, nodes.title, nodes.rubric, nodes.label)
# Others' words, words under a picture, and lists of what one will be able to do are no
# places to explain a term.
NO_TERMS = (
    *NO_LINKS,
    BookFigure,
    nodes.block_quote,
    nodes.bullet_list,
    nodes.caption,
    nodes.strong,
)


class Crosses(SphinxTransform):
    """Write sizes with the multiplication sign, in headings, too."""

    default_priority = 700

    def apply(self, **kwargs):
        """Change the texts."""
        for text in prose(self.document, NO_PROSE):
            if cross(text) != text:
                text.parent.replace(text, nodes.Text(cross(text)))


def prose(doctree, without):
    """List the texts that stand in no node of some classes.

    A text without a parent is HTML that a cell has given out.
    """
    return [
        text
        for text in doctree.findall(nodes.Text)
        if text.parent is not None and not inside(text.parent, without)
    ]


def inside(node, classes):
    """Whether a node, or one that holds it, is of one of these classes."""
    while node is not None and not isinstance(node, classes):
        node = node.parent
    return node is not None


def put(text, pieces, make):
    """Replace a text by its pieces; ``make(piece, place)`` makes those with a place."""
    if any(place for _, place in pieces):
        made = [
            make(piece, place) if place else nodes.Text(piece)
            for piece, place in pieces
        ]
        text.parent.replace(text, made)


def link_words(app, doctree, docname):
    """Make links of the words that name a place."""
    chapters = {chapter_number(name): name for name in chapter_names(app.env)}
    number = chapter_number(docname) if docname in chapters.values() else None
    where = {
        anchor: name for name, found in places(app.env).items() for anchor in found
    }

    def make(words, place):
        kind, name = place
        if kind == "chapter":
            page, anchor = chapters.get(name), ""
            page = None if page == docname else page
        else:
            if kind == "exercise" and "." not in name and number:
                name = f"{number}.{name}"
            anchor = f"{kind}-{name}".replace(".", "-").lower()
            page = where.get(anchor)
            if page is None and "." in name:
                logger.warning("the book has no %s %s", kind, name, location=parent)
        if page is None:
            return nodes.Text(words)
        return link(
            app, docname, page, [nodes.Text(words)], anchor, classes=[f"to-{kind}"]
        )

    for text in prose(doctree, NO_LINKS):
        parent = text.parent
        put(text, mentions(text), make)


def glossary(env):
    """Return ``(page name, anchor)`` of every term, by its name in lower case.

    Several names of one thing lead to the first.
    """
    found, first = {}, {}
    for docname, known in places(env).items():
        for anchor, preview in known.items():
            if anchor.startswith("term-"):
                head, _, meaning = preview.partition("\n")
                place = first.setdefault(meaning, (docname, anchor))
                found[head.lower()] = place
    return found


def link_terms(app, doctree, docname):
    """Make a link of the first use of each term in a chapter."""
    terms, seen = glossary(app.env), set()
    if not terms or docname not in chapter_names(app.env):
        return
    pattern = term_pattern(terms)

    def make(words, place):
        page, anchor = place
        return link(app, docname, page, [nodes.Text(words)], anchor, classes=["term"])

    for text in prose(doctree, NO_TERMS):
        put(text, first_uses(text, pattern, terms, seen), make)


# --- previews -----------------------------------------------------------------


def add_previews(app, doctree, docname):
    """Let each link to a known place carry what is known of it."""
    here = app.builder.get_target_uri(docname)
    pages = {app.builder.get_target_uri(name): name for name in places(app.env)}
    for node in doctree.findall(nodes.reference):
        uri = node.get("refuri") or "#" + node.get("refid", "")
        page, anchor = urldefrag(urljoin(here, uri))
        preview = places(app.env).get(pages.get(page), {}).get(anchor)
        # An entry of the list of chapters says all that a preview would.
        if preview and "chapter-title" not in node["classes"]:
            node["preview"] = preview
            node.attributes.pop("reftitle", None)  # or two things would appear


def visit_reference(self, node):
    """Write a link, with its preview."""
    position = len(self.body)
    type(self).visit_reference(self, node)
    if "preview" in node:
        preview = html.escape(node["preview"].strip()).replace("\n", "&#10;")
        tag = self.body[position]
        self.body[position] = tag.replace("<a ", f'<a data-preview="{preview}" ', 1)


def depart_reference(self, node):
    """End a link."""
    type(self).depart_reference(self, node)


def pages_to_write(app, env):
    """Name all pages if a place has come, gone or changed since the last build."""
    known = copy.deepcopy(places(env))
    same = known == getattr(env, "book_places_written", None)
    env.book_places_written = known
    return [] if same else sorted(env.all_docs)


def setup(app):
    """Connect it to Sphinx's phases, after the extensions that make text."""
    app.add_transform(Crosses)
    app.add_node(
        nodes.reference, override=True, html=(visit_reference, depart_reference)
    )
    for note in (note_sections, note_figures, note_sources, note_terms):
        app.connect("doctree-read", note)
    app.connect("env-purge-doc", forget_places)
    app.connect("env-merge-info", merge_places)
    app.connect("env-updated", pages_to_write, priority=900)
    for act in (link_words, link_terms, add_previews):
        app.connect("doctree-resolved", act, priority=900)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
