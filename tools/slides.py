"""Slides of a chapter for a class: `make slides CHAPTER=07`.

From the built site, into ``_build/slides``: a PDF of 16:9 with a title slide and, in
the chapter's order, one slide for each figure and for each explorable, which stands
still there. A figure is as large as its slide has room for. Each slide leads to its
place on the published site.
"""

import copy
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import ebooks
import onebook
import page_checks
import pikepdf
import yaml
from ebooks import element
from onebook import HTML, ROOT, find, words

SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "slides"
SIZE = {"width": 1280, "height": 720}  # of a slide, in CSS pixels
SHARPNESS = 2  # pixels for each of those in the picture of an explorable
# What would be too small to read on a slide.
NOT_ON_A_SLIDE = ".code, .formula, .overlap, p.soft"
BY_CLASS = "contains(concat(' ', normalize-space(@class), ' '), ' {} ')"
FIGURE, STILL, PREDICT, PANELS, LEAD = map(
    BY_CLASS.format, ("book-figure", "still", "predict", "panels", "lead")
)
# Make what each slide shows as large as its room is, and name the slides where it is
# cut all the same.
FIT = """async () => {
    await document.fonts.ready;
    const cut = [];
    for (const slide of document.querySelectorAll('.slide')) {
        const room = slide.querySelector('.room'), shown = room?.firstElementChild;
        const around = room?.getBoundingClientRect();
        const fits = () => [shown, ...shown.children].every(part => {
            const box = part.getBoundingClientRect();
            return box.height <= around.height + 0.5 && box.width <= around.width + 0.5;
        });
        if (shown)
            for (let zoom = 4; zoom >= 0.3; zoom -= 0.05) {
                shown.style.zoom = zoom;
                if (fits()) break;
            }
        // Four panels, of which three fit side by side, stand two and two.
        const panels = [...(shown?.children ?? [])];
        const rows = new Set(panels.map(panel => panel.getBoundingClientRect().bottom));
        const columns = Math.ceil(panels.length / rows.size);
        if (rows.size > 1) {
            const gap = parseFloat(getComputedStyle(shown).columnGap), sums = [];
            panels.forEach((panel, place) => {
                const row = Math.floor(place / columns);
                sums[row] = (sums[row] ?? 0) + panel.offsetWidth + gap;
            });
            shown.style.width = `${Math.max(...sums)}px`;
            if (!fits()) shown.style.width = '';
        }
        if ((shown && !fits()) || slide.scrollHeight > slide.clientHeight)
            cut.push(slide.innerText.trim().split('\\n')[0]);
    }
    return cut;
}"""


def shown_in(article):
    """Return a chapter's figures and explorables, which hold still, in its order."""
    found = find(article, f".//h:figure[{FIGURE}] | .//*[{STILL}]")
    # A chapter opens with a copy of one of its figures.
    return [node for node in found if not node.get("id", "").endswith("--opening")]


def heading_of(node):
    """Return a copy of the heading of the section that a figure stands in."""
    [section] = find(node, "ancestor::h:section[1]")
    heading = copy.deepcopy(find(section, "(.//h:h1 | .//h:h2 | .//h:h3)[1]")[0])
    heading.tag, heading.tail = f"{{{HTML}}}h2", None
    heading.attrib.pop("id", None)
    return heading


def slide_of(node, page):
    """Return the slide of a figure, or of an explorable that holds still.

    Parameters
    ----------
    node : lxml.etree.Element
        In its page.
    page : onebook.Page
    """
    slide = element("section", class_="slide")
    slide.append(heading_of(node))
    for question in find(node, f"ancestor::h:details[{PREDICT}]/h:summary"):
        slide.append(element("p", words(question), class_="question"))
    figure = element("figure", class_="book-figure")
    room = element("div", class_="room")
    figure.append(room)
    if node.tag == f"{{{HTML}}}figure":
        room.append(copy.deepcopy(find(node, f".//*[{PANELS}]")[0]))
        caption = copy.deepcopy(find(node, "h:figcaption")[0])
        place = node.get("id").removeprefix(f"{page.key}--")
    else:
        picture, link = (copy.deepcopy(part) for part in find(node, "h:img | h:a"))
        room.append(picture)
        caption = element("figcaption", f"{picture.get('alt')} ")
        caption.append(link)
        # The section's id has the page's key in front.
        place = find(node, "ancestor::h:section[1]/@id")[0].partition("--")[2]
        link.set("href", f"{page.address}#{place}")
    room[0].tail = caption.tail = None
    figure.append(caption)
    slide.append(figure)
    slide.append(foot_of(page, f"{page.address}#{place}"))
    return slide


def foot_of(page, address):
    """Return the line at the foot of a slide, a link to its place on the site."""
    foot = element("p", class_="foot-line")
    foot.append(element("a", page.title, href=address))
    return foot


def title_slide(page, book, number):
    """Return the first slide: the chapter's title, its lead, the book, the licence."""
    slide = element("section", class_="slide title")
    slide.append(element("p", f"Chapter {number}", class_="kicker"))
    slide.append(element("h1", page.title))
    for lead in find(page.article, f".//h:p[{LEAD}]")[:1]:
        lead = copy.deepcopy(lead)
        lead.tail = None
        slide.append(lead)
    source = element("p", class_="foot-line")
    source.append(element("a", book, href=page.address))
    source[0].tail = ". Text and figures CC BY 4.0, the authors."
    slide.append(source)
    return slide


def deck(page, book, article):
    """Return the slides of a chapter.

    Parameters
    ----------
    page : onebook.Page
    book : str
        The book's title.
    article : lxml.etree.Element
        The page's, ready to be printed.
    """
    number = int(page.key.partition("-")[0])
    return [
        title_slide(page, book, number),
        *(slide_of(node, page) for node in shown_in(article)),
    ]


def write(name, book, site, path, context):
    """Print the slides of a chapter.

    Raises RuntimeError where a slide does not hold what it shows.

    Parameters
    ----------
    name : str
        The chapter's page, such as "notebooks/07-transposed-convolution".
    book : str
        The book's title.
    site : pathlib.Path
        The built site.
    path : pathlib.Path
        The PDF.
    context : playwright.sync_api.BrowserContext
        From ``sharp``.
    """
    page = onebook.read_page(site, name, "", {})
    with TemporaryDirectory() as folder:
        folder = Path(folder)
        ebooks.hold_still(page, site, folder, context, NOT_ON_A_SLIDE)
        slides = deck(page, book, ebooks.on_paper(page, site))
        body = f"<main>{''.join(map(ebooks.written, slides))}</main>"
        source, printed = folder / "slides.xhtml", folder / "slides.pdf"
        sheets = ebooks.paper_sheets(site, "slides")
        text = ebooks.document(page.title, body, sheets)
        source.write_text(text, encoding="utf-8")
        view = context.new_page()
        view.emulate_media(media="print")
        view.goto(source.as_uri())
        view.evaluate(page_checks.PICTURES_READY)
        if cut := view.evaluate(FIT):
            raise RuntimeError(f"slides that do not hold what they show: {cut}")
        view.pdf(path=printed, prefer_css_page_size=True, tagged=True)
        view.close()
        with pikepdf.open(printed) as pdf:
            pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)


@contextmanager
def sharp(path):
    """Start Chromium; yield a context whose pages are slides, with fine pictures."""
    with page_checks.chromium(path) as context:
        fine = context.browser.new_context(
            viewport=SIZE,
            device_scale_factor=SHARPNESS,
            color_scheme="light",
            reduced_motion="reduce",
        )
        yield fine
        fine.close()


def chapters(number=""):
    """Return the pages of all chapters, or of the one with a number, such as "07"."""
    names = [name for name, _ in onebook.order() if name.startswith("notebooks/")]
    return [name for name in names if onebook.key_of(name).startswith(f"{number}")]


def main(number=""):
    """Make the slides of one chapter, or of all."""
    names = chapters(f"{int(number):02}-" if number else "")
    if not names:
        sys.exit(f"CHAPTER={number} names no chapter")
    path = page_checks.find_chromium()
    if path is None:
        sys.exit(
            "make slides prints with Chromium; to have it: apt-get install chromium"
        )
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    TARGET.mkdir(exist_ok=True)
    with sharp(path) as context:
        for name in names:
            made = TARGET / f"{onebook.key_of(name)}.pdf"
            write(name, config["title"], SITE, made, context)
            with pikepdf.open(made) as pdf:
                print(f"{len(pdf.pages):4} slides  {made.relative_to(ROOT)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
