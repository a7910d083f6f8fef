"""Pages for the tests of explorables: elements in the theme's styles, nothing else."""

import html
import re
import shutil

import page_checks

from lab import explore

STATIC = explore.MODULES.parent / "static"
SHEET = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Sheet</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
{links}</head><body><main><h1>Explore</h1>{body}</main>
<script>{script}</script></body></html>"""


def write(folder, bodies, *names):
    """Write a page for each body, by its name; "sheet" alone has a script.

    Parameters
    ----------
    folder : pathlib.Path
    bodies : dict of str
    *names : str
        The explorables of that script.
    """
    styles = sorted(STATIC.glob("*.css"))
    for path in styles:
        shutil.copyfile(path, folder / path.name)
    shutil.copytree(STATIC / "fonts", folder / "fonts")
    links = "".join(f'<link rel="stylesheet" href="{path.name}">' for path in styles)
    for name, body in bodies.items():
        script = explore.script(*names) if name == "sheet" else ""
        text = SHEET.format(links=links, body=body, script=script)
        (folder / f"{name}.html").write_text(text, encoding="utf-8")


def opened(page, address):
    """Open a sheet in the page that all tests share, as on a desktop and in light."""
    page.problems.clear()
    page.set_viewport_size(page_checks.DESKTOP)
    page.emulate_media(color_scheme="light", media="screen")
    page.goto(f"{address}/sheet.html")


def module(*names):
    """Return the source of modules without what only a module may say."""
    source = "\n".join((explore.MODULES / f"{name}.js").read_text() for name in names)
    return re.sub(r"^export (?!default)|^import .*;$", "", source, flags=re.MULTILINE)


def outputs(*made):
    """Return explorables as a notebook gives them out, script and all."""
    return "".join(one._repr_mimebundle_()["text/html"] for one in made)


def frame(output):
    """Return a frame that holds an output and is allowed nothing but scripts."""
    page = f"<!DOCTYPE html><html lang=en><title>A frame</title>{output}"
    return (
        '<iframe title="A frame" sandbox="allow-scripts" '
        f'srcdoc="{html.escape(page)}"></iframe>'
    )
