"""Every page of the built book: there, linked, light, legible, and alone with you."""

import json
import re
from pathlib import Path

import page_checks
import pytest
import yaml

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
NAMES = [TOC["root"]] + [
    chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]
]
CHAPTERS = [name for name in NAMES if name.startswith("notebooks/")]
PAGES = [f"{name}.html" for name in [*NAMES, "search"]]
# What a first visit may cost in KB, pictures aside.
BUDGET = 300


def notebook(chapter):
    return json.loads((ROOT / f"{chapter}.ipynb").read_text(encoding="utf-8"))


def markdown(chapter):
    cells = notebook(chapter)["cells"]
    return ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]


@pytest.mark.parametrize("page", PAGES)
def test_page_is_there_and_its_links_lead_somewhere(site, page):
    assert (site / page).is_file(), "listed in _toc.yml, but not built: make book"
    assert page_checks.link_problems(site, page) == []


@pytest.mark.parametrize("page", PAGES)
def test_page_in_chromium(site, address, browser, page, record_property):
    figures = {}
    problems = page_checks.page_problems(browser, f"{address}/{page}", figures=figures)
    assert problems == []
    tools, pictures = page_checks.weight(site, figures["requests"])
    text = f"{page:40} {tools:4.0f} KB + pictures {pictures:4.0f} KB"
    record_property("page weight", f"{text}   jumps by {figures['shift']:.3f}")
    assert tools <= BUDGET, text
    assert figures["shift"] <= 0.05, "the page jumps while it loads"


def test_entrance_leads_to_the_cover(site):
    page = page_checks.parsed(site / "index.html")
    assert page.find("a")["href"] == f"{TOC['root']}.html"
    assert page.html["lang"] == "en"


@pytest.mark.parametrize("old", CONFIG["sphinx"]["config"]["redirects"])
def test_pages_of_earlier_editions_lead_to_those_of_this_one(site, old):
    goal = page_checks.parsed(site / f"{old}.html").find("a")["href"]
    assert f"{Path(old).parent}/{goal}" in PAGES


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter_opens_in_colab_and_can_be_downloaded(site, chapter):
    page = site / f"{chapter}.html"
    acts = page_checks.parsed(page).select_one(".chapter-acts")
    colab, download = acts.find_all("a")
    repository = CONFIG["repository"]["url"].removeprefix("https://github.com/")
    branch = CONFIG["repository"]["branch"]
    assert colab.get_text() == "Open in Colab"
    assert colab["href"] == (
        "https://colab.research.google.com/github/"
        f"{repository}/blob/{branch}/{chapter}.ipynb"
    )
    assert download.get_text() == "Download the notebook"
    copy = (page.parent / download["href"]).resolve()
    assert copy.read_bytes() == (ROOT / f"{chapter}.ipynb").read_bytes()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_sources_are_downloaded_not_shown(site, chapter):
    page = page_checks.parsed(site / f"{chapter}.html")
    links = page.select('a[href*="_sources/"]')
    assert links
    assert all(link.has_attr("download") for link in links)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_papers_lead_to_the_bibliography(site, chapter):
    listed = page_checks.parsed(site / "book/bibliography.html")
    papers = {link["href"] for link in listed.select("div.citation a")}
    page = page_checks.parsed(site / f"{chapter}.html")
    straight = {link["href"] for link in page.select("article a[href]")} & papers
    assert straight == set()


def test_every_paper_is_cited(site):
    """A paper in references.bib that no chapter cites is a line left over."""
    listed = page_checks.parsed(site / "book/bibliography.html")
    papers = {entry["id"] for entry in listed.select("div.citation")}
    cited = {
        link["href"].partition("#")[2]
        for chapter in CHAPTERS
        for link in page_checks.parsed(site / f"{chapter}.html").select("a[href]")
        if "bibliography.html#" in link["href"]
    }
    assert {name for name in papers if "-source" not in name} <= cited


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_figure_states_its_size(site, chapter):
    page = page_checks.parsed(site / f"{chapter}.html")
    for picture in page.select("div.cell_output img"):
        assert picture.get("width"), picture["alt"]
        assert picture.get("height"), picture["alt"]


def test_errata_list_every_box_of_every_chapter(site):
    listed = page_checks.parsed(site / "book/errata.html").select("ul.errata > li")
    boxes = [
        box
        for chapter in CHAPTERS
        for source in markdown(chapter)
        for box in re.findall(r"^> \*\*What the sources say", source, re.M)
    ]
    assert len(listed) == len(boxes) > 0
    marked = [
        box
        for chapter in CHAPTERS
        for box in page_checks.parsed(site / f"{chapter}.html").select(
            "blockquote.sources-say[id]"
        )
    ]
    assert len(marked) == len(boxes)


def test_status_tells_what_the_notebooks_hold(site):
    rows = page_checks.parsed(site / "book/status.html").select("table.status tbody tr")
    assert len(rows) == len(CHAPTERS) + 1
    for row, chapter in zip(rows, CHAPTERS, strict=False):
        cells = [c for c in notebook(chapter)["cells"] if c["cell_type"] == "code"]
        texts = [cell.get_text(strip=True) for cell in row.find_all("td")]
        assert texts[1] == f"{notebook(chapter)['metadata']['book']['seconds']:.0f} s"
        assert texts[2] == str(len(cells))


def test_cover_links_the_chapters_that_exist_and_marks_the_others(site):
    entries = page_checks.parsed(site / "book/index.html").select(".chapter-map > li")
    linked = [entry.a["href"] for entry in entries if entry.a]
    assert linked == [f"../{chapter}.html" for chapter in CHAPTERS]
    waiting = [entry for entry in entries if not entry.a]
    assert all("to come" in entry.get_text() for entry in waiting)
