"""Run the chapters strictly in some environment, and tell how each of them fared."""

import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import refresh
from rich.console import Console
from rich.table import Table

# What tells processors apart in the libraries that the chapters run on.
FEATURES = ("avx2", "avx512f", "avx512_vnni", "amx_tile", "asimd")
# After the interpreter: run notebooks by the chapters' rules, and by no others.
PYTEST = ["-m", "pytest", "--nbval", "-p", "book_nbval", "-p", "no:cacheprovider"]
PYTEST += ["-q", "-c", os.devnull, f"--rootdir={refresh.ROOT}"]


def run(python=sys.executable, settings=None, workers=None):
    """Run all chapters in fresh kernels and compare every output.

    Parameters
    ----------
    python : str or Path
        The interpreter of the environment to run in; it needs nbval and pytest-xdist.
    settings : dict of str to str
        Environment variables that the kernels see.
    workers : int
        Chapters side by side, each with one thread; by default as many as there are
        processors. With 1 a chapter has all threads to itself.

    Returns
    -------
    dict
        ``chapters``: for each number the cells that were run and those that failed;
        ``seconds``; ``said``: what the failures say, which a record need not keep.
    """
    workers = workers or os.cpu_count()
    threads = refresh.ONE_THREAD if workers > 1 else {}
    environment = os.environ | threads | (settings or {})
    environment["PYTHONPATH"] = str(refresh.ROOT / "tools")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        # The conftest at the root is for `make test`.
        options = [f"--confcutdir={refresh.NOTEBOOKS}", f"--junitxml={report}"]
        options += [f"--numprocesses={workers}", "--dist=loadscope"]
        options += ["--nbval-cell-timeout=600"]
        done = subprocess.run(
            [python, *PYTEST, *options, *longest_first()],
            env=environment,
            capture_output=True,
            text=True,
        )
        if not report.is_file():
            sys.exit(f"pytest could not run with {python}:\n{done.stdout}{done.stderr}")
        cases = list(ElementTree.parse(report).iter("testcase"))
    return counted(cases) | {"seconds": round(time.perf_counter() - start)}


def longest_first():
    """Return the chapters' paths, the slowest first, so that workers end together."""
    times = {
        path: nbformat.read(path, 4).metadata.get("book", {}).get("seconds", 0)
        for path in refresh.chapters()
    }
    return sorted(times, key=times.get, reverse=True)


def counted(cases):
    """Return the cells that were run and that failed, by chapter, and what was said."""
    chapters, said = {}, []
    for case in cases:
        number = re.search(r"(\d\d)-", case.get("classname") or case.get("name"))[1]
        cells, failed = chapters.get(number, (0, 0))
        problems = case.findall("failure") + case.findall("error")
        chapters[number] = (cells + 1, failed + bool(problems))
        said += [f"chapter {number}, {case.get('name')}\n{p.text}" for p in problems]
    return {"chapters": dict(sorted(chapters.items())), "said": said}


def processor():
    """Return this machine's processor, with those of its features that matter here."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.is_file() else ""
    name = re.search(r"^model name\s*: (.+)$", text, re.M)
    flags = re.search(r"^(?:flags|Features)\s*: (.+)$", text, re.M)
    has = [f for f in FEATURES if flags and f in flags[1].split()]
    return ", ".join([name[1].strip() if name else platform.processor(), *has])


def table(title, runs):
    """Print how each run fared, a column a chapter; return whether all cells agreed."""
    numbers = sorted({n for run in runs.values() for n in run.get("chapters", {})})
    drawn = Table(title=title, title_justify="left")
    drawn.add_column("run")
    for number in numbers:
        drawn.add_column(number.lstrip("0"), justify="right")
    drawn.add_column("time", justify="right")
    for name, run in runs.items():
        cells = [verdict(run.get("chapters", {}).get(n)) for n in numbers]
        drawn.add_row(name, *cells, f"{run['seconds']} s" if "seconds" in run else "")
    Console(width=max(80, Console().width)).print(drawn)
    for name, run in runs.items():
        for text in run.pop("said", []):
            print(f"\n--- {name}, {text}")
    return all(
        run.get("chapters")
        and not any(failed for _, failed in run["chapters"].values())
        for run in runs.values()
    )


def verdict(counts):
    """Return a table's cell: how many cells agree, or how many do not."""
    if counts is None:
        return "-"
    cells, failed = counts
    return f"{failed} differ" if failed else str(cells)
