"""Firefox and WebKit, for what a reader does in any browser.

Both take WebDriver's commands: Firefox at its own door (Marionette, JSON on a socket),
WebKit through Debian's WebKitWebDriver (JSON over HTTP); so neither needs a library.
Chromium has the whole test, in ``page_checks``.

A page is shown in a frame, because no window of theirs gets as narrow as a phone, and
served with a watcher at its head, because WebDriver hears neither the errors of a
page's scripts nor what it asks of other hosts.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import page_checks

# Of each engine the programs of which one is needed, and Debian's packages.
PROGRAMS = {"firefox": ("firefox-esr", "firefox"), "webkit": ("WebKitWebDriver",)}
PACKAGES = {"firefox": "firefox-esr", "webkit": "webkit2gtk-driver xvfb"}
FIREFOX_SETTINGS = """
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("marionette.port", 0);
user_pref("ui.prefersReducedMotion", 1);
"""
# As root, which CI is, WebKit's sandbox cannot start; the pages are the book's own.
WEBKIT_SETTINGS = {
    "LIBGL_ALWAYS_SOFTWARE": "1",
    "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
    "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
}
# WebDriver's commands, and Marionette's names for them.
MARIONETTE = {
    "url": "WebDriver:Navigate",
    "frame": "WebDriver:SwitchToFrame",
    "execute/sync": "WebDriver:ExecuteScript",
    "actions": "WebDriver:PerformActions",
    "window/rect": "WebDriver:SetWindowRect",
    "screenshot": "WebDriver:TakeScreenshot",
}
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "ArrowRight": "\ue014"}
WINDOW = {"width": 1400, "height": 1000}
PATIENCE = 60  # seconds for an engine to start, or to answer

# What lies on another host is refused by the engine, and the page hears of it.
POLICY = "default-src 'self' 'unsafe-inline' data: blob:"
WATCHER = b"""<script>window.__problems = [];
addEventListener("error", event => __problems.push(event.message
    ? "script error: " + event.message
    : "does not load: " + (event.target.src || event.target.href)), true);
addEventListener("unhandledrejection", event =>
    __problems.push("script error: " + event.reason));
addEventListener("securitypolicyviolation", event =>
    __problems.push("asks another host: " + event.blockedURI));
</script>"""
FRAME = """<!DOCTYPE html><title>A page in a frame</title><body style="margin: 0">
<iframe src="{page}" width="{width}" height="{height}" style="border: 0"></iframe>"""


class Watched(page_checks.Quiet):
    """Serves pages with a watcher at their head, and in a frame of any size."""

    def do_GET(self):
        address = urlsplit(self.path)
        file = Path(self.translate_path(self.path))
        if address.path == "/frame":
            query = {name: value for name, (value,) in parse_qs(address.query).items()}
            self.answer(FRAME.format(**query).encode())
        elif file.suffix == ".html" and file.is_file():
            page = file.read_bytes()
            self.answer(page.replace(b"<head>", b"<head>" + WATCHER, 1))
        else:
            super().do_GET()

    def answer(self, page):
        """Answer with a page that may ask no other host."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(page)


class Engine:
    """A browser that takes WebDriver's commands.

    Parameters
    ----------
    send : callable
        Takes a command and its parameters; returns the answer.
    """

    def __init__(self, send):
        self.send = send
        send("window/rect", WINDOW)

    def open(self, address, page, size=page_checks.DESKTOP):
        """Show a page of a ``Watched`` server in a frame of that size."""
        width, height = size["width"], size["height"]
        self.send("frame", {"id": None})
        frame = f"{address}/frame?page=/{quote(page)}&width={width}&height={height}"
        self.send("url", {"url": frame})
        self.send("frame", {"id": 0})

    def evaluate(self, function, *arguments):
        """Return what a JavaScript function returns, or promises, in the page."""
        script = f"return ({function})(...arguments)"
        return self.send("execute/sync", {"script": script, "args": arguments})

    def press(self, *names):
        """Press keys, one after the other: those of KEYS, or a letter."""
        strokes = [
            {"type": kind, "value": KEYS.get(name, name)}
            for name in names
            for kind in ("keyDown", "keyUp")
        ]
        hand = {"type": "key", "id": "keyboard", "actions": strokes}
        self.send("actions", {"actions": [hand]})

    def screenshot(self, path):
        """Store a picture of the window."""
        self.send("frame", {"id": None})
        Path(path).write_bytes(base64.b64decode(self.send("screenshot", {})))
        self.send("frame", {"id": 0})


def find_engine(name):
    """Return the path of an installed engine or of its driver, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS[name])), None)


@contextmanager
def started(name):
    """Start an engine that is installed; yield it."""
    with {"firefox": firefox, "webkit": webkit}[name](find_engine(name)) as send:
        yield Engine(send)


# --- judging

SEEN = """async () => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const found = [...window.__problems];
    all('details').forEach(fold => { fold.open = true; });
    all('img').forEach(picture => { picture.loading = 'eager'; });
    await Promise.all([document.fonts.ready,
        ...all('img').map(picture => picture.decode().catch(() => null))]);
    const blank = (node) => {
        const box = node.getBoundingClientRect();
        return box.width === 0 || box.height === 0;
    };
    const root = document.documentElement;
    const extra = Math.max(root.scrollWidth, document.body.scrollWidth) - innerWidth;
    if (extra > 0) found.push(`${extra} px too wide at ${innerWidth} px`);
    for (const picture of all('img'))
        if (!picture.naturalWidth) found.push(`picture does not load: ${picture.src}`);
    for (const formula of all('.math, math'))
        if (!(formula.querySelector('math') ?? formula.closest('math')) ||
                blank(formula) || formula.querySelector('merror'))
            found.push(`formula not drawn: ${formula.textContent.trim()}`);
    for (const text of all('figure svg text'))
        if (text.textContent.trim() && blank(text))
            found.push(`text of a figure not drawn: ${text.textContent}`);
    return found;
}"""
FOCUS = """() => {
    const node = document.activeElement, style = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    return {
        what: `${node.tagName.toLowerCase()} ${node.textContent.trim().slice(0, 40)}`,
        outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        inside: box.bottom > 0 && box.top < innerHeight &&
            box.right > 0 && box.left < innerWidth,
    };
}"""
GO_TO = "selector => document.querySelector(selector).focus()"
OPEN = "() => document.activeElement.closest('details').open"
COLOURS = """() => {
    const {backgroundColor, color} = getComputedStyle(document.documentElement);
    return [document.documentElement.dataset.theme, backgroundColor, color];
}"""


def page_problems(engine, address, page):
    """List what is wrong with a page as an engine shows it, wide and narrow."""
    found = []
    for size in page_checks.DESKTOP, page_checks.PHONE:
        engine.open(address, page, size)
        found += focus_problems(engine)
        found += engine.evaluate(SEEN)
    return list(dict.fromkeys(found))


def focus_problems(engine, stops=5):
    """List the first tab stops whose focus cannot be seen."""
    found = []
    for _ in range(stops):
        engine.press("Tab")
        focus = engine.evaluate(FOCUS)
        if not focus["outlined"]:
            found.append(f"focus without an outline: {focus['what']}")
        if not focus["inside"]:
            found.append(f"focus out of sight: {focus['what']}")
    return found


def fold_problems(engine):
    """List what is wrong when the first fold of a page is used by keyboard."""
    engine.press("Tab")
    engine.evaluate(GO_TO, "article summary")
    focus = engine.evaluate(FOCUS)
    found = [
        f"{focus['what']}: not {quality}"
        for quality in ("outlined", "inside")
        if not focus[quality]
    ]
    for wanted in True, False:
        engine.press("Enter")
        if engine.evaluate(OPEN) != wanted:
            found.append(
                f"{focus['what']}: Enter does not {'open' * wanted or 'close'}"
            )
    return found


def theme_problems(engine):
    """List what is wrong when the colours are switched by keyboard, and back."""
    seen = [engine.evaluate(COLOURS)]
    engine.evaluate(GO_TO, ".theme-button")
    for _ in range(2):
        engine.press("Enter")
        seen.append(engine.evaluate(COLOURS))
    found = []
    if any(before == after for before, after in zip(seen[0], seen[1])):
        found.append(f"the colours stay {seen[0]}")
    if seen[2] != seen[0]:
        found.append(f"the colours do not come back: {seen}")
    return found


# --- starting


@contextmanager
def running(*command, **options):
    """Run a program until the block ends."""
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **{**silent, **options}) as process:
        try:
            yield process
        finally:
            process.terminate()


def when_ready(act):
    """Return what ``act`` returns, as soon as it no longer raises OSError."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def firefox(path):
    """Start Firefox; yield what sends it a command."""
    with tempfile.TemporaryDirectory() as profile:
        Path(profile, "user.js").write_text(FIREFOX_SETTINGS)
        port = Path(profile, "MarionetteActivePort")
        options = ["--headless", "--marionette", "--no-remote", "--profile", profile]
        with (
            running(path, *options),
            when_ready(lambda: dial(int(port.read_text() or 0))) as line,
            line.makefile("rb") as answers,
        ):
            hear(answers)  # its greeting

            def send(command, parameters):
                name = MARIONETTE.get(command, command)
                message = json.dumps([0, 0, name, parameters]).encode()
                line.sendall(b"%d:%s" % (len(message), message))
                _, _, error, answer = hear(answers)
                if error:
                    raise RuntimeError(f"{name}: {error['message']}")
                return answer.get("value")

            send("WebDriver:NewSession", {})
            yield send


def dial(port):
    """Return a connection to a port of this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def hear(answers):
    """Read one of Marionette's messages: its length, a colon and JSON."""
    length = b""
    while (character := answers.read(1)) != b":":
        length += character
    return json.loads(answers.read(int(length)))


@contextmanager
def webkit(path):
    """Start WebKit's driver, on a screen of its own; yield what sends it a command."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with screen() as display:
        environment = {**os.environ, **WEBKIT_SETTINGS, "DISPLAY": display}
        with running(path, f"--port={port}", env=environment):
            when_ready(lambda: dial(port)).close()

            def send(command, parameters, at=f"http://127.0.0.1:{port}/session"):
                get = command == "screenshot"
                data = None if get else json.dumps(parameters).encode()
                request = urllib.request.Request(f"{at}/{command}".rstrip("/"), data)
                try:
                    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                        return json.load(answer)["value"]
                except urllib.error.HTTPError as error:
                    message = json.load(error)["value"]["message"]
                    raise RuntimeError(f"{command}: {message}") from None

            session = send("", {"capabilities": {}})["sessionId"]
            at = f"http://127.0.0.1:{port}/session/{session}"
            yield lambda command, parameters: send(command, parameters, at)


@contextmanager
def screen():
    """Start a screen that nobody sees; yield its name."""
    reading, writing = os.pipe()
    size = f"{WINDOW['width']}x{WINDOW['height']}x24"
    options = ["-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"]
    with running("Xvfb", *options, pass_fds=[writing]), os.fdopen(reading) as number:
        os.close(writing)
        yield f":{number.readline().strip()}"
