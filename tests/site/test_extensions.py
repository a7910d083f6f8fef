"""The book's Sphinx extensions, on small inputs and in a small book."""

import json
import os
from pathlib import Path

import from_notebooks
import page_checks
import pytest
import small_book
import theme
from small_book import cell

CONF = small_book.conf("https://github.com/a/b")
TOC = """
root: index
entries: [{file: errata}, {file: status}, {file: proof}, {file: notebooks/03-padding}]
"""
COVER = """# Cover

```{chapter-map}
02-later | Later | A sentence.
03-padding | Not its title | Another sentence.
```
"""
PROOF = """# Proof

Chapter 3: {noticed}`03`; all: {noticed}`all`; chapter 4: {noticed}`04`.

```{proof} machines
```

```{proof} versions
```

```{proof} score
```

```{proof} later
```
"""
BOX = "> **What the sources say (source B): it is `n - 2` and {}.** Why.\n>\n> No."
FOLD = """<details>
<summary>Predict: how many?</summary>

Forty-two.

</details>"""


def notebook(*boxes, seconds=12):
    cells = [
        cell("markdown", "# 3 Padding\n\nA chapter of a book, for a test of the book."),
        cell("code", "%time 1 + 1"),
        cell("code", "2 + 2", "nbval-ignore-output"),
        *(cell("markdown", box) for box in boxes),
        cell("markdown", "## A section\n\nHow many?"),
        cell("code", "6 * 7", "hide-output"),
        cell("markdown", FOLD),
        cell("code", "[1].index(2)", "raises-exception"),
        cell("markdown", "## Exercises\n\n**1. Predict.** What?\n\n**2. Do.** It."),
        cell("code", "pass", "hide-cell"),
        cell("code", "x = 1\nassert x", "hide-cell"),
    ]
    result = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
    cells[2]["outputs"] = [{**result, "data": {"text/plain": "4"}}]
    cells[2]["metadata"]["book"] = {"not_compared": "it is a time"}
    hidden, failing = cells[-6], cells[-4]
    hidden["outputs"] = [{**result, "data": {"text/plain": "42"}}]
    error = {"ename": "ValueError", "evalue": "2 is not in [1]"}
    traceback = ["ValueError: 2 is not in [1]"]
    failing["outputs"] = [{"output_type": "error", **error, "traceback": traceback}]
    book = {"seconds": seconds, "versions": {"keras": "3.15.1"}}
    return small_book.notebook(cells, book=book)


def record(failed):
    """Return a record of two chapters, in which a cell of one may have failed."""
    run = {"chapters": {"03": [53, 0], "04": [76, failed]}, "seconds": 9}
    tallies = {
        "above 10 and decimals, last digit": [40, 39],
        "above 10 and decimals, swapped": [40, 36],
        "up to 10, swapped": [9, 3],
        "in words, swapped": [3, 1],
        "code": [6, 5],
    }
    few = tallies | {"above 10 and decimals, swapped": [40, 1]}
    return json.dumps(
        {
            "machines": {
                "date": "2026-11-25",
                "processor": "a processor",
                "runs": {"oneDNN off": run},
            },
            "versions": {
                "date": "2026-08-19",
                "runs": {"Set, 2026, Python 3.1": run | {"versions": {"keras": "3.9"}}},
            },
            "score": {"date": "2026-11-25", "chapters": {"03": tallies, "10": few}},
        }
    )


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """Build a small book, build it again when its notebook has changed, and break it.

    Returns, by the name of the build, ``(exit status, warnings, folder of the site)``.
    """
    root = tmp_path_factory.mktemp("small")
    files = {
        "one/conf.py": CONF,
        "one/_toc.yml": TOC,
        "one/index.md": COVER,
        "one/errata.md": "# Errata\n\n```{errata-list}\n```\n",
        "one/status.md": "# Status\n\n```{chapter-status}\n```\n",
        "one/proof.md": PROOF,
        "one/book/proof.json": record(failed=0),
        "two/book/proof.json": record(failed=2),
        "one/notebooks/03-padding.ipynb": notebook(BOX.format("$o = 1$")),
        "two/notebooks/03-padding.ipynb": notebook(
            BOX.format("$o = 1$"), BOX.format("more"), seconds=99
        ),
        "three/_toc.yml": TOC.replace("{file: status}", "{file: gone}"),
        "three/notebooks/03-padding.ipynb": notebook(
            "> **What the sources say: nothing.** No letter."
        ),
    }
    return small_book.build(root, files, ["one", "two", "three"])


def test_plain_sphinx_builds_the_book_without_a_warning(builds):
    for name in "one", "two":
        code, warnings, _ = builds[name]
        assert code == 0, warnings


def chapter(builds):
    return page_checks.parsed(builds["one"][2] / "notebooks/03-padding.html").article


def test_head_of_a_page(builds):
    page = page_checks.parsed(builds["one"][2] / "notebooks/03-padding.html")
    assert page.html["lang"] == "en"
    assert page.title.get_text() == "3 Padding — A small book"
    (description,) = page.select('meta[name="description"]')
    assert description["content"].startswith("A chapter of a book")


def test_opening_of_a_chapter(builds):
    article = chapter(builds)
    texts = [node.get_text(" ", strip=True) for node in article.section.find_all(True)]
    assert texts[:2] == ["Chapter 3", "Padding ¶"]
    assert article.select_one(".lead").get_text().startswith("A chapter of a book")
    assert [fact.get_text() for fact in article.select(".facts li")] == [
        "1 min to read",
        "6 cells, 5 compared",
        "runs in 12 s",
        "2 exercises",
    ]
    colab, download = article.select(".chapter-acts a")
    assert colab["href"].endswith("github/a/b/blob/main/notebooks/03-padding.ipynb")
    assert download["href"] == "../_sources/notebooks/03-padding.ipynb"
    assert download.has_attr("download")


def test_cells_before_the_first_section_lie_in_one_fold(builds):
    (fold,) = chapter(builds).select("details.set-up")
    assert fold.summary.get_text().endswith("Colab, and imports (2 lines)")
    assert len(fold.select("div.cell")) == 2


def test_outputs_say_whether_they_are_compared(builds):
    outputs = chapter(builds).select(".cell_output")
    marked = ["compared" in output["class"] for output in outputs]
    assert marked == [False, True, True]
    assert outputs[0].get_text(" ", strip=True) == "4 not compared: it is a time"


def test_prediction_holds_the_output_and_the_answer(builds):
    (fold,) = chapter(builds).select("details.predict")
    assert fold.summary.get_text() == "Predict: how many?"
    assert fold.get_text(" ", strip=True) == "Predict: how many? 42 Forty-two."
    assert fold.find_previous("div", class_="cell").select(".cell_output") == []


def test_error_is_text(builds):
    error = chapter(builds).select_one(".output.traceback")
    assert error.strong.get_text() == "ValueError"
    assert error.get_text(strip=True) == "ValueError: 2 is not in [1]"
    assert error.select("span") == []


def test_folded_cell_says_what_it_holds(builds):
    labels = [
        fold.get_text() for fold in chapter(builds).select(".cell-fold > summary")
    ]
    assert labels[-2:] == ["A folded cell, 1 line", "Checked (2 lines)"]


def test_page_for_lost_readers_works_from_any_address(builds):
    page = page_checks.parsed(builds["one"][2] / "404.html")
    assert page.base["href"] == "/b/"
    assert page.article.a["href"] == "index.html"
    assert page_checks.link_problems(builds["one"][2], "404.html") == []


def search_texts(site):
    """Return what the search of a site shows, by page name."""
    text = (site / "_static/search-text.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("window.SEARCH_TEXT = ").rstrip(";\n"))


def test_search_has_the_text_of_each_section(builds):
    first, _, exercises = search_texts(builds["one"][2])["notebooks/03-padding"]
    assert first[0] == ""
    assert "A chapter of a book" in first[2]
    assert exercises[:2] == ["exercises", "Exercises"]
    assert "What?" in exercises[2]
    assert "What?" not in first[2]


def test_search_texts_follow_a_changed_notebook_and_others_are_kept(builds):
    before, after = (search_texts(builds[name][2]) for name in ("one", "two"))
    chapter = "notebooks/03-padding"
    assert "it is n - 2 and more." not in before[chapter][0][2]
    assert "it is n - 2 and more." in after[chapter][0][2]
    assert before.keys() == after.keys()
    assert before["index"] == after["index"]


def test_a_file_is_fresh_while_it_is_newer_than_all_that_it_is_made_of(tmp_path):
    made, source, other = (tmp_path / name for name in ("made", "source", "other"))
    new = Path(theme.__file__).stat().st_mtime + 100
    for path, time in ((source, new), (other, new + 2)):
        path.touch()
        os.utime(path, (time, time))
    assert not theme.is_fresh(made, source)
    made.touch()
    os.utime(made, (new + 1, new + 1))
    assert theme.is_fresh(made, source)
    assert not theme.is_fresh(made, source, other)
    os.utime(made, (new - 200, new - 200))
    assert not theme.is_fresh(made)


def test_chapter_map_takes_the_title_from_the_chapter(builds):
    page = page_checks.parsed(builds["one"][2] / "index.html")
    later, here = page.select(".chapter-map > li")
    assert later.get_text() == "Chapter 2 Later A sentence. to come"
    assert here.get_text() == "Chapter 3 Padding Another sentence. 1 min to read"
    assert here.a["href"] == "notebooks/03-padding.html"


def test_errata_follow_a_changed_notebook(builds):
    before, after = (
        page_checks.parsed(builds[name][2] / "errata.html").select("ul.errata > li")
        for name in ("one", "two")
    )
    claim = r"it is n - 2 and \(o = 1\)."
    assert [entry.a.get_text() for entry in before] == [claim]
    assert [entry.a.get_text() for entry in after] == [claim, "it is n - 2 and more."]
    assert after[0].code.get_text() == "n - 2"
    assert page_checks.link_problems(builds["two"][2], "errata.html") == []


def test_status_follows_a_changed_notebook(builds):
    rows = {
        name: page_checks.parsed(builds[name][2] / "status.html").select("tbody tr")
        for name in ("one", "two")
    }
    assert rows["one"][0]("td")[1].get_text(strip=True) == "12 s"
    texts = [[cell.get_text(strip=True) for cell in row("td")] for row in rows["two"]]
    assert texts == [
        ["3. Padding", "99 s", "6", "5 of 6 (83 %)", "2"],
        ["All chapters", "99 s", "6", "5 of 6 (83 %)", "2"],
        ["Keras", "3.15.1"],
    ]


def test_record_is_shown_and_followed(builds):
    before, after = (
        page_checks.parsed(builds[name][2] / "proof.html").article
        for name in ("one", "two")
    )
    assert before.p.get_text() == (
        "Chapter 3: 94\xa0%; all: 72\xa0%; chapter 4: an unknown share."
    )
    said = [p.get_text() for p in before.select("section > p")][1:]
    assert said == [
        "Measured on 2026-11-25 on a processor.",
        "Measured on 2026-08-19.",
        "Measured on 2026-11-25.",
        "Not recorded yet.",
    ]
    texts = [
        [cell.get_text(strip=True) for cell in row("td")]
        for page in (before, after)
        for row in page.select("tbody tr")
    ]
    assert texts[0] == ["oneDNN off", "53", "76"]
    assert texts[1] == ["Set, 2026, Python 3.1", "53", "76"]
    assert texts[2] == ["Set, 2026", "3.9"]
    assert texts[3][:3] == ["3", "94 % of 80", "33 % of 9"]
    assert texts[5][0] == "All"
    assert texts[5][-1] == "83 % of 12"
    assert texts[6] == ["oneDNN off", "53", "2 of 76 differ"]


def test_build_fails_for_a_missing_page_and_a_misshapen_box(builds):
    code, warnings, _ = builds["three"]
    assert code != 0
    assert "a source box must begin with" in warnings
    assert "_toc.yml lists pages that were not built: ['gone']" in warnings


# --- small inputs ---


@pytest.mark.parametrize(
    ("code", "strict"),
    [
        (cell("code", "1"), True),
        (cell("code", "1", "hide-cell", "raises-exception"), True),
        (cell("code", "1", "nbval-skip"), False),
        (cell("code", "1", "nbval-ignore-output"), False),
        (cell("code", "# NBVAL_IGNORE_OUTPUT\n1"), False),
    ],
)
def test_what_counts_as_compared(code, strict):
    assert from_notebooks.is_strict(code) is strict


@pytest.mark.parametrize(
    ("prose", "count"),
    [
        ("## Exercises\n\n**1. Predict.** x\n\n**2.** y\n\n## After\n\n**3. z**", 2),
        ("## Exercises\n\n### 1. Predict\n\n### Exercise 2: y", 2),
        ("## Words\n\n**1. Not one.**", 0),
    ],
)
def test_exercises_are_counted(prose, count):
    assert from_notebooks.count_exercises(prose) == count
