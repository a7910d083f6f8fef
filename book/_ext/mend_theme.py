"""Mend what the theme and its scripts leave wrong, without a copy of the theme.

It works on pages of sphinx-book-theme 1.3.0 and pydata-sphinx-theme 0.17.1:

- MathJax comes from the installed package ``sphinx-mathjax-offline`` and is pruned to
  what a page can ask for, so that the site needs no other host;
- the 530 KB script that draws icons goes, because the icons' font is loaded anyway;
- names that contradict what a button shows, or regions without a name, are put right;
- wide formulas can be scrolled by keyboard;
- a page's source is downloaded, not shown;
- figures state their size before they load, so that the page does not jump;
- a build that lacks a page of ``_toc.yml`` fails.

Every mend is a replacement that does nothing the second time, because an incremental
build leaves most pages as they are.
"""

import html
import importlib.util
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import imagesize
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)

MATHJAX_PACKAGE = "sphinx-mathjax-offline"
# What MathJax can ask for: itself, its fonts, and TeX packages that load on demand.
MATHJAX_FILES = (
    "tex-chtml.js",
    "output/chtml/fonts/woff-v2/*.woff",
    "input/tex/extensions/*.js",
)
MATHJAX_NOT = {"all-packages.js"}
MATHJAX_NOTICE = """\
MathJax 3.2.2, Copyright (c) 2009-2022 The MathJax Consortium.
Licensed under the Apache License, Version 2.0:
https://www.apache.org/licenses/LICENSE-2.0
Copied at build time from the Python package sphinx-mathjax-offline, in part.
"""

ENTRANCE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="icon" href="{icon}">
<meta http-equiv="refresh" content="0; url={cover}">
</head>
<body><main><h1>{title}</h1><p><a href="{cover}">Open the book</a></p></main></body>
</html>
"""

# (what the theme writes, what a page should say)
REPLACEMENTS = (
    # Icons are drawn by the web font; the script would draw them again.
    (re.compile(r"\s*<script[^>]*scripts/fontawesome\.js[^>]*></script>"), ""),
    # One icon of a brand is not worth a font of 118 KB on every page.
    (re.compile(r'<i class="fab fa-github"'), '<i class="fa-solid fa-code-branch"'),
    # The name of a control must contain the words it shows (WCAG 2.5.3).
    (
        re.compile(r'(<button[^>]*search-button-field[^>]*?)\s+aria-label="Search"'),
        r"\1",
    ),
    (
        re.compile(r'(<summary)\s+aria-label="Toggle hidden content"'),
        r"\1",
    ),
    # docutils gives entries of a bibliography a role that ARIA has dropped.
    (re.compile(r' role="doc-biblioentry"'), ' role="listitem"'),
    # A wide formula scrolls; with this class the theme lets the keyboard do it.
    (
        re.compile(r'<div class="math notranslate nohighlight( amsmath)?"'),
        r'<div class="math notranslate nohighlight\1 pst-scrollable-table-container"',
    ),
    # A source is to be kept; without this a browser shows a notebook as JSON.
    (
        re.compile(r'(<a\b(?![^>]*\sdownload\b)[^>]*href="[^"]*\b_sources/[^"]+")'),
        r"\1 download",
    ),
    # The top of the sidebar belongs to no landmark.
    (
        re.compile(
            r'<div class="sidebar-primary-items__start sidebar-primary__section">'
        ),
        '<div class="sidebar-primary-items__start sidebar-primary__section"'
        ' role="region" aria-label="Book">',
    ),
)

# Sphinx also loads MathJax where only a page further down the contents has formulas.
MATHJAX_SCRIPTS = re.compile(
    r"\s*<script[^>]*>window\.MathJax = .*?</script>"
    r"|\s*<script[^>]*mathjax/[^>]*></script>",
    re.S,
)
# A picture this many times as wide as it is high scrolls on a phone, not shrinks.
WIDE = 3.2
IMAGE = re.compile(r'<img\b[^>]*?\bsrc="(?P<src>[^":]+\.(?:png|jpe?g|gif|webp))"[^>]*>')


def set_theme_options(app, config):
    """Set single theme options; the rest stays as ``_config.yml`` gives it."""
    options = config.html_theme_options
    options["navbar_persistent"] = []  # else a second search bar above every page
    options["use_fullscreen_button"] = False
    options["footer_content_items"] = ["copyright.html"]
    options.setdefault("show_toc_level", 2)


def mathjax_sources(root):
    """Yield the files of MathJax that a page can ask for, relative to ``root``."""
    for pattern in MATHJAX_FILES:
        for path in sorted(root.glob(pattern)):
            if path.name not in MATHJAX_NOT:
                yield path.relative_to(root)


def copy_mathjax(outdir):
    """Copy the needed part of MathJax into the built site's ``_static/mathjax``."""
    found = importlib.util.find_spec(MATHJAX_PACKAGE)
    if found is None:
        raise ExtensionError(f"{MATHJAX_PACKAGE} is not installed: maths needs it")
    root = Path(found.origin).parent / "static" / "mathjax"
    target = Path(outdir) / "_static" / "mathjax"
    for name in mathjax_sources(root):
        copy = target / name
        if copy.exists() and copy.stat().st_size == (root / name).stat().st_size:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, copy)
    (target / "NOTICE.txt").write_text(MATHJAX_NOTICE)


def describe_page(app, pagename, templatename, context, doctree):
    """Give the page a description for search engines: its first paragraph."""
    if doctree is None or 'name="description"' in context.get("metatags", ""):
        return
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) > 40:
            break
    else:
        return
    if len(text) > 155:
        text = text[:155].rsplit(" ", 1)[0] + " …"
    tag = f'<meta name="description" content="{html.escape(text)}" />'
    context["metatags"] = context.get("metatags", "") + "\n" + tag


def size_images(page, folder):
    """Write each picture's own size onto its tag; let all but the first wait.

    Parameters
    ----------
    page : str
        The HTML of a page.
    folder : pathlib.Path
        Where the page lies, to find its pictures.
    """
    seen = 0

    def mend(match):
        nonlocal seen
        tag = match.group()
        picture = folder / unquote(match["src"])
        if "height=" in tag or not picture.is_file():
            return tag
        width, height = imagesize.get(picture)
        if height <= 0:  # not a picture that imagesize knows
            return tag
        seen += 1
        wait = ' loading="lazy"' if seen > 1 else ""
        size = f' width="{width}" height="{height}"{wait} decoding="async"'
        tag = tag.removesuffix("/>").removesuffix(">").rstrip() + size + " />"
        # The theme lets the keyboard scroll "output", when there is something to.
        wide = width > WIDE * height
        return f'<div class="output wide-figure">{tag}</div>' if wide else tag

    return IMAGE.sub(mend, page)


def mend_page(page, folder):
    """Return the page's HTML with every mend made."""
    for pattern, replacement in REPLACEMENTS:
        page = pattern.sub(replacement, page)
    if 'class="math ' not in page:
        page = MATHJAX_SCRIPTS.sub("", page)
    return size_images(page, folder)


def missing_pages(site_map, outdir):
    """List the documents of ``_toc.yml`` that have no page in ``outdir``."""
    names = [re.sub(r"\.(md|ipynb|rst)$", "", str(name)) for name in site_map]
    return [name for name in names if not (Path(outdir) / f"{name}.html").is_file()]


def write_entrance(app):
    """Write ``index.html``, which leads to the cover."""
    cover = f"{app.config.root_doc}.html"
    title = html.escape(app.config.html_title)
    icon = f"_static/{Path(app.config.html_favicon or '').name}"
    page = ENTRANCE.format(
        language=app.config.language, title=title, cover=cover, icon=icon
    )
    Path(app.outdir, "index.html").write_text(page, encoding="utf-8")


def finish(app, exception):
    """Mend all pages once they are written, and check that all are there."""
    if exception is not None or app.builder.format != "html":
        return
    copy_mathjax(app.outdir)
    for path in sorted(Path(app.outdir).rglob("*.html")):
        if "_static" in path.parts:
            continue
        page = path.read_text(encoding="utf-8")
        mended = mend_page(page, path.parent)
        if mended != page:
            path.write_text(mended, encoding="utf-8")
    if app.config.root_doc != "index":
        write_entrance(app)
    site_map = getattr(app.config, "external_site_map", None)
    missing = missing_pages(site_map or [], app.outdir)
    if missing:
        raise ExtensionError(f"_toc.yml lists pages that were not built: {missing}")


def setup(app):
    """Connect the mends to Sphinx."""
    app.connect("config-inited", set_theme_options, priority=900)
    app.connect("html-page-context", describe_page)
    app.connect("build-finished", finish, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
