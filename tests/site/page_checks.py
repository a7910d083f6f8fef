"""What a page of the site must hold to, as two functions that list its problems.

``link_problems`` reads the page's file; ``page_problems`` opens it in Chromium. Each
returns sentences, and an empty list for a good page, so that the same functions judge
the book's pages and the broken pages that prove them able to fail.
"""

import functools
import gzip
import http.server
import shutil
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from bs4 import BeautifulSoup
from playwright.sync_api import Error, TimeoutError, sync_playwright

# No name is looked up: what asks another host fails at once, and is seen asking.
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-software-rasterizer",
    "--disable-sync",
    "--in-process-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
NAMES_OF_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}

# Formulas that are not MathML of some size. What lies in a closed fold has none yet.
UNDRAWN = """() => [...document.querySelectorAll('.math, math')].filter(formula => {
    const box = (formula.querySelector('math') ?? formula.closest('math'))
        ?.getBoundingClientRect();
    return formula.checkVisibility() && !(box?.width && box?.height);
}).length"""
PICTURES_READY = """() => {
    const pictures = [...document.images];
    pictures.forEach(picture => { picture.loading = 'eager'; });
    return Promise.all(pictures.map(picture => picture.decode().catch(() => null)));
}"""
BROKEN_PICTURES = """() => [...document.images]
    .filter(picture => picture.naturalWidth === 0)
    .map(picture => picture.getAttribute('src'))"""
# Text in the page, code left out, that looks like TeX.
STRAY_TEX = r"""() => {
    const copy = document.body.cloneNode(true);
    copy.querySelectorAll('pre, code, script, style, math, .math')
        .forEach(node => node.remove());
    return (copy.textContent.match(/\$\$|\\\(|\\\[|\\frac|\\lfloor/g) || []);
}"""
OVERFLOW = """() => {
    const root = document.documentElement;
    return Math.max(root.scrollWidth, document.body.scrollWidth) - window.innerWidth;
}"""
# The size at which each text of a drawing comes out, in CSS pixels.
DRAWN_TEXT = """() => [...document.querySelectorAll('figure svg text')].map(text => {
    const scale = text.getScreenCTM(), style = getComputedStyle(text);
    return [text.closest('figure').id || 'a figure', text.textContent,
        parseFloat(style.fontSize) * Math.hypot(scale.a, scale.b)];
})"""
READABLE = 9
# Formulas whose full stop or comma stands alone at the beginning of the next line.
LEFT_BEHIND = """() => [...document.querySelectorAll('span.math')].filter(formula => {
    const after = formula.nextSibling;
    if (!/^[.,;:)?!”]/.test(after?.data ?? '')) return false;
    const range = document.createRange();
    range.setStart(after, 0);
    range.setEnd(after, 1);
    const [stop] = range.getClientRects(), line = [...formula.getClientRects()].at(-1);
    return stop && line && stop.top > line.bottom - line.height / 5;
}).map(formula => formula.textContent)"""
OPEN_FOLDS = """() => document.querySelectorAll('details')
    .forEach(fold => { fold.open = true; })"""
WATCH_SHIFTS = """window.__shift = 0;
new PerformanceObserver(list => {
    for (const entry of list.getEntries())
        if (!entry.hadRecentInput) window.__shift += entry.value;
}).observe({type: 'layout-shift', buffered: true});"""
# A chapter holds thousands of coloured words of code and a copy button for each cell.
# Look at one or a few of each kind.
ONE_OF_A_KIND = """() => {
    const seen = new Set();
    for (const token of document.querySelectorAll('pre span[class]')) {
        const place = token.closest('[class*="cell_"], [class*="output"], .highlight');
        const kind = `${place?.className} ${token.className}`;
        if (seen.has(kind)) token.replaceWith(...token.childNodes);
        seen.add(kind);
    }
    const buttons = [...document.querySelectorAll('button.copy')];
    buttons.slice(2).forEach(node => node.remove());
}"""
AXE = """rules => axe.run(document, {
    resultTypes: ['violations'],
    preload: false,
    ...(rules ? {runOnly: rules} : {}),
}).then(results => results.violations.map(violation => violation.id + ': ' +
    violation.nodes.slice(0, 3).map(node => node.target.join(' ')).join(' | ')))"""
# What colours and width can change.
AXE_AGAIN = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]


def find_chromium():
    """Return the path of an installed Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES_OF_CHROMIUM)), None)


# --- serving and opening


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and does not talk about it."""

    def log_message(self, *args):
        pass


@contextmanager
def served(folder, handler=Quiet):
    """Serve a folder on a free loopback port; yield its address."""
    handler = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def chromium(path):
    """Start Chromium; yield a browser context that several pages may share."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        try:
            context = browser.new_context(
                viewport=DESKTOP, color_scheme="light", reduced_motion="reduce"
            )
            context.add_init_script(WATCH_SHIFTS)
            yield context
        finally:
            browser.close()


# --- in Chromium


def page_problems(context, url, *, figures=None):
    """Open a page as on a desktop and as on a phone; list what is wrong.

    Parameters
    ----------
    context : playwright.sync_api.BrowserContext
        From ``chromium``.
    url : str
        The page's address on a loopback server.
    figures : dict, optional
        Receives ``requests`` (the addresses asked for) and ``shift`` (how much the
        page jumped while it loaded; Google's "good" is below 0.1).

    Returns
    -------
    list of str
        One sentence a problem; empty for a good page.
    """
    # One page for all visits: a new one would compile every script anew.
    page = context.pages[0] if context.pages else context.new_page()
    page.goto("about:blank")
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    found, asked = [], []
    watching = watch(page, url, found, asked)
    try:
        page.goto(url, wait_until="load")
        page.evaluate(PICTURES_READY)
        found += [
            f"picture does not load: {src}" for src in page.evaluate(BROKEN_PICTURES)
        ]
        if figures is not None:
            shift, before = page.evaluate("window.__shift"), len(asked)
            visit_without_cache(context, page, url)
            figures.update(requests=asked[before:], shift=shift)
        page.evaluate(OPEN_FOLDS)
        found += maths_problems(page)
        page.evaluate(ONE_OF_A_KIND)
        page.evaluate(AXE_SCRIPT)
        found += overflow_problems(page)
        found += [f"axe, light, desktop: {text}" for text in page.evaluate(AXE)]
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark")
        settle(page)
        found += overflow_problems(page) + small_text_problems(page)
        found += [
            f"a line begins with what ends {formula}"
            for formula in page.evaluate(LEFT_BEHIND)
        ]
        found += [f"axe, dark, phone: {text}" for text in page.evaluate(AXE, AXE_AGAIN)]
    except Error as error:
        found.append(f"the page cannot be checked: {error.message.splitlines()[0]}")
    finally:
        for event, listener in watching.items():
            page.remove_listener(event, listener)
    return list(dict.fromkeys(found))


def visit_without_cache(context, page, url):
    """Open a page as on a first visit.

    With a cache Chromium also asks it for the fonts of pages that were open before.
    """
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto("about:blank")
    page.goto(url, wait_until="load")
    page.evaluate(PICTURES_READY)
    network.detach()


def watch(page, url, found, asked):
    """Note requests to other hosts, failed ones, and errors on the console.

    Returns what listens, by the name of the event.
    """
    home = urlsplit(url).netloc

    def on_request(request):
        where = urlsplit(request.url)
        asked.append(request.url)
        if where.scheme not in ("data", "blob", "about") and where.netloc != home:
            found.append(f"asks another host: {request.url}")

    def on_response(response):
        if response.status >= 400:
            found.append(f"answered {response.status}: {response.url}")

    def on_console(message):
        if message.type == "error":
            found.append(f"console error: {message.text}")

    def on_error(error):
        found.append(f"script error: {error}")

    watching = {
        "request": on_request,
        "response": on_response,
        "console": on_console,
        "pageerror": on_error,
    }
    for event, listener in watching.items():
        page.on(event, listener)
    return watching


def maths_problems(page):
    """List formulas that were not drawn, or drawn as an error."""
    found = []
    if undrawn := page.evaluate(UNDRAWN):
        found.append(f"maths not drawn: {undrawn} formulas")
    if page.locator("merror").count():
        found.append("maths drawn as an error")
    stray = page.evaluate(STRAY_TEX)
    if stray:
        found.append(f"TeX shown as text: {' '.join(sorted(set(stray)))}")
    return found


def overflow_problems(page):
    """Say so if the page is wider than the window."""
    extra, width = page.evaluate(OVERFLOW), page.viewport_size["width"]
    return [f"{extra} px too wide at {width} px"] if extra > 0 else []


def small_text_problems(page):
    """List figures with text smaller than can be read, as the page stands now."""
    smallest = {}
    for figure, text, size in page.evaluate(DRAWN_TEXT):
        if size < min(READABLE - 0.05, smallest.get(figure, (READABLE,))[0]):
            smallest[figure] = size, text
    return [
        f"{figure}: text of {size:.1f} px, {text!r}"
        for figure, (size, text) in smallest.items()
    ]


def settle(page):
    """Wait until the theme, if there is one, has followed colour scheme and width."""
    if not page.evaluate("() => 'theme' in document.documentElement.dataset"):
        return
    with suppress(TimeoutError):
        page.wait_for_function(
            "() => document.documentElement.dataset.theme === 'dark'", timeout=1000
        )
    # What the keyboard can scroll is updated 300 ms after a change of width.
    page.wait_for_timeout(350)


@functools.cache
def size_on_the_wire(path):
    """Return a file's size in bytes as a server would send it, compressed or not."""
    content = Path(path).read_bytes()
    packed = Path(path).suffix in {".png", ".jpg", ".woff", ".woff2", ".gz"}
    return len(content) if packed else len(gzip.compress(content, 6))


def weight(site, requests):
    """Add up what a visit costs, in KB: ``(the page and its tools, its pictures)``."""
    sums = {"tools": 0, "pictures": 0}
    for path in {unquote(urlsplit(address).path).lstrip("/") for address in requests}:
        if Path(site, path).is_file():
            kind = "pictures" if path.startswith("_images/") else "tools"
            sums[kind] += size_on_the_wire(Path(site, path)) / 1000
    return sums["tools"], sums["pictures"]


# --- in the page's file


@functools.cache
def parsed(path):
    """Return a page as a tree."""
    return BeautifulSoup(Path(path).read_bytes(), "lxml")


@functools.cache
def anchors(path):
    """Return the places in a page that a link can lead to."""
    return {tag["id"] for tag in parsed(path).find_all(id=True)}


def link_problems(site, name):
    """List the links and pictures of a page that lead nowhere, or to one of two places.

    Parameters
    ----------
    site : pathlib.Path
        The folder of the built site.
    name : str
        The page's path in it.
    """
    found = []
    for tag in parsed(site / name).find_all(["a", "link", "script", "img", "source"]):
        target = tag.get("href") or tag.get("src")
        told = tag.find_parent(attrs={"role": "img"}) or tag
        alt = told.get("aria-label" if told is not tag else "alt", "")
        unheard = tag.find_parent(attrs={"aria-hidden": "true"})
        if tag.name == "img" and not alt.strip() and not unheard:
            found.append(f"picture without alt text: {target}")
        if not target or target.startswith(("data:", "mailto:", "javascript:")):
            continue
        if urlsplit(target).scheme or target.startswith("//"):
            if tag.name != "a" and tag.get("rel") != ["canonical"]:
                found.append(f"loaded from another host: {target}")
            continue
        found += target_problems(site, name, target)
    ids = Counter(tag["id"] for tag in parsed(site / name).find_all(id=True))
    return found + [f"{ids[one]} places named {one}" for one in ids if ids[one] > 1]


def target_problems(site, name, target):
    """Say what is wrong with one relative address, in a list."""
    path, fragment = urldefrag(urljoin(f"/{name}", target))
    file = site / unquote(urlsplit(path).path).lstrip("/")
    if file.is_dir():
        file /= "index.html"
    if not file.is_file():
        return [f"leads nowhere: {target}"]
    if fragment and file.suffix == ".html" and unquote(fragment) not in anchors(file):
        return [f"no such place on the page: {target}"]
    return []
