"""What refreshing does to a chapter besides running it."""

import json
from base64 import b64decode
from io import BytesIO

import jupytext
import nbformat
import numpy as np
import pytest
import refresh
import yaml
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)
from PIL import Image

CONFIG = refresh.ROOT / "_config.yml"
ADDRESS = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["repository"]["url"]


# --- pictures


def stored(pixels):
    """Return the picture that is read back after it was stored as a palette."""
    encoded = refresh.palette_png(Image.fromarray(pixels))
    return Image.open(BytesIO(b64decode(encoded)))


@pytest.mark.parametrize("channels", [3, 4])
def test_few_colours_come_back_exactly(channels):
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (200, channels), np.uint8)
    colours[:, 3:] = 255  # matplotlib's fourth channel: opaque
    pixels = colours[rng.integers(0, 200, (31, 47))]
    assert np.array_equal(stored(pixels).convert("RGB"), pixels[..., :3])


def test_many_colours_become_256_and_paper_stays_white():
    y, x = np.mgrid[:120, :160].astype(np.uint8)
    pixels = np.stack([x, 2 * y, 255 - x], axis=-1)
    pixels[:40] = 255
    picture = stored(pixels)
    assert picture.size == (160, 120)
    assert len(picture.convert("RGB").getcolors(1 << 20)) <= 256
    back = np.asarray(picture.convert("RGB")).astype(int)
    assert np.all(back[:40] == 255)
    assert np.abs(back - pixels).max() < 32


# --- the first cell


def former(address="https://example.invalid/someone/thing"):
    """Return the first cell as it once was, with another address."""
    (cell,) = refresh.FORMER_COLAB_CELLS
    return cell.replace("ADDRESS", address).replace("FOLDER", "thing")


def chapter(*sources):
    """Return a chapter: a title, then these code cells."""
    cells = [new_markdown_cell("# 9 Sums"), *map(new_code_cell, sources)]
    return new_notebook(cells=cells)


def sources(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_a_scripts_first_cell_is_kept():
    notebook = chapter("import numpy as np", "np.ones(3)")
    refresh.prepare(notebook)
    nbformat.validate(notebook)
    assert sources(notebook) == [
        refresh.colab_cell(),
        "import numpy as np",
        "np.ones(3)",
    ]
    assert notebook.cells[0].cell_type == "markdown"


@pytest.mark.parametrize(
    "own",
    [
        former(),
        refresh.colab_cell(),
        refresh.colab_cell().replace(ADDRESS, "git@a:b/c"),
    ],
)
def test_the_books_first_cell_is_renewed(own):
    notebook = chapter(own, "1 + 1")
    refresh.prepare(notebook)
    assert sources(notebook) == [refresh.colab_cell(), "1 + 1"]


@pytest.mark.parametrize(
    "own",
    [
        former() + "\nimport numpy as np",
        "import sys\n\nif 'google.colab' in sys.modules:\n    print(6 * 7)",
    ],
)
def test_a_cell_half_the_authors_is_refused_not_lost(own):
    notebook = chapter(own)
    with pytest.raises(ValueError, match="in a cell of its own"):
        refresh.prepare(notebook)
    assert sources(notebook) == [own]


def test_a_script_without_code_gets_the_cell_too():
    notebook = chapter()
    refresh.prepare(notebook)
    assert sources(notebook) == [refresh.colab_cell()]


def test_first_cell_is_short_and_narrow():
    lines = refresh.colab_cell().splitlines()
    assert len(lines) <= 13
    assert max(map(len, lines)) <= 80
    # Who has the notebook alone reads in it what is missing, and where to get it.
    assert "`lab`" in lines[0]
    assert f'"{ADDRESS}"' in refresh.colab_cell()


# --- folds


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("hide-input", {"cellView": "form", "jupyter": {"source_hidden": True}}),
        ("hide-output", {"collapsed": True, "jupyter": {"outputs_hidden": True}}),
        (
            "hide-cell",
            {
                "cellView": "form",
                "collapsed": True,
                "jupyter": {"source_hidden": True, "outputs_hidden": True},
            },
        ),
        ("raises-exception", {}),
    ],
)
def test_folds_of_the_site_are_folds_in_jupyter_and_colab(tag, said):
    notebook = chapter("1 + 1", "2 + 2")
    notebook.cells[2].metadata = nbformat.from_dict({"tags": [tag]})
    refresh.prepare(notebook)
    assert notebook.cells[3].metadata == {"tags": [tag], **said}


def test_a_fold_goes_with_its_tag():
    notebook = chapter("1 + 1")
    notebook.cells[1].metadata = nbformat.from_dict(
        {
            "cellView": "form",
            "collapsed": True,
            "jupyter": {"source_hidden": True, "outputs_hidden": True, "kept": 1},
        }
    )
    refresh.prepare(notebook)
    assert notebook.cells[2].metadata == {"jupyter": {"kept": 1}}


def test_what_the_first_cell_says_is_not_folded():
    notebook = chapter("1 + 1")
    refresh.prepare(notebook)
    assert "outputs_hidden" not in notebook.cells[1].metadata["jupyter"]


# --- restamping


@pytest.fixture
def book(tmp_path, monkeypatch):
    """Return the path of the one stored chapter of a small book."""
    monkeypatch.setattr(refresh, "ROOT", tmp_path)
    monkeypatch.setattr(refresh, "NOTEBOOKS", tmp_path)
    (tmp_path / "_config.yml").write_text(CONFIG.read_text(encoding="utf-8"))
    y, x = np.mgrid[:120, :160].astype(np.uint8)
    file = BytesIO()
    Image.fromarray(np.stack([x, 2 * y, 255 - x], axis=-1)).save(file, "png")
    output = new_output(
        "display_data", {"image/png": refresh.b64encode(file.getvalue()).decode()}
    )
    notebook = chapter(former(ADDRESS), "show()", "print(3)")
    notebook.cells[2].outputs = [output]
    notebook.cells[3].outputs = [new_output("stream", name="stdout", text="3\n")]
    notebook.cells[3].metadata["tags"] = ["hide-output"]
    for count, cell in enumerate(notebook.cells[1:], 1):
        cell.execution_count = count
    notebook.metadata["book"] = {"seconds": 12, "versions": {"keras": "3.15.1"}}
    path = tmp_path / "09-sums.ipynb"
    nbformat.write(notebook, path)
    return path


def test_restamping_keeps_what_was_executed(book, capsys):
    before = nbformat.read(book, as_version=4)
    assert refresh.main("--restamp") is False
    assert capsys.readouterr().out == "09-sums.ipynb is stamped anew\n"
    after = nbformat.read(book, as_version=4)
    assert sources(after) == [refresh.colab_cell(), "show()", "print(3)"]
    assert [c.execution_count for c in after.cells[1:]] == [1, 2, 3]
    assert after.cells[3].outputs == before.cells[3].outputs
    assert after.metadata["book"] == before.metadata["book"]
    assert after.cells[3].metadata["jupyter"] == {"outputs_hidden": True}
    assert after.cells[2].metadata["mystnb"]["image"]["width"] == "107px"


def test_restamping_does_nothing_the_second_time(book, capsys):
    refresh.main("--restamp")
    capsys.readouterr()
    once = book.read_bytes()
    book.chmod(0o400)
    refresh.main("--restamp", "09")
    assert book.read_bytes() == once
    assert book.stat().st_mode & 0o777 == 0o400, "written anew"
    assert capsys.readouterr().out == ""


def test_restamping_goes_on_after_a_chapter_that_it_refuses(book, capsys):
    refused = book.with_name("08-other.ipynb")
    nbformat.write(chapter(former() + "\nprint(1)"), refused)
    before = refused.read_bytes()
    assert refresh.main("--restamp") is True
    said = capsys.readouterr()
    assert said.out == "09-sums.ipynb is stamped anew\n"
    assert said.err.startswith("08-other.ipynb was left as it was: a cell asks for")
    assert refused.read_bytes() == before


def test_a_new_address_needs_one_place_and_one_command(book, tmp_path):
    refresh.main("--restamp")
    other = "https://example.invalid/elsewhere/other-name"
    config = CONFIG.read_text(encoding="utf-8").replace(ADDRESS, other)
    (tmp_path / "_config.yml").write_text(config)
    refresh.main("--restamp")
    text = book.read_text(encoding="utf-8")
    assert ADDRESS not in text
    assert text.count(other) == 1


def test_the_address_stands_nowhere_else():
    kinds = ("*.md", "*.py", "*.toml", "*.yml", "*.bib", "Makefile", "*.txt", "*.css")
    folders = ("", "book", "book/_ext", "book/_theme", "data", "notebooks/lab", "tools")
    tests = ("tests/book", "tests/lab", "tests/site", ".github/workflows", ".ci")
    holders = [
        path.relative_to(refresh.ROOT).as_posix()
        for folder in (*folders, *tests)
        for kind in kinds
        for path in refresh.ROOT.joinpath(folder).glob(kind)
        if path.name != "conf.py"  # which is written from _config.yml
        if ADDRESS in path.read_text(encoding="utf-8")
    ]
    assert holders == ["_config.yml"]
    for path in refresh.chapters():
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        holding = [cell for cell in cells if ADDRESS in "".join(cell["source"])]
        assert len(holding) == 1, path.stem


def test_first_cell_survives_a_round_trip_through_a_script():
    notebook = chapter("1 + 1")
    refresh.prepare(notebook)
    script = jupytext.writes(notebook, "py:percent")
    compile(script, "chapter.py", "exec")
    assert sources(jupytext.reads(script, "py:percent")) == sources(notebook)
