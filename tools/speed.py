"""How soon pages show their largest part to a newcomer on a slow line, in Chromium.

Prints a table: when the page begins to show, when its largest part does (a picture or a
paragraph of the first screen), and how much came over the line until it was complete.
The line takes 150 ms to answer and brings 200 kB a second; files come compressed, as
any host sends them. Times differ from run to run, so no test depends on them.
"""

import gzip
import os
import statistics
from pathlib import Path

import page_checks

SITE = Path(__file__).parents[1] / os.environ.get("BOOK_SITE", "_build/html")
NAMED = ["01", "03", "09"]  # chapters
RUNS = 3
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 200_000,
}
PACKED = {".css", ".html", ".js", ".json", ".svg"}
TIMES = """() => new Promise(done => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    const bytes = ['navigation', 'resource'].flatMap(
        kind => performance.getEntriesByType(kind));
    new PerformanceObserver(list => done([
        paint.startTime,
        list.getEntries().at(-1).startTime,
        bytes.reduce((sum, entry) => sum + entry.transferSize, 0) / 1000,
    ])).observe({type: 'largest-contentful-paint', buffered: true});
})"""


class Compressing(page_checks.Quiet):
    """Serves text compressed."""

    def do_GET(self):
        """Answer with a file, compressed if it is text."""
        path = Path(self.translate_path(self.path))
        if path.suffix not in PACKED or not path.is_file():
            super().do_GET()
            return
        content = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def visit(context, address):
    """Return a page's times in ms and its weight in KB, for one who comes first."""
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.send("Network.emulateNetworkConditions", SLOW)
    page.goto(address, wait_until="networkidle")
    times = page.evaluate(TIMES)
    page.close()
    return times


def main():
    """Print the table."""
    chapters = [next(SITE.glob(f"notebooks/{number}-*.html")) for number in NAMED]
    pages = [
        str(path.relative_to(SITE)) for path in [SITE / "book/index.html", *chapters]
    ]
    print(f"{'page':40} shows   largest   weight")
    with (
        page_checks.served(SITE, Compressing) as address,
        page_checks.chromium(page_checks.find_chromium()) as context,
    ):
        for page in pages:
            runs = [visit(context, f"{address}/{page}") for _ in range(RUNS)]
            first, largest, weight = map(statistics.median, zip(*runs))
            print(f"{page:40} {first:5.0f} ms {largest:5.0f} ms {weight:5.0f} KB")


if __name__ == "__main__":
    main()
