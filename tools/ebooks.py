"""The book as one PDF, printed by Chromium, and as an EPUB.

Both are made of the articles that ``onebook`` reads. An explorable cannot move there:
its place has a picture of it as a reader first sees it, and a link to where it moves.
"""

import copy
import html
import re
from pathlib import Path, PurePosixPath

import onebook
import pikepdf
from ebooklib import epub
from lxml import etree
from onebook import HTML, SVG, find

THEME = Path(__file__).parents[1] / "book" / "_theme"
# Of the site's sheets those that shape an article, in the order of its pages.
SHEETS = ("fonts", "book", "cells", "cover", "figures", "links", "print", "explore")
MOVES = re.compile(r".*-(explorer|bench)$")
DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="{namespace}" lang="en" xml:lang="en" data-theme="light">
<head><title>{title}</title>{links}</head>
<body>
{body}
</body>
</html>
"""
MATHML = "http://www.w3.org/1998/Math/MathML"
TYPES = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


def element(tag, text="", **attributes):
    """Return an XHTML element; ``class_`` stands for ``class``."""
    given = {name.rstrip("_"): value for name, value in attributes.items()}
    made = etree.Element(f"{{{HTML}}}{tag}", given, nsmap={None: HTML})
    made.text = text
    return made


def document(title, body, sheets):
    """Return an XHTML document of XML and the addresses of style sheets."""
    links = "".join(f'<link rel="stylesheet" href="{sheet}"/>' for sheet in sheets)
    return DOCUMENT.format(
        namespace=HTML, title=html.escape(title), body=body, links=links
    )


def written(node):
    """Return an element as XML."""
    return etree.tostring(node, encoding="unicode", with_tail=False)


# --- what moves on the site -------------------------------------------------------


def explorables(article):
    """Return what a reader can move in an article, in its order."""
    return [
        e for e in article.iter(f"{{{HTML}}}*") if MOVES.match(etree.QName(e).localname)
    ]


# Before a picture is taken of an explorable: no bar over it, and some parts left out.
STILL = """without => {
    document.querySelector('.bar').style.position = 'static';
    const places = [...document.querySelectorAll('*')].map(node => node.shadowRoot);
    for (const place of places.filter(Boolean)) {
        const sheet = document.createElement('style');
        sheet.textContent = `${without} { display: none !important; }`;
        place.append(sheet);
    }
}"""


def hold_still(page, site, folder, context, without=":not(*)"):
    """Put a picture in place of each explorable of a page.

    Parameters
    ----------
    page : onebook.Page
    site : pathlib.Path
        The built site.
    folder : pathlib.Path
        Where the pictures go.
    context : playwright.sync_api.BrowserContext
    without : str
        Parts of explorables that the pictures leave out, as a selector of CSS.
    """
    found = explorables(page.article)
    if not found:
        return
    view = context.new_page()
    view.goto(Path(site, f"{page.name}.html").as_uri())
    view.evaluate(STILL, without)
    seen = {}
    for number, node in enumerate(found):
        tag = etree.QName(node).localname
        place = seen[tag] = seen.get(tag, -1) + 1
        if not find(node, ".//h:img"):  # else it stands there in pictures
            picture = folder / f"{page.key}-{number}.png"
            view.locator(tag).nth(place).screenshot(path=picture)
            stand_in(node, picture.as_uri(), page.address)
        node.tag = f"{{{HTML}}}div"
        for name in set(node.attrib) - {"class", "id"}:
            del node.attrib[name]
    view.close()


def stand_in(node, picture, address):
    """Put a picture and a link to where it moves into an explorable."""
    alt = onebook.words(node).partition(" It needs ")[0]
    for child in list(node):
        node.remove(child)
    node.text = None
    node.set("class", "still")
    node.append(element("img", src=picture, alt=alt))
    node.append(element("a", "Move it on the site.", href=address))


# --- PDF --------------------------------------------------------------------------


def entry(title, place, numbers):
    """Return a line of the contents: a link, and the number of the page it leads to."""
    line = element("div", class_="entry")
    line.append(element("a", title, href=f"#{place}"))
    line.append(element("span", str(numbers.get(place, "")), class_="on-page"))
    return line


def contents(pages, numbers):
    """Return the contents of the book, with the numbers of the pages that are known.

    Parameters
    ----------
    pages : list of onebook.Page
    numbers : dict
        Of a page of the PDF, by the id of a place.
    """
    nav = element("nav", class_="book-contents")
    nav.append(element("h1", "Contents"))
    listed = element("ol")
    part = ""
    for page in pages:
        if page.part != part:
            part = page.part
            nav.append(element("p", part, class_="part"))
            listed = element("ol")
            nav.append(listed)
        item = element("li")
        item.append(entry(page.title, page.key, numbers))
        inner = element("ol")
        for place, title in onebook.sections(page):
            line = element("li")
            line.append(entry(title, place, numbers))
            inner.append(line)
        if page.name.startswith("notebooks/"):
            item.append(inner)
        listed.append(item)
    return nav


def on_paper(page, site):
    """Return a copy of a page's article: folds open, pictures from the built site."""
    article = copy.deepcopy(page.article)
    for fold in find(article, ".//h:details"):
        fold.set("open", "open")
    for picture in find(article, ".//h:img"):
        if ":" not in picture.get("src"):
            picture.set("src", Path(site, picture.get("src")).as_uri())
    return article


def paper_sheets(site, name):
    """Return the addresses of the style sheets of a PDF, the last of them its own."""
    static = Path(site, "_static")
    sheets = [(static / f"{sheet}.css").as_uri() for sheet in SHEETS]
    return [*sheets, (THEME / "copies" / f"{name}.css").as_uri()]


def numbers_of(pdf):
    """Return the number of the page on which each named place of a PDF is."""
    number = {page.obj.objgen: n for n, page in enumerate(pdf.pages, start=1)}
    return {
        name.removeprefix("/"): number[place[0].objgen]
        for name, place in pdf.Root.Dests.items()
    }


def write_pdf(pages, title, site, path, folder, context):
    """Print the book twice: the second time its contents know the pages' numbers.

    Raises RuntimeError where these are not the numbers of the second time.

    Parameters
    ----------
    pages : list of onebook.Page
    title : str
    site : pathlib.Path
        The built site.
    path : pathlib.Path
        The PDF.
    folder : pathlib.Path
        A place for the page that is printed.
    context : playwright.sync_api.BrowserContext
    """
    cover, *rest = (on_paper(page, site) for page in pages)
    cover.set("class", "cover first")
    sheets = paper_sheets(site, "pdf")
    source, printed = folder / "book.xhtml", folder / "book.pdf"
    numbers = {}
    view = context.new_page()
    for _ in range(2):
        body = [cover, contents(pages[1:], numbers), *rest]
        body = "<main>" + "".join(map(written, body)) + "</main>"
        source.write_text(document(title, body, sheets), encoding="utf-8")
        view.goto(source.as_uri())
        view.pdf(path=printed, prefer_css_page_size=True, outline=True, tagged=True)
        with pikepdf.open(printed) as pdf:
            known, numbers = numbers, numbers_of(pdf)
            pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    view.close()
    if known != numbers:
        raise RuntimeError("the numbers in the contents moved the pages they name")


# --- EPUB -------------------------------------------------------------------------


class Part(epub.EpubHtml):
    """A page whose XHTML goes into the EPUB as it is."""

    def get_content(self, default=None):
        """Return the page as given; EbookLib would write its SVG in lower case."""
        return self.content


def properties(article):
    """Return what an EPUB must say of a page: that it holds SVG, or MathML."""
    spaces = {etree.QName(node).namespace for node in article.iter("*")}
    return [
        name for name, space in (("svg", SVG), ("mathml", MATHML)) if space in spaces
    ]


def for_device(page, files):
    """Return a copy of a page's article for the EPUB; note the files it needs.

    Parameters
    ----------
    page : onebook.Page
    files : dict
        Receives each picture's path or address, by its name in the EPUB.
    """
    article = copy.deepcopy(page.article)
    for picture in find(article, ".//h:img"):
        name = f"images/{PurePosixPath(picture.get('src')).name}"
        files[name] = picture.get("src").removeprefix("file://")
        picture.set("src", name)
    for node in article.iter("*"):
        for attribute in onebook.LINKS:
            address = node.get(attribute, "")
            if address.startswith("#") and node.tag == f"{{{HTML}}}a":
                key = address[1:].partition("--")[0]
                node.set(attribute, f"{key}.xhtml{address}")
    return article


def write_epub(pages, title, author, address, site, path):
    """Write the book as an EPUB 3.

    Parameters
    ----------
    pages : list of onebook.Page
    title, author : str
    address : str
        Of the published site; it identifies the book.
    site : pathlib.Path
        The built site.
    path : pathlib.Path
        The EPUB.
    """
    book = epub.EpubBook()
    book.set_identifier(address)
    book.set_title(title)
    book.set_language("en")
    book.add_author(author)
    cover = (THEME.parent / "cover.png").read_bytes()
    book.set_cover("cover.png", cover, create_page=False)
    static = Path(site, "_static")
    styles = [static / f"{name}.css" for name in SHEETS]
    styles.append(THEME / "copies" / "epub.css")
    text = "\n".join(style.read_text(encoding="utf-8") for style in styles)
    book.add_item(epub.EpubItem("style", "style.css", "text/css", text.encode()))
    files = {f"fonts/{font.name}": font for font in static.glob("fonts/*.woff2")}
    parts = []
    for page in pages:
        article = for_device(page, files)
        part = Part(
            uid=f"page-{page.key}", file_name=f"{page.key}.xhtml", title=page.title
        )
        part.content = document(page.title, written(article), ["style.css"]).encode()
        part.properties = properties(article)
        book.add_item(part)
        parts.append((page, part))
    for number, (name, file) in enumerate(sorted(files.items())):
        content = Path(site, file).read_bytes()
        kind = TYPES[Path(name).suffix]
        book.add_item(epub.EpubItem(f"file-{number}", name, kind, content))
    book.toc = [part for _, part in parts]
    book.spine = ["nav", *(part for _, part in parts)]
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    epub.write_epub(path, book)
