"""The page for teachers: addresses, lines, and what exercises say to mistakes."""

import json
import re
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import page_checks
import pytest
import small_book
import teaching
from small_book import cell

from lab.exercises import BY_NUMBER

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
REPOSITORY = "https://github.com/owner/name"
PATH = "notebooks/07-some-chapter.ipynb"
CONF = small_book.conf(REPOSITORY, "teaching")
TEACHING = """# In class

```{course-table}
```

```{courses}
All | COURSE | For all.
```

```{class-links}
```

## Exercises

```{teaching-notes}
1.1 | 3 | a shape, and `Flatten`
1.2 | 90 | a pattern
```
"""


def lines():
    """Return the lines about exercises that stand on the page."""
    [body] = re.findall(r"^```\{teaching-notes\}\n(.*?)^```", PAGE, re.M | re.S)
    return teaching.trained(body.splitlines())


# --- on the page


def test_each_exercise_of_the_book_has_one_line():
    numbers = [
        number
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
        for number in teaching.exercise_numbers(
            int(path.name[:2]), json.loads(path.read_text(encoding="utf-8"))
        )
    ]
    assert sorted(numbers) == sorted(BY_NUMBER)
    assert teaching.line_problems(numbers, lines()) == []
    assert [number for number, *_ in lines()] == numbers


def test_what_the_page_says_of_chapters_that_are_left_out_is_so():
    books = {
        int(path.name[:2]): json.loads(path.read_text(encoding="utf-8"))
        for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    needs = {number: teaching.needed_chapters(book) for number, book in books.items()}
    assert "Whoever leaves out chapter 2 also leaves out chapter 6" in PAGE
    assert "explain `depth_to_space` before chapter 9" in PAGE
    assert teaching.in_need(needs, 2) == [6, 9]


def test_minutes_are_minutes_and_no_phrase_is_long():
    assert all(2 <= minutes <= 120 for _, minutes, _ in lines())
    assert [what for *_, what in lines() if not 10 < len(what) <= 90] == []


def test_questions_for_an_evening_take_one():
    """What the chapters give out for an evening is what takes an hour or more."""
    begun = re.compile(r"^\*\*(\d+)\. [^*]+\*\* For an evening", re.M)
    asked = {
        f"{int(path.name[:2])}.{number}"
        for path in (ROOT / "notebooks").glob("*.ipynb")
        for part in json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number in begun.findall("".join(part["source"]))
    }
    assert asked == {n for n, minutes, _ in lines() if minutes >= teaching.EVENING}


def test_page_shows_each_exercise_and_folds_for_its_mistakes(site):
    page = page_checks.parsed(site / "book" / "teaching.html")
    rows = page.select("table.lessons tbody tr")
    shown = [row.a.get_text() for row in rows if "answered" not in row.get("class", [])]
    assert shown == [f"{e.number} {e.title}" for e in BY_NUMBER.values()]
    folds = page.select("table.lessons details")
    assert len(folds) == sum(map(bool, map(teaching.wrong_answers, BY_NUMBER.values())))
    assert not any(fold.has_attr("open") for fold in page.select("details"))


def test_no_hint_and_no_solution_stands_on_the_page(site):
    text = page_checks.parsed(site / "book" / "teaching.html").get_text()
    for exercise in BY_NUMBER.values():
        code = re.search(r"```python\n(.*?)```", exercise.answer, re.S)[1]
        for told in (*exercise.hints, exercise.why, code):
            assert told not in text


# --- Binder's files


def test_binder_installs_versions_of_the_lock_and_what_chapters_import():
    def pins(path):
        text = (ROOT / path).read_text(encoding="utf-8")
        return set(re.findall(r"^([\w.-]+==[^\s;]+)", text, re.M))

    theirs = pins(".binder/requirements.txt")
    assert theirs <= pins("requirements.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.match(r"[\w-]+", d)[0] for d in project["project"]["dependencies"]}
    assert wanted <= {pin.partition("==")[0] for pin in theirs}


def test_binder_takes_a_python_that_the_book_allows():
    said = (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8").strip()
    assert re.fullmatch(r"python-3\.1[123]", said)


# --- pure


def test_binder_opens_a_file_of_a_branch():
    parts = urlsplit(teaching.binder_address(REPOSITORY, "main", PATH))
    assert (parts.netloc, parts.path) == ("mybinder.org", "/v2/gh/owner/name/main")
    assert parse_qs(parts.query) == {"labpath": [PATH]}


def test_hub_pulls_the_repository_and_opens_a_file_in_its_folder():
    parts = urlsplit(teaching.hub_address(f"{REPOSITORY}/", "main", PATH))
    assert parts.path == "/hub/user-redirect/git-pull"
    assert parse_qs(parts.query) == {
        "repo": [f"{REPOSITORY}/"],
        "branch": ["main"],
        "urlpath": [f"lab/tree/name/{PATH}"],
    }


@pytest.mark.parametrize(
    ("found", "problems"),
    [
        (["1.1", "1.2"], []),
        (["1.1"], ["exercise 1.2 has no line"]),
        (["1.1", "1.2", "1.1"], ["exercise 1.1 has 2 lines"]),
        (["1.1", "1.2", "9.9"], ["the book has no exercise 9.9"]),
    ],
)
def test_what_is_wrong_with_the_lines_is_said(found, problems):
    rows = [(number, 5, "something") for number in found]
    assert teaching.line_problems(["1.1", "1.2"], rows) == problems


def test_what_a_course_leaves_out_is_found():
    needs = {1: [], 2: [1], 3: [1, 2]}
    assert teaching.in_need(needs, 1) == [2, 3]
    assert teaching.left_out(needs, [1, 3]) == [2]
    assert teaching.left_out(needs, [1, 2, 3]) == []


def test_skills_are_read_from_a_chapters_head():
    head = "# 1 A\n\nText.\n\nYou will\n\n- one,\n  and more;\n- two.\n\nYou need `x`."
    book = {"cells": [cell("markdown", head)]}
    assert teaching.skills(book) == ["one, and more;", "two."]


def hidden(x):
    return x


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (21, "21"),
        ("b h -> h b", "b h -> h b"),
        ((2, 3), "(2, 3)"),
        ({"one": 1, "two": [2, 3]}, "one: 1, two: [2, 3]"),
        ("x" * 61, ""),
        (teaching.np.zeros((4, 4)), ""),
        (lambda x, d: [d * n for n in x], "[d * n for n in x]"),
        (lambda x: hidden(x), ""),
        (hidden, ""),
    ],
)
def test_an_answer_is_shown_if_it_is_short_and_could_be_typed(answer, code):
    assert teaching.shortly(answer) == code


@pytest.mark.parametrize("number", BY_NUMBER)
def test_sentences_are_those_that_the_exercise_says(number):
    exercise = BY_NUMBER[number]
    for answer, (_, sentence) in zip(
        exercise.kind.wrong, teaching.wrong_answers(exercise), strict=False
    ):
        assert sentence
        assert sentence in exercise.check(answer).sentence


# --- in a small book


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    asks = "## Exercises\n\n**1. Predict.** What?\n\n**2. Do.** It."
    head = "# 1 Flatten\n\nOne sentence.\n\nYou will\n\n- see.\n\nYou need nothing."
    book = small_book.notebook(
        [cell("markdown", head), cell("markdown", asks)], book={"seconds": 7}
    )
    full = TEACHING.replace("COURSE", "1")
    files = {
        "one/conf.py": CONF,
        "one/_toc.yml": "root: index\nentries: [{file: notebooks/01-flatten}]\n",
        "one/index.md": full,
        "one/notebooks/01-flatten.ipynb": book,
        "two/index.md": full.replace("1.2 | 90", "1.3 | 90").replace(
            "a pattern\n", "a pattern\n1.99 | 3 | nothing\n"
        ),
        "three/index.md": full.replace("1.2 | 90", "1.2 | long"),
    }
    root = tmp_path_factory.mktemp("teaching")
    return small_book.build(root, files, ["one", "two", "three"])


def test_page_is_made_from_a_chapter(builds):
    code, warnings, site = builds["one"]
    assert code == 0, warnings
    page = page_checks.parsed(site / "index.html").article
    [row] = page.select("table.course tbody tr")
    texts = [entry.get_text() for entry in row.select("td")]
    assert texts == ["1. Flatten", "0\xa0min", "3\xa0min", "7\xa0s", "–", "–"]
    assert "Chapters 1: 0\xa0h to read" in page.select_one("dl.courses").get_text()
    assert [s.h3.get_text(strip=True) for s in page.select("section#notes-1")] == [
        "1 Flatten¶"
    ]
    first = page.select_one("table.lessons tbody tr")
    assert first.a["href"] == "notebooks/01-flatten.html#exercise-1-1"
    assert first.code.get_text() == "Flatten"
    assert "hub/user-redirect/git-pull?repo=" in page.select_one("pre").get_text()


def test_build_fails_for_an_exercise_without_a_line(builds):
    code, warnings, _ = builds["two"]
    assert code != 0
    assert "exercise 1.2 has no line" in warnings
    assert "the book has no exercise 1.3" in warnings
    assert "the book has no exercise 1.99" in warnings


def test_build_fails_for_a_line_that_cannot_be_read(builds):
    code, warnings, _ = builds["three"]
    assert code != 0
    assert "a line is 'number | minutes | what'" in warnings
