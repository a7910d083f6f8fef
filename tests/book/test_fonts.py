"""The site's faces hold what the book is written in."""

from pathlib import Path

import pytest
import refresh
from fontTools.ttLib import TTFont

FOLDER = refresh.ROOT / "book" / "_theme" / "static" / "fonts"
# What a system's face has to give: the Japanese and Chinese of titles and names, the
# frames of Keras' summaries, the powers of ten of a scale, a letter of a name. And what
# the explorables set in the face of formulas: brackets that round, arrows, marks.
ELSEWHERE = set("Σ⌊⌋⌈⌉→↓✓○【】习化大学層最池深练習─━│┃┏┓└┘├┡┤┩┳┴┼╇⁻⁰⁴⁵⁷⁸⁹ć\n")


def texts():
    """Return all that chapters and pages say, outputs included."""
    found = set()
    for path in [*refresh.ROOT.glob("book/*.md"), *refresh.chapters()]:
        found |= set(Path(path).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("face", ["text", "text-italic", "code"])
def test_face_holds_every_character(face):
    held = set(map(chr, TTFont(FOLDER / f"{face}.woff2").getBestCmap()))
    assert texts() - held - ELSEWHERE == set()


def test_each_font_has_its_licence():
    licences = [path.read_text() for path in FOLDER.glob("OFL-*.txt")]
    assert len(licences) == 3
    assert all("SIL OPEN FONT LICENSE Version 1.1" in text for text in licences)
