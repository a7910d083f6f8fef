"""How `make test` runs, and what it says at its end of each chapter."""

from collections import Counter
from pathlib import Path

import hypothesis
import nbformat

# Machines are noisy: no test of this book depends on how long something takes.
hypothesis.settings.register_profile("book", deadline=None)
hypothesis.settings.load_profile("book")


def pytest_terminal_summary(terminalreporter):
    """Print a line for each chapter that ran."""
    from from_notebooks import status_of

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
