"""Every chapter keeps the contract, and lab holds what the chapters gave birth to."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import contract
import nbformat
import numpy as np
import pytest
import refresh
import said
from PIL import Image

from lab import pictures

CHAPTERS = refresh.chapters()
BORN = re.compile(r"Born in chapter (\d+)\.")


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_contract(path, check):
    contract.insist(check(nbformat.read(path, as_version=4)))


def test_size(path):
    assert path.stat().st_size <= contract.MOST_BYTES


def test_the_imports_follow_colabs_cell(path):
    """On the site both are one fold, "Set-up"."""
    notebook = nbformat.read(path, as_version=4)
    contract.insist(contract.colab(notebook) or contract.imports(notebook))


def test_it_is_on_the_cover_and_in_the_contents(path):
    cover = (refresh.ROOT / "book" / "index.md").read_text(encoding="utf-8")
    contents = (refresh.ROOT / "_toc.yml").read_text(encoding="utf-8")
    contract.insist(contract.unlisted(path.stem, cover, contents))


def test_one_figure_opens_the_chapter(path):
    """The site shows it at the chapter's head, so no prediction may ask for it."""
    cells = contract.code_cells(nbformat.read(path, as_version=4))
    openers = [c for c in cells if c.metadata.get("book", {}).get("opener")]
    assert len(openers) == 1, (
        f'{len(openers)} figures have book={{"opener": true}}, and one must have it'
    )
    (opener,) = openers
    assert "caption" in said.descriptions(opener)
    assert not contract.hides(opener)


def born_functions():
    """Every function of lab that says where it was born, with its chapter's number."""
    for source in sorted((refresh.NOTEBOOKS / "lab").glob("*.py")):
        module = importlib.import_module(f"lab.{source.stem}".removesuffix(".__init__"))
        for name, function in inspect.getmembers(module, inspect.isfunction):
            found = BORN.search(function.__doc__ or "")
            if found and function.__module__ == module.__name__:
                yield pytest.param(source, name, found[1], id=f"{source.stem}.{name}")


@pytest.mark.parametrize(("source", "name", "chapter"), list(born_functions()))
def test_born_in_prose_equals_lab(source, name, chapter):
    (path,) = refresh.chapters(f"{int(chapter):02}")
    cells = contract.code_cells(nbformat.read(path, as_version=4))
    told = contract.functions(map(contract.syntax, cells))
    kept = contract.functions([ast.parse(source.read_text())])
    assert name in told, f"chapter {chapter} does not define {name}"
    assert kept[name] == told[name]


def test_cover_is_computed():
    drawn = np.asarray(pictures.cover_image().convert("RGB"), int)
    stored = Image.open(Path(refresh.ROOT, "book", "cover.png")).convert("RGB")
    # Another processor may round a value to the neighbouring colour.
    np.testing.assert_allclose(np.asarray(stored, int), drawn, atol=8)
