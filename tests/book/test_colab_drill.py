"""The chapters run in Colab: the drill in short, and proof that it can fail."""

import colab_drill
import nbformat
import pytest
import refresh
from nbformat.v4 import new_code_cell, new_notebook, new_output

CHAPTERS = refresh.chapters()
FIRST_CELLS = {
    path: colab_drill.first_cell(nbformat.read(path, as_version=4)) for path in CHAPTERS
}


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """Return the address at which git finds the book."""
    return colab_drill.serve(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def problems_of(there, tmp_path_factory):
    """Return a function from a first cell to its problems; each is run once."""
    known = {}

    def problems_of(source):
        if source not in known:
            colab = colab_drill.Colab(tmp_path_factory.mktemp("colab"), there)
            known[source] = colab_drill.first_cell_problems(source, colab)
        return known[source]

    return problems_of


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_first_cell_works_however_often_it_runs(path, problems_of):
    assert problems_of(FIRST_CELLS[path]) == []


@pytest.fixture
def colab(there, tmp_path):
    """Return a machine as Colab lends it, with network."""
    colab = colab_drill.Colab(tmp_path, there)
    colab.network(on=True)
    return colab


def test_a_whole_chapter_gives_its_outputs(colab):
    assert colab_drill.whole_problems(CHAPTERS[0], colab) == []


def test_the_former_first_cell_is_found_out(problems_of):
    address = refresh.address()
    (former,) = refresh.FORMER_COLAB_CELLS
    former = former.replace("ADDRESS", address).replace("FOLDER", "book")
    assert [problem.partition(",")[0] for problem in problems_of(former)] == [
        "without network",
        "run twice",
        "run twice",
        "run in another folder",
        "run in another folder",
        "run in another folder",
        "after a restart",
        "after a restart",
    ]


def test_a_cell_that_gives_something_else_is_found_out(colab, tmp_path):
    cells = [
        new_code_cell(refresh.colab_cell(), execution_count=1),
        new_code_cell(
            "from lab import shapes\nprint(shapes.__name__)",
            execution_count=2,
            outputs=[new_output("stream", name="stdout", text="lab.other\n")],
        ),
    ]
    stored = nbformat.read(CHAPTERS[0], as_version=4)
    notebook = new_notebook(cells=cells, metadata=stored.metadata)
    nbformat.write(notebook, tmp_path / "small.ipynb")
    (said,) = colab_drill.whole_problems(tmp_path / "small.ipynb", colab)
    assert "lab.shapes" in said
    assert "lab.other" in said
    assert "1 failed, 1 passed" in said
