"""What the tests say at their end: what pages weigh, and which were not looked at.

It stands here and not in tests/site, because of the processes of a parallel run the one
that prints the end reads no folder below this one.
"""


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
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if "no Chromium found" in str(report.longrepr)  # as tests/site says it
    ]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} tests of the built pages were skipped, because there is "
            "no Chromium or Chrome. To run them (Debian, Ubuntu): "
            "apt-get install chromium",
            yellow=True,
        )
