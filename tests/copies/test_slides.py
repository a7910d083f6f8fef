"""A chapter's figures as slides: cut from a small page, and printed from the site."""

import html5lib
import onebook
import page_checks
import pikepdf
import pytest
import slides
from missing import lacking, lacking_program
from onebook import find, words

KEY = "07-transposed"
ADDRESS = "https://example.invalid/book/notebooks/07-transposed.html"
PANELS = '<div class="panels halves"><div class="panel">{}</div></div>'
ARTICLE = f"""<article id="{KEY}"><section id="{KEY}--transposed"><h1>Transposed</h1>
<p class="lead">A <em>lead</em>.</p> Behind.
<figure class="book-figure" id="{KEY}--opening">{PANELS.format("copy")}
<figcaption>Figure 7.1 A copy</figcaption></figure>
<section id="{KEY}--stamps"><h2>Stamps, <code>s</code></h2>
<details class="predict"><summary>Predict: how many?</summary>
<figure class="book-figure" id="{KEY}--figure-7-1">
<div class="wide-figure" role="region" tabindex="0">{PANELS.format("one")}</div>
<figcaption>Figure 7.1 The first</figcaption></figure></details>
<div class="still"><img src="file:///a.png" alt="It moves."><a href="{ADDRESS}">Move it
on the site.</a></div>
<section id="{KEY}--more"><h3>More</h3>
<figure class="book-figure" id="{KEY}--figure-7-2">{PANELS.format("two")}
<figcaption>Figure 7.2 The second</figcaption></figure>
</section></section></section></article>"""


@pytest.fixture
def made():
    [article] = find(html5lib.parse(ARTICLE, treebuilder="lxml"), "//h:article")
    page = onebook.Page("notebooks/x", KEY, "Transposed", "", ADDRESS, article)
    return slides.deck(page, "The book", article)


def test_first_slide_has_the_chapters_title_and_lead(made):
    texts = [words(part) for part in made[0]]
    assert texts[:3] == ["Chapter 7", "Transposed", "A lead."]
    assert texts[3].startswith("The book. Text and figures CC BY 4.0")


def test_figures_and_what_moves_come_in_order_and_the_opening_not_twice(made):
    shown = [words(find(slide, ".//h:figcaption")[0]) for slide in made[1:]]
    assert shown == [
        "Figure 7.1 The first",
        "It moves. Move it on the site.",
        "Figure 7.2 The second",
    ]


def test_slide_has_the_heading_of_its_section_and_the_question(made):
    assert [words(find(slide, "h:h2")[0]) for slide in made[1:]] == [
        "Stamps, s",
        "Stamps, s",
        "More",
    ]
    questions = [find(slide, "h:p[@class='question']") for slide in made]
    assert [[words(q) for q in found] for found in questions] == [
        [],
        ["Predict: how many?"],
        [],
        [],
    ]


def test_slide_leads_to_its_place_on_the_site(made):
    links = [find(slide, "h:p[@class='foot-line']/h:a/@href")[0] for slide in made]
    anchors = ["", "#figure-7-1", "#stamps", "#figure-7-2"]
    assert links == [f"{ADDRESS}{anchor}" for anchor in anchors]


def test_room_of_a_slide_holds_one_thing(made):
    rooms = [find(slide, ".//h:div[@class='room']")[0] for slide in made[1:]]
    assert [len(room) for room in rooms] == [1, 1, 1]
    assert [words(room) for room in rooms] == ["one", "", "two"]


def test_chapter_is_found_by_its_number():
    assert slides.chapters("07-") == ["notebooks/07-transposed-convolution"]
    assert len(slides.chapters()) == 13


# --- from the built site


@pytest.mark.parametrize("number", ["05", "07"])
def test_every_figure_and_what_moves_has_a_slide(number, tmp_path):
    path = page_checks.find_chromium() or lacking_program("Chromium", "chromium")
    [name] = slides.chapters(f"{number}-")
    if not (slides.SITE / f"{name}.html").is_file():
        lacking("no site in _build/html; run: make book")
    page = page_checks.parsed(slides.SITE / f"{name}.html").article
    figures = page.select("figure.book-figure:not(#opening)")
    moving = [tag for tag in page.find_all(True) if tag.name.endswith("-explorer")]
    made = tmp_path / "slides.pdf"
    with slides.sharp(path) as context:
        slides.write(name, "The book", slides.SITE, made, context)
    with pikepdf.open(made) as pdf:
        assert len(pdf.pages) == 1 + len(figures) + len(moving)
        sizes = {tuple(float(side) for side in page.mediabox) for page in pdf.pages}
        links = [
            str(link.A.URI)
            for page in pdf.pages
            for link in page.get("/Annots", [])
            if link.Subtype == "/Link"
        ]
    [(_, _, width, height)] = sizes
    assert width / height == pytest.approx(16 / 9, rel=1e-3)
    assert len(links) >= len(figures)
    assert {link for link in links if not link.startswith("https://")} == set()
