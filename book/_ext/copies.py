"""The copies of the book that `make dist` makes, on the cover: ``{offline-copies}``.

They come from ``_build/dist`` into the site's folder ``copies``. Where none have been
made, or where the book has changed since, the directive says nothing.
"""

import hashlib
import html
import shutil
from pathlib import Path

from docutils import nodes
from from_notebooks import add_generator

ROOT = Path(__file__).parents[2]
FOLDER = "copies"
DIGEST = ".made-of"  # beside the copies: the digest of what they were made of
# What each is called, by the end of its name.
NAMES = {
    ".pdf": "a PDF for paper",
    ".epub": "an EPUB for a reading device",
    "-site.zip": "this site in a folder",
    "-notebooks.zip": "the notebooks with all that they import",
}


def digest(root=ROOT):
    """Return one sum of all files that the site and its copies are made of."""
    paths = [
        path for name in ("book", "notebooks") for path in (root / name).rglob("*")
    ]
    paths = [path for path in paths if path.is_file() and path.suffix != ".pyc"]
    total = hashlib.sha256()
    for path in sorted([*paths, root / "_config.yml", root / "_toc.yml"]):
        total.update(f"{path.relative_to(root)}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def up_to_date(folder, now):
    """Whether the copies in a folder were made of what has this digest."""
    noted = Path(folder, DIGEST)
    return noted.is_file() and noted.read_text() == now


def found(folder, now=None):
    """Return the copies in a folder, in the order of their names here.

    Parameters
    ----------
    folder : pathlib.Path
    now : str, optional
        The digest of what they should have been made of, else that of this book.

    Returns
    -------
    list of tuple
        Of each its path, what it is called and its size in megabytes; none where they
        were made of something else.
    """
    if not up_to_date(folder, now or digest()):
        return []
    return [
        (path, name, path.stat().st_size / 1e6)
        for ending, name in NAMES.items()
        for path in sorted(Path(folder).glob(f"[!.]*{ending}"))
    ]


def sentence(copies, root):
    """Return the sentence that leads to the copies, from ``root``, the site's."""
    links = [
        f'<a href="{root}{FOLDER}/{html.escape(path.name)}" download>{name}</a> '
        f"({size:.0f} MB)"
        for path, name, size in copies
    ]
    *first, last = links
    return (
        '<div class="take-it-with-you"><p>Or take it with you, where there is no '
        f"network: {', '.join(first)} or {last}.</p></div>"
    )


def look(app):
    """Find out once a build which copies there are."""
    app.book_copies = found(app.config.book_dist)


def offline_copies(app, docname, lines):
    """Write the sentence, if there are copies."""
    if not app.book_copies:
        return []
    root = "../" * docname.count("/")
    return [nodes.raw("", sentence(app.book_copies, root), format="html")]


def pages_to_write(app, env):
    """Name the cover if the copies have changed since the last build."""
    copies = [(path.name, size) for path, _, size in app.book_copies]
    same = getattr(env, "book_copies_written", []) == copies
    env.book_copies_written = copies
    return [] if same else [app.config.root_doc]


def write(app, exception):
    """Put the copies into the site, and nothing of an earlier build."""
    folder = Path(app.outdir, FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    if exception is None and app.builder.format == "html" and app.book_copies:
        folder.mkdir()
        for path, _, _ in app.book_copies:
            shutil.copyfile(path, folder / path.name)


def setup(app):
    """Connect it to Sphinx."""
    app.add_config_value("book_dist", str(ROOT / "_build" / "dist"), "html", str)
    add_generator(app, "offline-copies", offline_copies)
    app.connect("builder-inited", look)
    app.connect("env-updated", pages_to_write)
    app.connect("build-finished", write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
