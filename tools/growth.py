"""Make books of more chapters and say what they cost: `make growth`.

A larger book is this one and copies of its chapters, numbered on from the last, with
their exercises. Of each book it measures the build, a build after nothing and one after
one sentence has changed, the checks of tests/book on every chapter, and the most memory
that one of these took. Seconds are the processor's, so that what else a machine does
hardly counts; on an idle one a build waits for nothing else. No chapter is executed:
that costs each chapter its own run time, which the status page shows, whatever stands
beside it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import refresh
from rich.console import Console
from rich.table import Table

SIZES = 13, 30, 90
# What a build and the checks read.
PARTS = ["_config.yml", "_toc.yml", "conftest.py", "pyproject.toml", "requirements.txt"]
FOLDERS = "book", "data", "notebooks", "tests", "tools"
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
CHECKS = "-m pytest -p no:cacheprovider --numprocesses 0 tests/book/test_chapters.py"
# Libraries' threads that wait for one another would be measured, too.
ENV = os.environ | refresh.ONE_THREAD | {"PYTHONPATH": "book/_ext"}


# --- text, pure -----------------------------------------------------------------------


def renumbered(text, old, new):
    """Return a text in which the exercises of chapter ``old`` are those of ``new``."""
    return re.sub(rf'"{old}\.(\d+)"', rf'"{new}.\1"', text)


def copied(notebook, old, new):
    """Return a chapter's notebook with another number: its title, its exercises."""
    copy = json.loads(json.dumps(notebook))
    head = copy["cells"][0]["source"]
    head[0] = re.sub(rf"^# {old}\b", f"# {new}", head[0])
    for cell in copy["cells"]:
        if "exercise" in cell["metadata"].get("book", {}):
            cell["metadata"]["book"]["exercise"] = re.sub(
                rf"^{old}\.", f"{new}.", cell["metadata"]["book"]["exercise"]
            )
            cell["source"] = [renumbered(line, old, new) for line in cell["source"]]
    return copy


def copies(stems, size):
    """Pair each further chapter's number with the stem that it copies.

    >>> copies(["01-a", "02-b"], 5)
    [(3, '01-a'), (4, '02-b'), (5, '01-a')]
    """
    numbers = range(len(stems) + 1, size + 1)
    return [(number, stems[(number - 1) % len(stems)]) for number in numbers]


def name_of(stem, number):
    """Return the stem of a chapter's copy.

    >>> name_of("03-padding-and-stride", 16)
    '16-padding-and-stride'
    """
    return f"{number:02}-{stem.partition('-')[2]}"


def with_lines(text, last, lines):
    """Return a text with further lines after the one that holds ``last``."""
    head, line, rest = re.split(rf"^(.*{re.escape(last)}.*\n)", text, flags=re.M)
    return head + line + "".join(lines) + rest


def with_notes(text, further):
    r"""Return the page for teachers with lines for the copies' exercises.

    >>> with_notes("1.1 | 5 | sees it\n", [(14, "01-a")])
    '1.1 | 5 | sees it\n14.1 | 5 | sees it\n'
    """
    notes = re.findall(r"^\d+\.\d+ \| .*\n", text, re.M)
    lines = [
        f"{number}{line.removeprefix(str(int(stem[:2])))}"
        for number, stem in further
        for line in notes
        if line.startswith(f"{int(stem[:2])}.")
    ]
    return text.replace(notes[-1], notes[-1] + "".join(lines))


# --- books ----------------------------------------------------------------------------


def make_book(folder, size):
    """Write a book of so many chapters into a folder."""
    for name in PARTS:
        shutil.copy(refresh.ROOT / name, folder)
    for name in FOLDERS:
        shutil.copytree(refresh.ROOT / name, folder / name, ignore=LEFT_OUT)
    stems = [path.stem for path in refresh.chapters()]
    further = copies(stems, size)
    for number, stem in further:
        copy_chapter(folder / "notebooks", stem, number)
    names = [name_of(stem, number) for number, stem in further]
    insert(folder / "_toc.yml", stems[-1], "      - file: notebooks/{}\n", names)
    insert(folder / "book" / "index.md", stems[-1] + " |", "{} | A | Copy.\n", names)
    teaching = folder / "book" / "teaching.md"
    text = teaching.read_text(encoding="utf-8")
    teaching.write_text(with_notes(text, further), encoding="utf-8")


def copy_chapter(notebooks, stem, number):
    """Write a chapter and its exercises again, under another number."""
    old, new = int(stem[:2]), name_of(stem, number)
    notebook = json.loads((notebooks / f"{stem}.ipynb").read_text(encoding="utf-8"))
    copy = json.dumps(copied(notebook, old, number), ensure_ascii=False, indent=1)
    (notebooks / f"{new}.ipynb").write_text(copy + "\n", encoding="utf-8")
    exercises = notebooks / "lab" / "exercises"
    told = (exercises / f"chapter{old:02}.py").read_text(encoding="utf-8")
    told = renumbered(told, old, number)
    (exercises / f"chapter{number:02}.py").write_text(told, encoding="utf-8")


def insert(path, last, form, names):
    """Write a line for each name into a file, after the one of the last chapter."""
    text = path.read_text(encoding="utf-8")
    text = with_lines(text, last, [form.format(name) for name in names])
    path.write_text(text, encoding="utf-8")


def change(folder):
    """Change a sentence of a chapter in the middle, as an author would."""
    paths = sorted((folder / "notebooks").glob("*.ipynb"))
    path = paths[len(paths) // 2]
    notebook = json.loads(path.read_text(encoding="utf-8"))
    last = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"][-1]
    last["source"] = [*last["source"], "\n\nA sentence more."]
    path.write_text(json.dumps(notebook), encoding="utf-8")


# --- measures -------------------------------------------------------------------------


def cost(command, folder):
    """Run a command; return its seconds and the most memory it took, in MB."""
    with tempfile.TemporaryFile("w+") as said:
        run = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, env=ENV)
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        if run.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(map(str, command))} failed:\n{said.read()[-3000:]}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(size, build):
    """Make a book; return what it costs, by the heads of the table."""
    checks = [sys.executable, *CHECKS.split(), "--override-ini", "filterwarnings="]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        make_book(folder, size)
        whole, peak = cost(build, folder)
        nothing, peak_of_nothing = cost(build, folder)
        change(folder)
        change_of_one, peak_of_change = cost(build, folder)
        checked, peak_of_checks = cost(checks, folder)
    peaks = max(peak, peak_of_nothing, peak_of_change), peak_of_checks
    return whole, whole / size, nothing, change_of_one, checked / size, *peaks


HEADS = {
    "build": 1,
    "a chapter": 2,
    "nothing changed": 1,
    "one sentence changed": 1,
    "checks, a chapter": 2,
    "MB, build": 0,
    "MB, checks": 0,
}


def main(*build):
    """Print what books of more and more chapters cost."""
    # Each book is built in its own folder, by the programs of this one.
    build = [str(Path(w).absolute()) if Path(w).is_file() else w for w in build]
    table = Table("chapters", *HEADS, title="What larger books cost, s")
    for size in SIZES:
        numbers = measure(size, build)
        print(f"{size} chapters: measured", flush=True)
        shown = (f"{n:.{digits}f}" for n, digits in zip(numbers, HEADS.values()))
        table.add_row(str(size), *shown)
    Console().print(table)


if __name__ == "__main__":
    main(*sys.argv[1:])
