"""What is read of a strict run, and of the machine it ran on."""

from xml.etree import ElementTree

import machines
import pytest
import strict
import versions

REPORT = """<testsuite>
<testcase classname="" name="notebooks/01-flatten.ipynb::Cell 0"/>
<testcase classname="notebooks.01-flatten.ipynb" name="Cell 1"/>
<testcase classname="notebooks.02-einops.ipynb" name="Cell 0">
  <failure message="differ">Cell outputs differ</failure></testcase>
<testcase classname="notebooks.02-einops.ipynb" name="Cell 1"/>
</testsuite>"""


def test_cells_are_counted_by_chapter_and_failures_kept():
    found = strict.counted(ElementTree.fromstring(REPORT).iter("testcase"))
    assert found["chapters"] == {"01": (2, 0), "02": (2, 1)}
    (said,) = found["said"]
    assert said == "chapter 02, Cell 0\nCell outputs differ"


@pytest.mark.parametrize(
    ("counts", "said"), [((40, 0), "40"), ((40, 2), "2 differ"), (None, "-")]
)
def test_verdict(counts, said):
    assert strict.verdict(counts) == said


def test_a_table_tells_whether_all_cells_agreed(capsys):
    good = {"chapters": {"01": (4, 0)}, "seconds": 3}
    bad = {"chapters": {"01": (4, 1)}, "seconds": 3, "said": ["chapter 01, Cell 2"]}
    assert strict.table("Runs", {"one": good}) is True
    assert strict.table("Runs", {"one": good, "two": bad}) is False
    assert "two, chapter 01, Cell 2" in capsys.readouterr().out
    assert "said" not in bad, "a record need not keep it"
    assert strict.table("Runs", {"one": {"chapters": {}, "seconds": 3}}) is False


def test_machines_differ_and_one_has_several_threads():
    known = machines.machines()
    settings = [str(settings) for settings, _ in known.values()]
    assert len(set(settings)) == len(settings) >= 4
    assert [workers for _, workers in known.values()].count(1) == 1


def test_constraints_say_what_they_are():
    titles = [versions.read(path) for path in sorted(versions.FOLDER.glob("*.txt"))]
    assert len(titles) >= 3
    for title, python in titles:
        assert title.rsplit(", ", 1)[1].count("-") == 2
        assert python in {"3.11", "3.12", "3.13"}


def test_a_constraints_file_without_its_head_is_named(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("keras==3.13.2\n")
    with pytest.raises(SystemExit, match=r"mine\.txt must begin with"):
        versions.read(path)


def test_a_missing_python_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(versions.MissingError, match=r"3\.4"):
        versions.find("3.4")
