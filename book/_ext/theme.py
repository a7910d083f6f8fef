"""The book's own theme, and what a build writes beside the pages.

The theme (``book/_theme``) is a few templates on Sphinx' own, style sheets and
scripts. This extension gives the templates what they show, and writes:

- ``index.html``, which leads to the cover, and ``404.html``;
- ``_static/search-text.js``, the text of every section, for the results of a search;
- a picture for each page that is shared in a chat (``social_image``);
- a build that lacks a page of ``_toc.yml`` fails.
"""

import html
import json
import re
import tomllib
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from docutils import nodes
from from_notebooks import chapter_names, chapter_number, read_notebook
from from_record import record
from openings import opener_output
from PIL import Image
from sphinx.errors import ExtensionError

THEME = Path(__file__).parents[1] / "_theme"
# Not on every page.
ELSEWHERE = ("explore.css", "live.css", "live.js", "search.js")
PRELOADED = ("text.woff2", "code.woff2")
UNBROKEN = 24  # characters of inline code that stay on one line
# What ends a clause may not begin a line, but browsers break a line after any formula.
STOP = re.compile(r"[.,;:)?!”]+")
NO_WORDS = (
    ".headerlink, .kicker, .facts, .buttons, .answers, div.cell, figure, "
    "script, style, svg"
)
SEARCH = "window.SEARCH_TEXT = "
SOCIAL = "_static/social"  # pictures that a chat shows for a link
SOCIAL_SIZE, SOCIAL_MARGIN = (1200, 630), 60
ENTRANCE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="icon" href="_static/favicon.svg">
<meta http-equiv="refresh" content="0; url={cover}">
</head>
<body><main><h1>{title}</h1><p><a href="{cover}">Open the book</a></p></main></body>
</html>
"""


def set_address(app, config):
    """Say where the site is published, unless _config.yml does: on GitHub Pages."""
    address = config.html_theme_options.get("repository_url", "")
    found = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+?)/?", address)
    if found and not config.html_baseurl:
        config.html_baseurl = "https://{}.github.io/{}/".format(*found.groups())


def version():
    """Return the book's version, which stands in pyproject.toml."""
    path = THEME.parents[1] / "pyproject.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["project"]["version"]


def description(doctree):
    """Return the first paragraph of a page, for search engines and chats."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) > 40:
            return text if len(text) <= 155 else text[:155].rsplit(" ", 1)[0] + " …"
    return ""


def polish(app, doctree, docname):
    """Let tables scroll by themselves; keep short code, and a formula's stop, whole."""
    for table in list(doctree.findall(nodes.table)):
        table.replace_self(nodes.container("", table.deepcopy(), classes=["scrolls"]))
    for code in doctree.findall(nodes.literal):
        if len(code.astext()) <= UNBROKEN:
            code["classes"].append("short")
    for formula in list(doctree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        stop = STOP.match(after) if isinstance(after, nodes.Text) else None
        if stop:
            after.parent.replace(after, nodes.Text(after[stop.end() :]))
            both = formula.deepcopy(), nodes.Text(stop[0])
            formula.replace_self(nodes.inline("", "", *both, classes=["kept"]))


def menu(context):
    """Return the menu of all pages, whose captions are no headings of the page."""
    made = context["toctree"](
        collapse=False, titles_only=True, maxdepth=1, includehidden=True
    )
    return re.sub(r' role="heading"', "", made or "")


def sections_menu(toc):
    """Return the contents of a page without its title; empty if there are none."""
    inner = BeautifulSoup(toc or "", "html.parser").select_one("ul > li > ul")
    return str(inner) if inner else ""


def give_context(app, pagename, templatename, context, doctree):
    """Give the templates what a page of this book shows."""
    env, config = app.env, app.config
    title = BeautifulSoup(context.get("title") or "", "html.parser").get_text()
    project = context["project"]
    named = {"404": "Page not found", "search": "Search"}.get(pagename, title)
    record_of_machines = record(env).get("machines", {})
    if templatename == "404.html":
        # Its links are relative to the site's root, wherever it is shown.
        context["pathto"] = lambda name, resource=False: (
            name if resource else f"{name}.html"
        )
    context.update(
        page_title=html.escape(
            project if named in ("", project) else f"{named} — {project}"
        ),
        description=description(doctree) if doctree is not None else "",
        chapter_number=chapter_number(pagename)
        if pagename in chapter_names(env)
        else None,
        chapters_menu=menu(context),
        sections=sections_menu(context.get("toc")) if doctree is not None else "",
        sheets=[
            path.name
            for path in sorted((THEME / "static").glob("*.css"))
            if path.name not in ELSEWHERE
        ],
        modules=[
            path.name
            for path in sorted((THEME / "static").glob("*.js"))
            if path.name not in ELSEWHERE
        ],
        preloaded_fonts=[
            name for name in PRELOADED if (THEME / "static/fonts" / name).is_file()
        ],
        repository_url=config.html_theme_options.get("repository_url", ""),
        version=version(),
        proved_on=record_of_machines.get("date"),
        html_baseurl=config.html_baseurl,
        base_path=urlsplit(config.html_baseurl).path or "/",
        env_docs=env.found_docs,
        social_image=f"{SOCIAL}/{social_name(env, pagename)}.png",
    )


def texts_of(article):
    """Return what a page says, as ``[anchor, heading, text]``: sections and terms.

    A section's text is its own, without that of its subsections.
    """
    found = []
    for mark in article.select(NO_WORDS):
        mark.extract()
    for term in article.select("dt[id]"):
        meaning = term.find_next_sibling("dd")
        found.append([term["id"], words(term), words(meaning)])
    for section in reversed(article.select("section[id]")):
        heading = section.find(re.compile("^h[1-6]$")).extract()
        found.append([section["id"], words(heading), words(section)])
        section.extract()  # so that the section around it is left without it
    if found:
        found[-1][0] = ""  # the page itself
    return found[::-1]


def words(tag):
    """Return a tag's text with single spaces."""
    return " ".join(tag.get_text().split()) if tag else ""


def is_fresh(made, *sources):
    """Whether a file is newer than what it is made of, this extension included."""
    newest = max(Path(source).stat().st_mtime_ns for source in (*sources, __file__))
    return made.is_file() and made.stat().st_mtime_ns > newest


def write_search_text(app):
    """Write the text of every section where a search can show it.

    Reading pages is most of what a build does after a small change, so those that are
    older than what was written last are taken from there.
    """
    path = Path(app.outdir, "_static", "search-text.js")
    texts, known = {}, {}
    if path.is_file():
        known = json.loads(path.read_text("utf-8").removeprefix(SEARCH).rstrip(";\n"))
    for name in sorted(app.env.found_docs):
        page = Path(app.outdir, f"{name}.html")
        if name in known and is_fresh(path, page):
            texts[name] = known[name]
        else:
            whole = BeautifulSoup(page.read_text("utf-8"), "lxml")
            texts[name] = texts_of(whole.article)
    written = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    path.write_text(f"{SEARCH}{written};\n", encoding="utf-8")


def social_name(env, pagename):
    """Name the picture that a chat shows for a page: a chapter's own, or the cover."""
    return pagename.rsplit("/", 1)[-1] if pagename in chapter_names(env) else "cover"


def social_picture(picture):
    """Return a picture on a card of the size that chats show."""
    card = Image.new("RGB", SOCIAL_SIZE, "white")
    room = [side - 2 * SOCIAL_MARGIN for side in SOCIAL_SIZE]
    scale = min(room[0] / picture.width, room[1] / picture.height)
    size = round(picture.width * scale), round(picture.height * scale)
    fitted = picture.convert("RGBA").resize(size, Image.Resampling.LANCZOS)
    place = [(whole - part) // 2 for whole, part in zip(SOCIAL_SIZE, size)]
    card.paste(fitted, place, fitted)
    return card


def write_social_pictures(app):
    """Write a picture for the cover and one for each chapter, from its best figure."""
    folder = Path(app.outdir, SOCIAL)
    folder.mkdir(parents=True, exist_ok=True)
    cover = THEME.parent / "cover.png"
    if not is_fresh(folder / "cover.png", cover):
        write_social_picture(folder / "cover.png", cover)
    for name in chapter_names(app.env):
        path = folder / f"{social_name(app.env, name)}.png"
        if not is_fresh(path, app.env.doc2path(name), cover):
            stored = opener_output(read_notebook(app.env, name))
            write_social_picture(path, BytesIO(stored) if stored else cover)


def write_social_picture(path, picture):
    """Write a picture as chats show it."""
    social_picture(Image.open(picture)).quantize().save(path, optimize=True)


def write_entrance(app):
    """Write ``index.html``, which leads to the cover."""
    page = ENTRANCE.format(
        language=app.config.language,
        title=html.escape(app.config.html_title),
        cover=f"{app.config.root_doc}.html",
    )
    Path(app.outdir, "index.html").write_text(page, encoding="utf-8")


def missing_pages(site_map, outdir):
    """List the documents of ``_toc.yml`` that have no page in ``outdir``."""
    names = [re.sub(r"\.(md|ipynb|rst)$", "", str(name)) for name in site_map]
    return [name for name in names if not (Path(outdir) / f"{name}.html").is_file()]


def finish(app, exception):
    """Write what belongs to the whole site, and check that all pages are there."""
    if exception is not None or app.builder.format != "html":
        return
    if app.config.root_doc != "index":
        write_entrance(app)
    missing = missing_pages(
        getattr(app.config, "external_site_map", None) or [], app.outdir
    )
    if missing:
        raise ExtensionError(f"_toc.yml lists pages that were not built: {missing}")
    write_search_text(app)
    write_social_pictures(app)


def setup(app):
    """Register the theme and connect the rest to Sphinx."""
    # Jupyter Book sets them for extensions that this book does without.
    for name in ("comments_config", "use_jupyterbook_latex"):
        app.add_config_value(name, None, "", types=(dict, bool))
    app.add_html_theme("cell_by_cell", str(THEME))
    app.connect("config-inited", set_address)
    app.connect("doctree-resolved", polish, priority=900)
    app.connect("html-page-context", give_context)
    app.connect("html-collect-pages", lambda app: [("404", {}, "404.html")])
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
