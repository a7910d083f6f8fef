"""Nothing of the sources is lost: each item has the cell that covers it."""

import tomllib
from pathlib import Path

import nbformat
import pytest
import refresh

ITEMS = tomllib.loads(Path(__file__).with_name("inventory.toml").read_text())


@pytest.mark.parametrize(
    ("chapter", "text"),
    [
        pytest.param(*place, id=f"{source}{item}")
        for source, items in ITEMS.items()
        for item, place in items.items()
    ],
)
def test_one_cell_covers_the_item(chapter, text):
    (path,) = refresh.chapters(chapter)
    cells = nbformat.read(path, as_version=4).cells
    assert sum(text in cell.source for cell in cells) == 1
