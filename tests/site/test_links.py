"""Words that become links, terms, papers and previews: small texts and a small book."""

import re
from pathlib import Path

import cite_papers
import links
import page_checks
import pytest
import small_book
from pybtex.database import Entry, Person
from small_book import cell

from lab.exercises import exercise

BOOK = Path(__file__).parents[2] / "book"
# The figure stands for what another extension draws and notes.
CONF = f"""
import sys
sys.path.insert(0, {str(BOOK / "_ext")!r})
from links import note_place
extensions = ["myst_nb", "sphinx_external_toc", "sphinxcontrib.bibtex"]
extensions += ["from_notebooks", "theme", "links", "cite_papers"]
extensions += ["cells", "exercises"]
html_theme = "cell_by_cell"
project = html_title = "A small book"
html_theme_options = {{"repository_url": "https://github.com/a/b"}}
language = "en"
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "book"
bibtex_cite_id = "paper-{{key}}"
exclude_patterns = ["_build"]

def note(app, doctree):
    if app.env.docname.endswith("01-first"):
        note_place(app.env, app.env.docname, "figure-1-2", "Figure 1.2", "Two rings.")

def setup(app):
    app.connect("doctree-read", note)
"""
TOC = """
root: index
entries:
- {file: notation}
- {file: sources}
- {file: bibliography}
- {file: notebooks/01-first}
- {file: notebooks/02-second}
"""
NOTATION = """# Notation

```{glossary}
Kernel
  Weights, $k$ of them.

Feature map
  One channel of an output.

Map
  A picture.

Dilated
Dilation
  The step between taps.
```
"""
SOURCES = """# Sources

| Source | What it is | Language |
|---|---|---|
| A | A notebook | Spanish |
| B | A page | English |

Source A and chapter 2 disagree, and so do exercise 2 and chapter 1 & co.
"""
BIBLIOGRAPHY = """# Papers

```{bibliography}
:all:
```
"""
ENTRY = """
@misc{{{key},
  author = {{{authors}}},
  title  = {{{{{title}}}}},
  year   = {{2016}},
  {where},
}}
"""
PAPERS = {
    "shi-a": ("Shi, W. and Toe, X. and Fu, Y.", "Really?", "eprint = {1609.07009}"),
    "shi-b": ("Shi, W. and Ra, Z. and Mi, Y.", "Super", "doi = {10.1109/5}"),
    "yu": ("Yu, Fisher and Koltun, Vladlen", "Context", "url = {https://yu.org/x}"),
}
FIRST = [
    "# 1 First\n\nAt the end you know *all*, with $a \\times b$. It needs chapter 2.",
    "## A map of 3 x 3 maps\n\n- You will make a kernel.\n\n"
    "The `kernel` of **a kernel**: kernels, Kernel and *feature  maps*, dilated by "
    "dilation, in maps and chapter 1; chapters 2 and 3, figure 1.2, exercise 2; "
    "[kernel of chapter 2](https://yu.org/x) and $3 x 3$ and `3 x 3` of 7 x 7 x n.",
    "> **What the sources say (source B): a map.** Sources A and C.",
    '<figure class="book-figure" id="figure-1-2"><div class="panels">'
    '<svg id="drawn" width="9" height="9"></svg></div></figure>',
    "See [two](https://arxiv.org/abs/1609.07009) [papers](https://doi.org/10.1109/5).",
    "## Exercises\n\nTwo of them.\n\n**1. Predict.** What is 2 x 2?\n\n<details>\n"
    "<summary>Hint</summary>\n\nFour.\n\n</details>",
    "**2. Do.** It is $\\lambda$.",
    "## After\n\n**3. No exercise.**",
]
SECOND = ["# 2 Second\n\nMore.", "[Both](https://yu.org/x): figure 1.2, exercise 1.1."]


def chapter(texts, number=None):
    """Return a notebook; exercise 2 of it may have a cell, that of the book's 1.2."""
    cells = [cell("markdown", text) for text in texts]
    cells.insert(-2, cell("code", "2 + 2", "hide-cell"))
    if number:
        answer = cell("code", "pattern = ...\nq.check(pattern)")
        answer["metadata"]["book"] = {"exercise": number}
        untouched = {"name": "stdout", "output_type": "stream", "text": "Your turn."}
        answer["outputs"] = [untouched]
        proof = cell("code", "assert 6 * 7 == 42", "hide-cell")
        cells[-1:-1] = [answer, cell("markdown", "Does it hold?"), proof]
    return small_book.notebook(cells)


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """Build a small book, again with another chapter 2, and with words that err."""
    entries = [
        ENTRY.format(key=key, authors=authors, title=title, where=where)
        for key, (authors, title, where) in PAPERS.items()
    ]
    files = {
        "one/conf.py": CONF,
        "one/_toc.yml": TOC,
        "one/index.md": "# Cover\n\nChapter 1.\n",
        "one/notation.md": NOTATION,
        "one/sources.md": SOURCES,
        "one/bibliography.md": BIBLIOGRAPHY,
        "one/references.bib": "".join(entries),
        "one/notebooks/01-first.ipynb": chapter(FIRST, "1.2"),
        "one/notebooks/02-second.ipynb": chapter(SECOND),
        "two/notebooks/02-second.ipynb": chapter(["# 2 Anew\n\nLess.", "Nothing."]),
        "three/notebooks/02-second.ipynb": chapter(
            ["# 2 Wrong\n\nFigure 1.3 and exercise 4.", "And exercise 1.2."]
        ),
    }
    root = tmp_path_factory.mktemp("links")
    return small_book.build(root, files, ["one", "two", "three"])


def page(builds, name, step="one"):
    return page_checks.parsed(builds[step][2] / f"{name}.html").article


def linked(place, kind):
    """Return the texts and addresses of the links of a kind."""
    return [
        (" ".join(a.get_text().split()), a["href"]) for a in place.select(f"a.{kind}")
    ]


# --- texts ---


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see chapter 3's end", "chapter 3 -> chapter 3"),
        (
            "Chapters 1, 3 and 12: 4",
            "Chapters 1 -> 1, 3 -> 3, 12 -> 12",
        ),
        ("chapters 4 to 6", "chapters 4 -> chapter 4, 6 -> chapter 6"),
        ("in chapter 3, 2 of them", "chapter 3 -> chapter 3"),
        ("figures 3.4 and 3.5.", "figures 3.4 -> figure 3.4, 3.5 -> figure 3.5"),
        ("figure\n3.4", "figure\n3.4 -> figure 3.4"),
        ("exercise 3.2; exercise 2.", "exercise 3.2 -> 3.2, exercise 2 -> exercise 2"),
        ("sources A and B", "sources A -> source A, B -> source B"),
        ("Source A's", "Source A -> source A"),
    ],
)
def test_words_that_name_a_place(text, found):
    pieces = links.mentions(text)
    assert "".join(piece for piece, _ in pieces) == text
    got = [(piece, place[1]) for piece, place in pieces if place]
    want = [part.split(" -> ") for part in found.split(", ") if part]
    assert got == [(piece, place.split()[-1]) for piece, place in want]


@pytest.mark.parametrize(
    "text",
    ["chapter 3.4", "the source is", "source code", "subchapter 3", "figure 3", "A 3"],
)
def test_words_that_name_none(text):
    assert links.mentions(text) == [(text, None)]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("3 x 3", "3 × 3"),
        ("7 x 7 x 512", "7 × 7 × 512"),
        ("n x k, 1 x n", "n × k, 1 × n"),
        ("box x 3, on x 3, 3 x y, 3x3", "box x 3, on x 3, 3 x y, 3x3"),
    ],
)
def test_sizes_get_their_sign(text, written):
    assert links.cross(text).replace("\xa0", " ") == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("3 × 3 × n", "3~×~3~×~n"),
        ("90 % of 7", "90~% of 7"),
        ("a × b, % of", "a × b, % of"),
    ],
)
def test_no_line_ends_within_a_size_or_a_share(text, written):
    assert links.cross(text) == written.replace("~", "\xa0")


def test_first_uses_prefer_the_longest_and_come_once():
    terms = {"map": "m", "feature map": "f", "batch": "b"}
    terms |= {"kernel": "k", "kernel size": "s"}
    pattern, seen = links.term_pattern(terms), {"b"}
    text = "Feature\nmaps and maps of batches, maps; sub-map, mapped, Kernel sizes."
    pieces = links.first_uses(text, pattern, terms, seen)
    assert "".join(piece for piece, _ in pieces) == text
    assert [(piece, place) for piece, place in pieces if place] == [
        ("Feature\nmaps", "f"),
        ("maps", "m"),
        ("Kernel sizes", "s"),
    ]
    assert links.first_uses("map", pattern, terms, seen) == [("map", None)]


# --- the small book ---


def test_book_builds_without_a_warning_and_its_links_lead_somewhere(builds):
    for step in "one", "two":
        code, warnings, site = builds[step]
        assert code == 0, warnings
        for name in "index", "bibliography", "notebooks/01-first":
            assert page_checks.link_problems(site, f"{name}.html") == []


def test_chapters_figures_exercises_and_sources_are_links(builds):
    first = page(builds, "notebooks/01-first")
    there = [("chapter 2", "02-second.html"), ("chapters 2", "02-second.html")]
    assert linked(first, "to-chapter") == there  # not 1, which is here; no 3 yet
    assert linked(first, "to-figure") == [("figure 1.2", "#figure-1-2")]
    assert linked(first, "to-exercise") == [("exercise 2", "#exercise-1-2")]
    assert linked(first, "to-source") == [
        ("Source B", "../sources.html#source-b"),
        ("Sources A", "../sources.html#source-a"),
    ]
    second = page(builds, "notebooks/02-second")
    assert linked(second, "to-figure") == [("figure 1.2", "01-first.html#figure-1-2")]
    sources = page(builds, "sources")
    assert linked(sources, "to-source") == [("Source A", "#source-a")]
    assert linked(sources, "to-exercise") == []
    assert first.select("h1 a[data-preview], h2 a[data-preview]") == []


def test_each_exercise_is_one_place(builds):
    first = page(builds, "notebooks/01-first")
    one, two = first.select(".exercise")
    assert [one["id"], two["id"]] == ["exercise-1-1", "exercise-1-2"]
    assert one.select_one("details.hint").get_text().split() == ["Hint", "Four."]
    assert one.select_one("div.cell"), "its solution's cell belongs to it"
    assert one.get_text().split()[:4] == ["Exercise", "1.1", "Predict.", "What"]
    assert "Two of them" not in one.get_text()
    assert "No exercise" not in two.get_text()


def test_exercise_with_a_cell_is_a_card(builds):
    """Question, cell, hints and solution; its proof in the solution."""
    card = page(builds, "notebooks/01-first").select_one("#exercise-1-2")
    parts = [part.get("class", [""])[0] for part in card.find_all(recursive=False)]
    hints = exercise("1.2").hints
    assert parts == ["kicker", "", "cell", *["hint"] * len(hints), "solution"]
    to_write_in = card.select_one(".to-write-in")
    assert "pattern = ..." in to_write_in.get_text()
    assert "Your turn" not in card.get_text()
    labels = [label.get_text() for label in card.select("summary")]
    assert labels == [f"Hint {n + 1}" for n in range(len(hints))] + ["Solution"]
    solution = card.select_one(".solution")
    assert re.search(r"Does it hold\?\s+assert 6 \* 7 == 42", solution.get_text())
    assert solution.select_one("details") is None, "no fold in a fold"
    code = solution.select_one("pre").get_text().strip()
    assert f"```python\n{code}\n```" in exercise("1.2").answer


def test_first_use_of_a_term_leads_to_the_glossary(builds):
    found = linked(page(builds, "notebooks/01-first"), "term")
    there = "../notation.html#term-"
    assert found == [
        ("kernels", there + "kernel"),
        ("feature maps", there + "feature-map"),
        ("dilated", there + "dilated"),
        ("maps", there + "map"),
    ]
    assert linked(page(builds, "sources"), "term") == [], "chapters only"


def test_sizes_are_signed_in_prose_and_headings_alone(builds):
    first = page(builds, "notebooks/01-first")
    text = first.get_text().replace("\xa0", " ")
    assert "A map of 3 × 3 maps" in first.h2.get_text().replace("\xa0", " ")
    assert "7 × 7 × n" in text
    assert "2 × 2" in text
    codes = [code.get_text() for code in first.select("p:not(.exercise *) code")]
    assert codes == ["kernel", "3 x 3"]
    assert "3 x 3" in first.select(".math")[1].get_text()


def test_papers_are_labelled_by_names_and_sources_sorted_by_letters():
    author = {"author": [Person("Radenovi{\\'c}, Filip")]}
    paper = Entry("article", {"year": "2019", "title": "A"}, author)
    assert cite_papers.label_of(paper) == "Radenović, 2019"
    sources = {
        name: Entry("misc", {"key": name, "title": title})
        for name, title in (("Source B", "A"), ("Source A", "B"))
    }
    ordered = cite_papers.Sorting().sort(sources.values())
    assert [entry.fields["key"] for entry in ordered] == ["Source A", "Source B"]


def test_no_two_papers_share_a_label_and_each_says_who_cites_it(builds):
    listed = page(builds, "bibliography")
    entries = {entry["id"]: entry for entry in listed.select(".citation")}
    labels = {
        name: entry.select_one(".label").get_text().strip("[]")
        for name, entry in entries.items()
    }
    assert labels == {
        "paper-shi-a": "Shi et al., 2016b",
        "paper-shi-b": "Shi et al., 2016a",
        "paper-yu": "Yu and Koltun, 2016",
    }
    cited = {
        name: entry.select_one(".cited").get_text() for name, entry in entries.items()
    }
    assert cited == {
        "paper-shi-a": "Cited in chapter 1.",
        "paper-shi-b": "Cited in chapter 1.",
        "paper-yu": "Cited in chapters 1 and 2.",
    }
    assert linked(entries["paper-yu"], "to-chapter") == [
        ("chapters 1", "notebooks/01-first.html"),
        ("2", "notebooks/02-second.html"),
    ]
    external = [a["href"] for a in listed.select("a.external")]
    assert external == [
        "https://doi.org/10.1109/5",
        "https://arxiv.org/abs/1609.07009",
        "https://yu.org/x",
    ]
    assert linked(page(builds, "notebooks/01-first"), "paper")[1:] == [
        ("two", "../bibliography.html#paper-shi-a"),
        ("papers", "../bibliography.html#paper-shi-b"),
    ]


def test_links_carry_what_they_lead_to(builds):
    previews = {
        " ".join(a.get_text().split()): a["data-preview"]
        for a in page(builds, "notebooks/01-first").select("a[data-preview]")
    }
    assert previews == {
        "chapter 2": "2 Second\nMore.",
        "chapters 2": "2 Second\nMore.",
        "kernels": "Kernel\nWeights, k of them.",
        "feature maps": "Feature map\nOne channel of an output.",
        "dilated": "Dilated\nThe step between taps.",
        "maps": "Map\nA picture.",
        "figure 1.2": "Figure 1.2\nTwo rings.",
        "exercise 2": "Exercise 1.2\nDo. It is λ.",
        "Source B": "Source B\nA page · English",
        "Sources A": "Source A\nA notebook · Spanish",
        "kernel of chapter 2": "Yu and Koltun, 2016\nFisher Yu and Vladlen Koltun. "
        "Context. 2016. URL: https://yu.org/x.",
        "two": "Shi et al., 2016b\nW. Shi, X. Toe, and Y. Fu. Really? 2016. "
        "arXiv:1609.07009.",
        "papers": "Shi et al., 2016a\nW. Shi, Z. Ra, and Y. Mi. Super. 2016. "
        "doi:10.1109/5.",
    }
    cover = page(builds, "index").select_one("a[data-preview]")
    assert cover["data-preview"].startswith(
        "1 First\nAt the end you know all, with a ×"
    )


def test_an_unchanged_page_follows_a_changed_chapter(builds):
    link = page(builds, "notebooks/01-first", "two").select_one("a.to-chapter")
    assert link["data-preview"] == "2 Anew\nLess."
    entry = page(builds, "bibliography", "two").select_one("#paper-yu .cited")
    assert entry.get_text() == "Cited in chapter 1."


def test_what_does_not_exist_fails_the_build(builds):
    code, warnings, _ = builds["three"]
    assert code != 0
    assert "the book has no figure 1.3" in warnings
    assert "the book has no exercise 2.4" in warnings
    assert "1.2" not in warnings


# --- previews in Chromium ---

CARD = "#preview-card"


@pytest.fixture
def first(builds, browser):
    """Open chapter 1 of the small book, from its folder."""
    said = []
    tab = browser.new_page()
    # Chromium refuses fonts from a folder, and says so; the page has others then.
    tab.on(
        "console",
        lambda m: "fonts/" in m.text + m.location["url"] or said.append(m.text),
    )
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto((builds["one"][2] / "notebooks/01-first.html").as_uri())
    yield tab
    tab.close()
    assert said == []


def test_card_comes_for_the_pointer_and_can_be_entered(first):
    link = first.locator("a.term").first
    link.hover()
    first.wait_for_selector(CARD)
    assert first.locator(CARD).inner_text().split("\n")[0] == "Kernel"
    first.hover(CARD)
    first.wait_for_timeout(400)
    assert first.locator(CARD).is_visible(), "the pointer may rest on it"
    first.mouse.move(1200, 5)
    first.wait_for_selector(CARD, state="hidden")
    assert link.get_attribute("aria-describedby") is None


def test_card_comes_for_the_keyboard_and_escape_takes_it_away(first):
    first.keyboard.press("Tab")
    first.locator("a.to-exercise").focus()
    first.wait_for_selector(CARD)
    described = "document.getElementById(document.activeElement.getAttribute("
    described += "'aria-describedby')).textContent"
    assert first.evaluate(described) == "Exercise 1.2Do. It is λ."
    first.keyboard.press("Escape")
    assert first.locator(CARD).is_hidden()
    assert first.evaluate("document.activeElement.className").startswith("to-exercise")


def test_card_does_not_stay_over_what_gets_the_focus_next(first):
    first.keyboard.press("Tab")
    first.locator("a.to-exercise").focus()
    first.wait_for_selector(CARD)
    moved = "() => { document.activeElement.blur(); return document.querySelector"
    assert first.evaluate(f"{moved}('{CARD}').hidden; }}")


def test_card_of_a_figure_shows_its_drawing(first):
    first.locator("a.to-figure").hover()
    first.wait_for_selector(CARD)
    assert first.locator(f"{CARD} svg").count() == 1
    assert first.locator("[id=drawn]").count() == 1, "ids stay with the original"


def test_card_stays_within_the_window_and_moves_nothing(first):
    first.set_viewport_size({"width": 360, "height": 400})
    height = first.evaluate("document.documentElement.scrollHeight")
    for link in first.locator("a[data-preview]").all():
        link.hover()
        first.wait_for_function(
            "link => link.hasAttribute('aria-describedby')", arg=link.element_handle()
        )
        box = first.locator(CARD).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        first.keyboard.press("Escape")
        first.mouse.move(355, 2)
    assert first.evaluate("document.documentElement.scrollHeight") == height
    first.set_viewport_size(page_checks.DESKTOP)


def test_a_finger_follows_the_link(first, browser):
    link = first.locator("a.to-figure")
    link.dispatch_event("pointerover", {"pointerType": "touch", "bubbles": True})
    first.wait_for_timeout(300)
    assert first.locator(CARD).is_hidden()


def test_card_is_not_printed(first):
    first.locator("a.term").first.hover()
    first.wait_for_selector(CARD)
    first.emulate_media(media="print")
    assert first.locator(CARD).is_hidden()


def test_what_one_jumped_to_is_marked_and_not_covered(first):
    for link, target in (("a.to-exercise", "#exercise-1-2"), ("a.to-figure", "figure")):
        first.locator(link).click()
        shadow = "node => getComputedStyle(node).boxShadow"
        assert first.locator(target).evaluate(shadow) != "none", target
    padding = "parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)"
    assert first.evaluate(padding) >= 48
