"""The contract can fail: each check finds the defect that it is there for."""

import ast
import io
import re
import subprocess
import sys
from base64 import b64encode

import contract
import nbformat
import pytest
import refresh
from compared_pictures import SITE_FORM
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)
from PIL import Image

ALT = "A grid of grey numbers, from 7 at the top left to 42."
CAPTION = "The numbers from 7 to 42: the further down, the larger."
ANSWER = """\
<details>
<summary>Predict: what are 7 and 6 together?</summary>

13, which is less than 42.

</details>

That is not all.
"""
EXERCISE = """\
**1.** Add.

<details>
<summary>Hint</summary>

Count.

</details>

<details>
<summary>Solution</summary>

42.

</details>
"""


def picture():
    """Return a PNG, 144 pixels wide, which is 96 CSS pixels."""
    file = io.BytesIO()
    Image.new("L", (144, 9)).save(file, "PNG")
    return b64encode(file.getvalue()).decode()


def chapter():
    """Return a small notebook that keeps the contract; each test breaks one thing."""
    about = {"image": {"alt": ALT, "width": "96px"}, "figure": {"caption": CAPTION}}
    hidden = {"tags": ["hide-output"], "jupyter": {"outputs_hidden": True}}
    forms = {
        "image/png": picture(),
        "text/plain": "<Figure>",
        SITE_FORM: '<div class="panels"></div>',
    }
    show = new_output("display_data", forms)
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# 99 Sums\n\nSeven times 6 is 42, and 4,536 is larger."),
            new_code_cell(refresh.colab_cell(), execution_count=1),
            new_code_cell(
                "print(7 * 6)",
                execution_count=2,
                outputs=[new_output("stream", name="stdout", text="42\n")],
            ),
            new_code_cell(
                "larger = 4_536\nassert 7 * 6 == 42 < larger == 4_536",
                execution_count=3,
            ),
            new_code_cell(
                "show.row({})",
                execution_count=4,
                outputs=[show],
                metadata={"mystnb": about},
            ),
            new_markdown_cell("Predict: what are 7 and 6 together?"),
            new_code_cell(
                "print(7 + 6)",
                execution_count=5,
                outputs=[new_output("stream", name="stdout", text="13\n")],
                metadata=hidden | {"collapsed": True},
            ),
            new_markdown_cell(ANSWER),
            new_markdown_cell("Only 42 is larger.\n\n" + EXERCISE),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.validate(notebook)
    return notebook


def problems(notebook):
    return {c.__name__: c(notebook) for c in contract.CHECKS if c(notebook)}


def test_a_good_chapter_has_no_problems():
    assert problems(chapter()) == {}


def unrun(notebook):
    notebook.cells[2].execution_count = None


def out_of_order(notebook):
    notebook.cells[2].execution_count, notebook.cells[3].execution_count = 3, 2


def emptied(notebook):
    notebook.cells[2].outputs = []


def emptied_figure(notebook):
    notebook.cells[4].outputs = []


def no_alt(notebook):
    del notebook.cells[4].metadata["mystnb"]["image"]["alt"]


def no_width(notebook):
    del notebook.cells[4].metadata["mystnb"]["image"]["width"]


def wrong_width(notebook):
    notebook.cells[4].metadata["mystnb"]["image"]["width"] = "640px"


def no_caption(notebook):
    del notebook.cells[4].metadata["mystnb"]["figure"]


def short_caption(notebook):
    notebook.cells[4].metadata["mystnb"]["figure"]["caption"] = "The numbers to 42."


def long_caption(notebook):
    notebook.cells[4].metadata["mystnb"]["figure"]["caption"] = CAPTION * 8


def caption_is_alt(notebook):
    notebook.cells[4].metadata["mystnb"]["figure"]["caption"] = ALT


def caption_number(notebook):
    notebook.cells[4].metadata["mystnb"]["figure"]["caption"] += " They are 17."


def answer_before(notebook):
    cells = notebook.cells
    cells[6], cells[7] = cells[7], cells[6]


def answer_missing(notebook):
    notebook.cells[7].source = "That is not all."


def answer_last(notebook):
    del notebook.cells[7:]


def answer_shown(notebook):
    notebook.cells[6].metadata = {}


def answer_far_off(notebook):
    notebook.cells.insert(7, new_markdown_cell("Now think."))


def answer_below_text(notebook):
    notebook.cells[7].source = "Here it is.\n\n" + notebook.cells[7].source


def other_label(notebook):
    source = notebook.cells[7].source
    notebook.cells[7].source = source.replace("Predict: what", "Predict first, what")


def label_without_question(notebook):
    notebook.cells[7].source = notebook.cells[7].source.replace("?<", "<")


def same_label_twice(notebook):
    source = notebook.cells[8].source
    notebook.cells[8].source = source.replace("Solution", "Hint")


def same_prediction_twice(notebook):
    notebook.cells += notebook.cells[6:8]


def spoilt_below_the_fold(notebook):
    notebook.cells[7].source += "It is 13."


def spoilt_in_the_next_text(notebook):
    notebook.cells[8].source = "It is 13. " + notebook.cells[8].source


def box_of_no_source(notebook):
    box = '> **What the sources say (source Z): "so".** Not so.'
    notebook.cells.append(new_markdown_cell(box))


def no_form(notebook):
    del notebook.cells[4].outputs[0].data[SITE_FORM]


def prose_number(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("42", "43")


def prose_thousands(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("4,536", "4,537")


def prose_word(notebook):
    notebook.cells[0].source = notebook.cells[0].source.replace("Seven", "Eight")


def alt_number(notebook):
    notebook.cells[4].metadata["mystnb"]["image"]["alt"] += " Five of 8 are grey."


def number_in_a_comment(notebook):
    notebook.cells[0].source += " It takes 17 steps."
    notebook.cells[2].source += "  # 17 steps"


def number_in_code(notebook):
    notebook.cells[0].source += " It takes 17 steps."
    notebook.cells[3].source += "\nsteps = 17"


def number_of_another_section(notebook):
    notebook.cells.append(new_markdown_cell("## Later\n\nIt was 4,536."))


def stale_binding(notebook):
    notebook.cells[0].source += "\n\n<!-- 17 = larger -->"


def empty_binding(notebook):
    notebook.cells[0].source += " 17.\n\n<!-- 17 = len(range(17)) -->"


def semicolon(notebook):
    notebook.cells[2].source += ";"


def long_line(notebook):
    notebook.cells[3].source += " and larger > 42" * 9


def other_colab_cell(notebook):
    notebook.cells[1].source = notebook.cells[1].source.replace("https", "http")


def machine_path(notebook):
    notebook.cells[2].outputs[0].text += "/home/somebody/book.py\n"


def raw_role(notebook):
    notebook.cells[0].source += "\n\nSee {cite}`dumoulin2016guide`."


def raw_directive(notebook):
    notebook.cells[0].source += "\n\n```{note}\nSee.\n```"


def formula_in_a_fold(notebook):
    notebook.cells[0].source += "\n\n<details>\n\n$o = n$\n\n</details>"


def fold_on_the_site_alone(notebook):
    notebook.cells[4].metadata["tags"] = ["hide-output"]


def ignored(notebook):
    notebook.cells[2].metadata["tags"] = ["nbval-ignore-output"]


def test_what_was_known_before_a_prediction_spoils_nothing():
    notebook = chapter()
    notebook.cells[5].source += " It is no more than 13."
    notebook.cells[7].source += "So 13 it is."
    assert problems(notebook) == {}


def test_only_the_next_screen_spoils():
    notebook = chapter()
    notebook.cells[8].source = "Read on. " * 30 + "It is 13."
    assert problems(notebook) == {}


@pytest.mark.parametrize(
    ("defect", "check"),
    [
        (unrun, "not_executed"),
        (out_of_order, "not_executed"),
        (emptied, "silent"),
        (emptied_figure, "silent"),
        (no_alt, "figures"),
        (no_width, "figures"),
        (wrong_width, "figures"),
        (no_caption, "captions"),
        (short_caption, "captions"),
        (long_caption, "captions"),
        (caption_is_alt, "captions"),
        (caption_number, "unproved_numbers"),
        (answer_before, "predictions"),
        (answer_missing, "predictions"),
        (answer_last, "predictions"),
        (answer_shown, "predictions"),
        (answer_far_off, "predictions"),
        (answer_below_text, "predictions"),
        (other_label, "predictions"),
        (label_without_question, "predictions"),
        (same_label_twice, "labels"),
        (same_prediction_twice, "labels"),
        (spoilt_below_the_fold, "spoilt"),
        (spoilt_in_the_next_text, "spoilt"),
        (no_form, "without_form"),
        (prose_number, "unproved_numbers"),
        (prose_thousands, "unproved_numbers"),
        (prose_word, "unproved_numbers"),
        (alt_number, "unproved_numbers"),
        (number_in_a_comment, "unproved_numbers"),
        (number_in_code, "unproved_numbers"),
        (number_of_another_section, "unproved_numbers"),
        (stale_binding, "unproved_numbers"),
        (empty_binding, "unproved_numbers"),
        (semicolon, "semicolons"),
        (long_line, "wide"),
        (other_colab_cell, "colab"),
        (machine_path, "machine_paths"),
        (ignored, "not_compared"),
        (box_of_no_source, "unknown_sources"),
        (raw_role, "raw_roles"),
        (raw_directive, "raw_roles"),
        (formula_in_a_fold, "formulas_in_folds"),
        (fold_on_the_site_alone, "folds"),
    ],
)
def test_a_defect_is_found(defect, check):
    notebook = chapter()
    defect(notebook)
    assert check in problems(notebook)


def exercise_cells(notebook):
    return [c for c in notebook.cells if "exercise" in c.metadata.get("book", {})]


def answered(notebook):
    cell = exercise_cells(notebook)[0]
    cell.source = cell.source.replace("...", "(8, 30)")


def answer_stored(notebook):
    exercise_cells(notebook)[0].outputs[0].data["text/plain"] = "Right. So it is."


def not_run(notebook):
    exercise_cells(notebook)[0].outputs = []


def needs_the_chapter(notebook):
    cell = exercise_cells(notebook)[2]
    cell.source = cell.source.replace("q.given", "rearrange(wide, 'h w c -> (w h) c')")


def not_marked(notebook):
    del exercise_cells(notebook)[1].metadata["book"]


def marked_otherwise(notebook):
    exercise_cells(notebook)[1].metadata["book"]["exercise"] = "1.3"


def unknown(notebook):
    cell = exercise_cells(notebook)[1]
    cell.source = cell.source.replace("1.2", "1.4")


def without_a_cell(notebook):
    notebook.cells.remove(exercise_cells(notebook)[-1])


def another_title(notebook):
    cell = next(
        c for c in notebook.cells if c.source.startswith("**6. Find the bug.**")
    )
    cell.source = cell.source.replace("bug", "bugs")


def number_left_out(notebook):
    cell = next(c for c in notebook.cells if c.source.startswith("**8. "))
    cell.source = cell.source.replace("**8. ", "**9. ")


def one_more_question(notebook):
    cell = next(c for c in notebook.cells if c.source.startswith("**8. "))
    cell.source += "\n\n**9. Think.** Of what?"


def test_all_problems_are_told_and_nothing_else():
    contract.insist([])
    with pytest.raises(pytest.fail.Exception) as failed:
        contract.insist(["No alt text.", "No caption."])
    assert failed.value.msg == "No alt text.\nNo caption."
    assert not failed.value.pytrace


def test_the_third_cell_holds_the_imports_alone():
    good = "import numpy as np\nfrom lab import show"
    notebook = chapter()
    for source, problems in [
        (good, 0),
        ("import numpy as np", 1),
        (f"{good}\nx = 1", 1),
    ]:
        notebook.cells[2] = new_code_cell(source)
        assert len(contract.imports(notebook)) == problems, source
    notebook.cells[2] = new_markdown_cell("## Sums")
    (problem,) = contract.imports(notebook)
    assert "`from lab import show`" in problem
    assert contract.imports(new_notebook()) == [problem]


def test_a_chapter_that_is_not_listed_hears_which_lines_to_add():
    cover, contents = "14-sums | Sums | All add up.", "- file: notebooks/14-sums"
    assert contract.unlisted("14-sums", cover, contents) == []
    assert contract.unlisted("14-sums", "", "") == [
        "book/index.md needs one line '14-sums | Title | A sentence.'",
        "_toc.yml needs one line '- file: notebooks/14-sums'",
    ]


@pytest.mark.parametrize(
    "defect",
    [
        answered,
        answer_stored,
        not_run,
        needs_the_chapter,
        not_marked,
        marked_otherwise,
        unknown,
        without_a_cell,
        another_title,
        number_left_out,
        one_more_question,
    ],
    ids=lambda defect: defect.__name__,
)
def test_a_defect_of_an_exercise_is_found(defect):
    notebook = nbformat.read(refresh.chapters("01")[0], as_version=4)
    assert contract.exercises(notebook) == []
    defect(notebook)
    assert contract.exercises(notebook)


def test_exercises_of_a_chapter_without_cells_are_numbered_in_order():
    notebook = chapter()
    notebook.cells[-1].source = "## Exercises\n\n**1.** Add.\n\n**2. Do.** It."
    assert contract.exercises(notebook) == []
    notebook.cells[-1].source += "\n\n**4. Do.** It again."
    assert contract.exercises(notebook) == ["exercise 3 has the number 4"]


def test_born_functions_differ_by_one_number():
    told = contract.functions([ast.parse("def f(k, d=1):\n    return d * (k - 1) + 1")])
    kept = '@checked\ndef f(k, d=1):\n    """Say."""\n    return d * (k - 1) + 1'
    assert contract.functions([ast.parse(kept)]) == told
    assert contract.functions([ast.parse(kept.replace("+ 1", "+ 2"))]) != told


def test_nbval_finds_changed_code_and_changed_outputs(tmp_path):
    """What the contract leaves to nbval, nbval does."""
    right = [new_output("stream", name="stdout", text="42\n")]
    wrong = [new_output("stream", name="stdout", text="41\n")]
    for name, code, outputs in [
        ("good", "print(7 * 6)", right),
        ("code", "print(7 * 7)", right),
        ("output", "print(7 * 6)", wrong),
    ]:
        cell = new_code_cell(code, execution_count=1, outputs=outputs)
        notebook = new_notebook(cells=[cell], metadata=chapter().metadata)
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    options = [
        "--nbval",
        "-p",
        "no:cacheprovider",
        "-rA",
        "--rootdir",
        tmp_path,
    ]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "/dev/null", *options, tmp_path],
        capture_output=True,
        text=True,
    )
    verdicts = re.findall(r"^(PASSED|FAILED) .*?(\w+)\.ipynb::Cell 0", run.stdout, re.M)
    assert sorted(verdicts) == [
        ("FAILED", "code"),
        ("FAILED", "output"),
        ("PASSED", "good"),
    ]
