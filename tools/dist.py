"""Make the copies of the book that need no server and no network: `make dist`.

From the built site, whose pages show the outputs that the tests compare, into
``_build/dist``: the site itself, which works from a folder; a PDF and an EPUB of all
its pages (``ebooks``); and the notebooks with what they import. All of them come into
their place together, and the next `make book` puts them on the cover, with their sizes.
"""

import os
import re
import shutil
import sys
import tomllib
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import copies
import ebooks
import onebook
import page_checks
import yaml
from onebook import ROOT

SITE = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "dist"
STEM = "convolution-cell-by-cell"
EPOCH = (1980, 1, 1, 0, 0, 0)  # so that the same files give the same archive
# On a page: a font's early loading, which fails in a folder, so that WebKit then does
# without the font; and the list of these copies on the cover.
NOT_IN_A_FOLDER = re.compile(
    r'<link rel="preload".*?>\n|<div class="take-it-with-you">.*?</div>', re.DOTALL
)
README = """\
The chapters of "{title}", as they were tested.

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt jupyterlab
    .venv/bin/jupyter lab notebooks

Python {python}. Chapter 12 fetches VGG16's weights (59 MB) once; nothing else needs the
network. Licences: LICENSE and data/README.md. The book, its tests and its site:
{address}
"""


def pack(path, files):
    """Write a zip whose files lie in one folder, named as it is.

    Parameters
    ----------
    path : pathlib.Path
    files : dict
        Texts, or paths to read, by the names they get.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{path.stem}/{name}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            if isinstance(content, Path):
                content = content.read_bytes()
            archive.writestr(entry, content)


def site_files(site):
    """Return the files of the built site as it works from a folder, by their names."""
    files = {
        path.relative_to(site).as_posix(): path
        for path in site.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    for name, path in files.items():
        if path.suffix == ".html":
            files[name] = NOT_IN_A_FOLDER.sub("", path.read_text(encoding="utf-8"))
    return {
        name: file for name, file in files.items() if not name.startswith("copies/")
    }


def notebook_files(title, address):
    """Return the files that the notebooks need, and how to run them, by their names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = project["project"]
    names = [name for name, _ in onebook.order() if name.startswith("notebooks/")]
    paths = [ROOT / f"{name}.ipynb" for name in names]
    paths += (ROOT / "notebooks" / "lab").rglob("*.py")
    paths += (ROOT / "book" / "_theme" / "explore").glob("*.js")
    paths += (ROOT / "data").glob("*.h5")
    paths += [
        ROOT / "LICENSE",
        ROOT / "data" / "README.md",
        ROOT / "data" / "SHA256SUMS",
    ]
    files = {path.relative_to(ROOT).as_posix(): path for path in paths}
    files["requirements.txt"] = "\n".join(project["dependencies"]) + "\n"
    files["README.txt"] = README.format(
        title=title, python=project["requires-python"], address=address
    )
    return files


def make(folder, context):
    """Make all copies in a folder."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    title, author = config["title"], config["author"]
    pack(folder / f"{STEM}-site.zip", site_files(SITE))
    files = notebook_files(title, config["repository"]["url"])
    pack(folder / f"{STEM}-notebooks.zip", files)
    pages = onebook.read(SITE)
    with TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        for page in pages:
            ebooks.hold_still(page, SITE, scratch, context)
        pdf, book = folder / f"{STEM}.pdf", folder / f"{STEM}.epub"
        ebooks.write_pdf(pages, title, SITE, pdf, scratch, context)
        ebooks.write_epub(pages, title, author, pages[0].address, SITE, book)


def main():
    """Make the copies, put them in place together, print their sizes."""
    path = page_checks.find_chromium()
    if path is None:
        sys.exit("make dist prints with Chromium; to have it: apt-get install chromium")
    made_of = copies.digest()
    with TemporaryDirectory(dir=TARGET.parent) as folder:
        folder = Path(folder)
        with page_checks.chromium(path) as context:
            make(folder, context)
        (folder / copies.DIGEST).write_text(made_of)
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.mkdir()
        for copy in sorted(folder.iterdir()):
            os.replace(copy, TARGET / copy.name)
    for copy in sorted(TARGET.glob(f"{STEM}*")):
        print(f"{copy.stat().st_size / 1e6:6.1f} MB  {copy.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
