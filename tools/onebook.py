"""The pages of the built site as parts of one book, for a PDF and an EPUB.

``read`` takes each page's article as it is served, in the order of ``_toc.yml``, and
leaves out what only a screen with a pointer needs. Ids get their page's name in front,
so that no two pages share one, and links lead to a place in the book, or to the
published site where the book lacks the page.
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urldefrag, urljoin, urlsplit

import html5lib
import yaml
from lxml import etree

ROOT = Path(__file__).parents[1]
HTML = "http://www.w3.org/1999/xhtml"
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XMLNS = "http://www.w3.org/2000/xmlns/"
NAMES = {"h": HTML, "s": SVG}
# Class names of what belongs to a screen; "take-it-with-you" is the cover's list of
# these very files.
SCREEN_ONLY = ("headerlink", "buttons", "take-it-with-you")
LATER = ("data-preview", "loading", "decoding", "fetchpriority")
# What names an id elsewhere than in a link.
POINTERS = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers")
URL = re.compile(r"url\((['\"]?)#([^)'\"]+)\1\)")
LINKS = ("href", f"{{{XLINK}}}href")


@dataclass(frozen=True)
class Page:
    """A page as a part of the book.

    Attributes
    ----------
    name : str
        Its path in the site without ``.html``.
    key : str
        Its file's stem; the part of its ids before ``--``, and the id of its article.
    title : str
    part : str
        The caption under which ``_toc.yml`` lists it.
    address : str
        Where it is published.
    article : lxml.etree.Element
        XHTML; pictures have their path in the site, links are ``key`` or ``key--id``
        behind a ``#``, or whole addresses.
    """

    name: str
    key: str
    title: str
    part: str
    address: str
    article: etree._Element


def order(toc=ROOT / "_toc.yml"):
    """Return the pages' names in the book's order, each with its part's caption."""
    plan = yaml.safe_load(Path(toc).read_text(encoding="utf-8"))
    listed = [
        (chapter["file"], part["caption"])
        for part in plan["parts"]
        for chapter in part["chapters"]
    ]
    return [(plan["root"], ""), *listed]


def key_of(name):
    """Return a page's key, such as "07-transposed-convolution"."""
    return PurePosixPath(name).stem


def find(element, path):
    """Return what an XPath finds; ``h:`` is HTML, ``s:`` is SVG."""
    return element.xpath(path, namespaces=NAMES)


def words(element):
    """Return an element's text in one line."""
    return " ".join("".join(element.itertext()).split())


def drop(element):
    """Take an element out and leave the text behind it."""
    if element.tail:
        before = element.getprevious()
        if before is None:
            element.getparent().text = (element.getparent().text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    element.getparent().remove(element)


def strip(article):
    """Take out what is for a screen: buttons, previews, scripts, lazy pictures."""
    for name in SCREEN_ONLY:
        token = f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"
        for element in find(article, f".//*[{token}]"):
            drop(element)
    for element in find(article, ".//h:script | .//h:button | .//comment()"):
        drop(element)
    for element in article.iter("*"):
        for name in LATER:
            element.attrib.pop(name, None)


def rebuilt(node, parent=None):
    """Return an element without prefixes: each kind of markup declares its names."""
    names = {None: etree.QName(node).namespace}
    if any(name.startswith(f"{{{XLINK}}}") for name in node.attrib):
        names["xlink"] = XLINK
    given = {k: v for k, v in node.attrib.items() if not k.startswith(f"{{{XMLNS}}}")}
    if parent is None:
        made = etree.Element(node.tag, given, nsmap=names)
    else:
        made = etree.SubElement(parent, node.tag, given, nsmap=names)
        made.tail = node.tail
    made.text = node.text
    for child in node:
        rebuilt(child, made)
    return made


def name_apart(article, key):
    """Put a page's key before each of its ids, and before what names them in place."""
    for element in article.iter("*"):
        if "id" in element.attrib:
            element.set("id", f"{key}--{element.get('id')}")
        for name in POINTERS:
            if name in element.attrib:
                ids = element.get(name).split()
                element.set(name, " ".join(f"{key}--{one}" for one in ids))
        for name, value in element.attrib.items():
            if "url(" in value:
                element.set(name, URL.sub(rf"url(#{key}--\2)", value))
        if element.tag == f"{{{SVG}}}style" and element.text:
            element.text = URL.sub(rf"url(#{key}--\2)", element.text)


def led(address, name, keys, base):
    """Return where a page's link leads in the book, or on the published site.

    Parameters
    ----------
    address : str
        As it stands in the page.
    name : str
        The page's, such as ``book/index``.
    keys : dict
        The keys of the book's pages, by their names.
    base : str
        The address of the published site.
    """
    if urlsplit(address).scheme:
        return address
    whole = urljoin(f"/{name}.html", address)
    path, place = urldefrag(whole)
    there = keys.get(path.removeprefix("/").removesuffix(".html"))
    if there is None:
        return urljoin(base, whole.removeprefix("/"))
    return f"#{there}--{place}" if place else f"#{there}"


def lead(article, name, keys, base):
    """Let each link lead within the book, and name each picture by its place."""
    for element in article.iter("*"):
        for attribute in LINKS:
            if attribute in element.attrib:
                address = element.get(attribute)
                element.set(attribute, led(address, name, keys, base))
        source = element.get("src", "data:")
        if not urlsplit(source).scheme:
            element.set("src", urljoin(f"/{name}.html", source).removeprefix("/"))


def read(site):
    """Return the pages of a built site as parts of one book.

    Parameters
    ----------
    site : pathlib.Path

    Returns
    -------
    list of Page
    """
    listed = order()
    keys = {name: key_of(name) for name, _ in listed}
    return [read_page(site, name, part, keys) for name, part in listed]


def read_page(site, name, part, keys):
    """Return a page of a built site.

    Parameters
    ----------
    site : pathlib.Path
    name, part : str
        As ``order`` has them.
    keys : dict
        The keys of the pages that it will stand with, by their names: links to those
        lead there, and all others to the published site.

    Returns
    -------
    Page
    """
    text = Path(site, f"{name}.html").read_text(encoding="utf-8")
    tree = html5lib.parse(text, treebuilder="lxml")
    [article] = find(tree, "//h:article")
    [canonical] = find(tree, "//h:link[@rel='canonical']/@href")
    strip(article)
    article = rebuilt(article)
    key = key_of(name)
    name_apart(article, key)
    lead(article, name, keys, canonical.removesuffix(f"{name}.html"))
    article.set("id", key)
    [heading] = find(article, ".//h:h1")
    return Page(name, key, words(heading), part, canonical, article)


def sections(page):
    """Return the id and the title of each section of a page that has a heading 2."""
    return [
        (heading.getparent().get("id"), words(heading))
        for heading in find(page.article, ".//h:section[@id]/h:h2")
    ]
