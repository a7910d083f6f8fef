"""The copies of chapters that `make growth` makes larger books of."""

import growth
import pytest


def chapter():
    cells = [
        {"cell_type": "markdown", "source": ["# 3 Padding\n", "\n", "3 is odd."]},
        {"cell_type": "code", "source": ['print("3.1")']},
        {"cell_type": "code", "source": ['q = exercise("3.11")\n', "q.check(3.1)"]},
    ]
    for cell in cells:
        cell["metadata"] = {}
    cells[2]["metadata"] = {"book": {"exercise": "3.11"}}
    return {"cells": cells}


def test_a_copy_has_its_own_number_and_exercises_and_nothing_else_of_its_own():
    original = chapter()
    copy = growth.copied(original, 3, 16)
    assert original == chapter()
    assert copy["cells"][0]["source"][0] == "# 16 Padding\n"
    assert copy["cells"][0]["source"][1:] == original["cells"][0]["source"][1:]
    assert copy["cells"][1] == original["cells"][1]
    assert copy["cells"][2]["metadata"] == {"book": {"exercise": "16.11"}}
    assert copy["cells"][2]["source"] == ['q = exercise("16.11")\n', "q.check(3.1)"]


def test_exercises_of_other_chapters_keep_their_numbers():
    text = 'Exercise("1.2"), Exercise("11.2"), Exercise("2.1"), "1.2, 1.3"'
    expected = 'Exercise("14.2"), Exercise("11.2"), Exercise("2.1"), "1.2, 1.3"'
    assert growth.renumbered(text, 1, 14) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [(2, []), (1, []), (5, [(3, "01-a"), (4, "02-b"), (5, "01-a")])],
)
def test_chapters_are_copied_in_turn(size, expected):
    assert growth.copies(["01-a", "02-b"], size) == expected


def test_a_copy_is_named_by_its_number():
    name = growth.name_of("03-padding-and-stride", 16)
    assert name == "16-padding-and-stride"


def test_lines_follow_the_one_that_is_named():
    text = "a\n  - 13-last.ipynb\nb\n"
    made = growth.with_lines(text, "13-last", ["c\n", "d\n"])
    assert made == "a\n  - 13-last.ipynb\nc\nd\nb\n"


def test_exercises_of_a_copy_are_on_the_page_for_teachers():
    text = "head\n1.1 | 5 | a\n11.1 | 5 | b\n11.2 | 9 | c\nend\n"
    made = growth.with_notes(text, [(14, "01-a"), (24, "11-b")])
    lines = "14.1 | 5 | a\n24.1 | 5 | b\n24.2 | 9 | c\n"
    assert made == text.replace("end\n", lines + "end\n")


def test_this_book_grows_by_whole_chapters(tmp_path):
    """A number that two chapters share, or none has, would measure another book."""
    growth.make_book(tmp_path, 15)
    numbers = [int(p.name[:2]) for p in (tmp_path / "notebooks").glob("*.ipynb")]
    assert sorted(numbers) == list(range(1, 16))
    contents = (tmp_path / "_toc.yml").read_text(encoding="utf-8")
    cover = (tmp_path / "book" / "index.md").read_text(encoding="utf-8")
    for name in ("14-flatten-and-rearrange", "15-patterns"):
        assert contents.count(f"- file: notebooks/{name}\n") == 1
        assert cover.count(f"\n{name} | ") == 1
