"""Wrong numbers are wrong in the way that the score says."""

import io
import tokenize

import nbformat
import pytest
import said
import score
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("299", "300"),
        ("0.59", "0.60"),
        ("0.9", "1.0"),
        ("4,999", "5,000"),
        ("91.8", "91.9"),
        ("two", "three"),
        ("half", "a third"),
    ],
)
def test_last_digit_up(right, wrong):
    (number,) = said.numbers(right)
    assert score.last_digit_up(number) == wrong


def chapter():
    image = {"mystnb": {"image": {"alt": "A grid of 12 numbers."}}}
    return new_notebook(
        cells=[
            new_markdown_cell("# 1 Title\n\nSee 299 pixels and two."),
            new_code_cell("x = 299 + 2  # 5\nassert x == 299 + 2", metadata=image),
        ]
    )


def test_each_number_goes_wrong_where_it_stands():
    right = chapter()
    before = nbformat.writes(right)
    mutants = list(score.prose_mutants(right, score.random.Random(0)))
    assert nbformat.writes(right) == before
    texts = [mutant.cells[0].source for *_, mutant in mutants]
    alts = [m.cells[1].metadata["mystnb"]["image"]["alt"] for *_, m in mutants]
    assert "# 1 Title\n\nSee 300 pixels and two." in texts
    assert "# 1 Title\n\nSee 12 pixels and two." in texts
    assert "# 1 Title\n\nSee 299 pixels and three." in texts
    assert "A grid of 13 numbers." in alts
    assert "A grid of 299 numbers." in alts


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("x = 4", {"4": "5"}),
        ("x[::2, 3] <= 7", {"2": "3", "3": "4", "<=": "<", "7": "8"}),
        ("f(*sizes, **how)", {}),
        ("a * b", {"*": "+"}),
        ("from lab import show", {}),
        ("x = 1e-5 + True", {"+": "-", "True": "False"}),
    ],
)
def test_tokens_that_go_wrong(line, wrong):
    tokens = tokenize.generate_tokens(io.StringIO(line).readline)
    found = {t.string: score.wrong_token(t) for t in tokens}
    assert {right: bad for right, bad in found.items() if bad} == wrong


def test_code_goes_wrong_in_one_place():
    mutants = list(score.code_mutants(chapter(), score.random.Random(0), 99))
    assert len(mutants) == 7
    for what, mutant in mutants:
        assert mutant.cells[1].source != chapter().cells[1].source, what
