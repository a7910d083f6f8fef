"""What README and "How to use this book" promise is so."""

import re
import tomllib

import pytest
import refresh
import yaml

README = refresh.ROOT / "README.md"
CONTRIBUTING = refresh.ROOT / "CONTRIBUTING.md"
HOW_TO_USE = refresh.ROOT / "book" / "how-to-use.md"
PAGES = pytest.mark.parametrize(
    "page", [README, CONTRIBUTING, HOW_TO_USE], ids=lambda path: path.stem
)


@PAGES
def test_named_targets_exist(page):
    makefile = (refresh.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.M))
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"(?:^|`)make ([a-z-]+)", text, re.M)
    assert named
    assert set(named) <= targets


def test_both_pages_name_the_same_systems():
    sentences = [
        set(re.findall(r"Linux|macOS[^.]*\.|WSL", page.read_text(encoding="utf-8")))
        for page in (README, HOW_TO_USE)
    ]
    flat = [{" ".join(text.split()) for text in found} for found in sentences]
    assert flat[0] == flat[1]


def test_the_citation_is_of_this_version_and_this_address():
    cited = yaml.safe_load((refresh.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((refresh.ROOT / "pyproject.toml").read_text())["project"]
    config = yaml.safe_load((refresh.ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert cited["version"] == project["version"]
    assert cited["repository-code"] == config["repository"]["url"]
    assert cited["title"] == config["title"]
    changes = (refresh.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+),", changes, re.M)[1] == project["version"]


def test_files_named_in_the_pages_for_contributors_exist():
    text = "".join(page.read_text(encoding="utf-8") for page in (README, CONTRIBUTING))
    named = re.findall(r"`((?:book|data|notebooks|tests|tools)/[\w/.-]*)`", text)
    to_come = re.compile("14|NAME")
    assert len(named) > 10
    for path in named:
        assert to_come.search(path) or (refresh.ROOT / path).exists(), path
