"""What the tests say at their end: what pages weigh, and which were not looked at.

It stands here and not in tests/site, because of the processes of a parallel run the one
that prints the end reads no folder below this one.
"""

import re
from collections import Counter


def pytest_terminal_summary(terminalreporter):
    """Print what each page weighs, and whether a browser was missing."""
    reports = terminalreporter.stats.get("passed", [])
    lines = [
        value
        for report in reports
        for name, value in report.user_properties
        if name == "page weight" and report.when == "call"
    ]
    if lines:
        terminalreporter.section("page weight, gzipped")
        for line in sorted(lines):
            terminalreporter.write_line(line)
    skipped = Counter(
        reason
        for report in terminalreporter.stats.get("skipped", [])
        for reason in re.findall(
            r"no \w+ (?:found; .*apt-get|in the built site; .*:|in _build/dist; run:)"
            r" [\w -]+",
            str(report.longrepr),
        )
    )
    for reason, number in skipped.items():
        terminalreporter.write_line(
            f"{number} tests of the built pages were skipped: {reason}", yellow=True
        )
