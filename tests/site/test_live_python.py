"""What runs a reader's code in the page, tried here without a browser."""

import importlib.util
import json
import re
from pathlib import Path

import live
import pytest

from lab.exercises import exercise

ROOT = Path(__file__).parents[2]
PATH = ROOT / "book" / "_theme" / "live" / "page.py"
SPEC = importlib.util.spec_from_file_location("live_page", PATH)
page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(page)


def run(code):
    return json.loads(page.run(code))


def prove(*cells):
    chapter = page.Chapter()
    return [json.loads(chapter.run(cell)) for cell in cells]


# --- Try it here


@pytest.mark.parametrize(
    ("pattern", "status"),
    [
        ("...", "turn"),
        ("'b h w c -> b (c h w)'", "right"),
        ("'b h w c -> b c'", "wrong"),
    ],
)
def test_verdict(pattern, status):
    answer = run(f"q = exercise('1.2')\nq.check({pattern})")
    assert answer["status"] == status
    assert len(answer["verdict"]) > 20
    assert answer["text"] == ""


def exercise_cells():
    """Return the number of each exercise and its cell, as a reader finds it."""
    return {
        cell["metadata"]["book"]["exercise"]: "".join(cell["source"])
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if "exercise" in cell["metadata"].get("book", {})
    }


@pytest.mark.parametrize(("number", "cell"), exercise_cells().items())
def test_every_exercise_knows_all_that_it_needs(number, cell):
    """Alone, because the chapter's other cells do not run before it in the page."""
    assert run(cell)["status"] == "turn"
    given = [line for line in cell.splitlines() if re.match(r"q = |\w+ = q\.", line)]
    (block,) = re.findall(
        r"^```python\n(.*?)^```", exercise(number).answer, re.M | re.S
    )
    assert run("\n".join([*given, block]))["status"] == "right"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print('a')\n1 + 1", "a\n2\n"),
        ("np.arange(3)", "array([0, 1, 2])\n"),
        ("x = 1", ""),
        ("", ""),
        ("import sys\nprint('e', file=sys.stderr)", "e\n"),
        ("rearrange(np.zeros((2, 3)), 'a b -> b a').shape", "(3, 2)\n"),
        ("shapes.out_size(7, 3)", "5\n"),
    ],
)
def test_what_is_printed(code, text):
    assert run(code) == {"text": text, "error": None, "status": None, "verdict": None}


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("x = 1\n\n1 / 0", "ZeroDivisionError: division by zero (line 3)"),
        (
            "def f():\n    return y\n\nf()",
            "NameError: name 'y' is not defined (line 2)",
        ),
        ("x = 1\nif x\n    2", "SyntaxError: expected ':' (line 2)"),
        ("rearrange(np.zeros(3), 'a b -> a')", "(line 1)"),
        ("import sys\nsys.exit(3)", "SystemExit: 3 (line 2)"),
        ("f = lambda: f()\nf()", "RecursionError: maximum recursion depth"),
    ],
)
def test_error_is_its_last_words_and_its_line(code, error):
    said = run(f"{code}")["error"]
    assert error in said
    assert "File" not in said
    assert "Traceback" not in said


def test_what_was_printed_before_an_error_is_shown():
    assert run("print(1)\n1 / 0")["text"] == "1\n"


def test_too_much_is_cut():
    text = run("for i in range(100_000):\n    print(i)")["text"]
    assert len(text) < page.MOST + 50
    assert text.endswith("… and more\n")


def test_runs_know_nothing_of_each_other():
    run("np.pi2 = x = 1")
    assert "NameError" in run("x")["error"]


# --- Prove it here


def test_cells_share_their_names():
    assert [cell["text"] for cell in prove("x = 2", "print(x)")] == ["", "2\n"]


def test_value_and_error_are_those_of_a_notebook():
    value, error = prove("[1]\n(1, 2)", "1 / 0")
    assert value["value"] == "(1, 2)"
    assert error["error"] == "ZeroDivisionError: division by zero"


def test_what_is_not_here_is_needed():
    """A missing module, and then what a cell would have made with it."""
    cells = prove(
        "import math\nimport tensorflow_of_old as tf, cmath",
        "tf.zeros(3)",
        "x = tf.zeros(3)\ny = 1",
        "y",
        "print(math.pi > 3, cmath.pi > 3)",
        "y = 2",
        "y",
        "z",
    )
    needs = [cell["needs"] for cell in cells]
    assert needs == ["tensorflow_of_old"] * 4 + [None] * 4
    assert cells[4]["text"] == "True True\n"
    assert cells[6]["value"] == "2"
    assert cells[7]["error"] == "NameError: name 'z' is not defined"


@pytest.mark.parametrize(
    "change",
    [
        "x = tf.zeros(3)",
        "x += tf.one",
        "x[0] = tf.one",
        "for x in tf.range(3):\n    pass",
        "if tf.one:\n    x.append(1)",
    ],
)
def test_an_older_value_is_forgotten(change):
    """What a cell would have changed must not be shown as it was before."""
    cells = prove("import tensorflow_of_old as tf", "x = [1]", change, "print(x)")
    assert cells[3]["needs"] == "tensorflow_of_old"
    assert cells[3]["text"] == ""


def test_random_numbers_are_forgotten_when_a_cell_would_have_drawn_some():
    cells = prove(
        "import numpy as np\nimport tensorflow_of_old as tf",
        "rng = np.random.default_rng(0)",
        "x = tf.ones(3) + rng.random(3)",
        "rng.random(2)",
        "np.pi > 3",
    )
    assert [bool(cell["needs"]) for cell in cells] == [True, False, True, True, False]


def test_a_cell_of_ipython_is_left_out():
    assert prove("%cd -q x")[0]["needs"] == "IPython"


def test_the_books_data_are_needed():
    (cell,) = prove("raise FileNotFoundError('mini_cifar.h5 is missing: `make data`')")
    assert cell["needs"] == "the book's data"


# --- what the build writes


def test_cells_with_what_they_print():
    def output(kind, **given):
        return {"output_type": kind, **given}

    code = {"cell_type": "code", "metadata": {}}
    cells = [
        {"cell_type": "markdown", "source": "x"},
        {
            **code,
            "source": ["1\n", "2"],
            "outputs": [
                output("stream", name="stdout", text=["a\n", "b"]),
                output("display_data", data={"image/png": "", "text/plain": "Figure"}),
                output("execute_result", data={"text/plain": ["2"]}),
            ],
        },
        {
            **code,
            "source": "1 / 0",
            "metadata": {"tags": ["nbval-ignore-output"]},
            "outputs": [output("error", ename="E", evalue="no", traceback=[])],
        },
    ]
    assert live.cells_of({"cells": cells}) == [
        {
            "number": 1,
            "code": "1\n2",
            "strict": True,
            "text": "a\nb",
            "value": "2",
            "error": None,
        },
        {
            "number": 2,
            "code": "1 / 0",
            "strict": False,
            "text": "",
            "value": None,
            "error": "E: no",
        },
    ]


def test_lock_is_cut_to_what_is_hosted():
    lock = {"info": {"version": "1"}, "packages": {"numpy": {"a": 1}, "scipy": {}}}
    kept = {"info": {"version": "1"}, "packages": {"numpy": {"a": 1}}}
    assert live.cut(lock) == kept


def test_packages_hold_einops_lab_and_what_runs_them():
    names = set(live.packages())
    assert {"page.py", "einops/einops.py", "lab/byhand.py"} < names
    assert "lab/exercises/engine.py" in names
    assert not [name for name in names if "test" in name or "layers" in name]
