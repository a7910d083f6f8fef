"""How `make test` runs, and what it says at its end of each chapter."""

import os
from collections import Counter
from pathlib import Path

import hypothesis
import nbformat
import refresh

# `make test` draws the same examples on every run, so that what it says depends on the
# book alone. BOOK_HYPOTHESIS=search looks at random and longer, and prints how to
# repeat what it finds. Machines are noisy: no test depends on how long something takes.
PROFILES = {
    "book": {"derandomize": True, "database": None},
    "search": {"derandomize": False, "max_examples": 2000, "print_blob": True},
}
for name, profile in PROFILES.items():
    hypothesis.settings.register_profile(name, deadline=None, **profile)
hypothesis.settings.load_profile(os.environ.get("BOOK_HYPOTHESIS", "book"))

# Compares the pictures, which nbval leaves out.
pytest_plugins = ["book_nbval"]

ROOT = Path(__file__).parent
# Set for the workers, too, when VGG16's weights could not be had.
WITHOUT_VGG16 = "BOOK_TESTED_WITHOUT_VGG16"


def chapters_with_vgg16():
    """Return the chapters that load VGG16's weights."""
    return refresh.with_vgg16(refresh.chapters())


def pytest_configure(config):
    """Before the workers start, settle their threads and fetch VGG16's weights once."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if config.getoption("numprocesses", None):
        os.environ.update(refresh.ONE_THREAD)
    os.environ.pop(WITHOUT_VGG16, None)
    here = config.invocation_params.dir
    asked = [Path(here, arg.partition("::")[0]).resolve() for arg in config.args]
    needy = [*chapters_with_vgg16(), ROOT / "tests" / "lab" / "test_vgg16.py"]
    needed = any(path.is_relative_to(part) for path in needy for part in asked)
    if needed and not refresh.fetch_vgg16():
        os.environ[WITHOUT_VGG16] = "1"


def pytest_ignore_collect(collection_path):
    """Leave out the chapters whose weights cannot be had; the end says so, loudly."""
    if WITHOUT_VGG16 in os.environ and collection_path in chapters_with_vgg16():
        return True
    return None


def pytest_sessionfinish(session):
    """Fail a run that had to leave a chapter out, however well the rest went."""
    if WITHOUT_VGG16 in os.environ and session.exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter):
    """Print a line for each chapter that ran, and which could not be proved."""
    from from_notebooks import status_of

    if WITHOUT_VGG16 in os.environ:
        terminalreporter.section("NOT PROVED", sep="!", red=True, bold=True)
        for path in chapters_with_vgg16():
            terminalreporter.line(
                f"{path.stem}: not run, because VGG16's weights could not be had. "
                "The top of this run says why, and what to do.",
                red=True,
            )
    seconds = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            file, _, cell = getattr(report, "nodeid", "").partition("::")
            if file.endswith(".ipynb") and cell:
                seconds[file] += getattr(report, "duration", 0)
    if not seconds:
        return
    terminalreporter.section("chapters")
    for file in sorted(seconds):
        status = status_of(nbformat.read(terminalreporter.config.rootpath / file, 4))
        share = status["strict"] / status["cells"]
        terminalreporter.line(
            f"{Path(file).stem:32} {seconds[file]:6.1f} s   {status['strict']} of "
            f"{status['cells']} cells compared strictly ({share:.0%})"
        )
