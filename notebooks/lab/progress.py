"""A progress bar for a person, and one line for the record."""

import sys


def watched():
    """Return whether a person is there to see what is printed.

    Whoever runs a notebook for a person lets its cells ask for input; nbclient and
    nbval, which run it for the record, do not. Elsewhere a terminal will do.
    """
    try:
        from IPython import get_ipython
    except ImportError:
        return sys.stdout.isatty()
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return sys.stdout.isatty()
    return getattr(kernel, "_allow_stdin", False)


def track(items, what):
    """Yield each item; tell a person how far it got, and all others that it ended.

    Parameters
    ----------
    items : sequence
    what : str
        What one item is, such as "epoch".

    Yields
    ------
    The items. At the end one line is left: "epoch 20 of 20".
    """
    width, end = 20, f"{what} {len(items)} of {len(items)}"
    bar = watched()
    for done, item in enumerate(items):
        if bar:
            full = width * done // len(items)
            drawn = "█" * full + "░" * (width - full)
            print(f"\r{drawn} {what} {done} of {len(items)}", end="", flush=True)
        yield item
    print(f"\r{end}" + " " * (width + 1) if bar else end)
