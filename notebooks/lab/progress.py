"""A progress bar for a person, and lines for the record."""

import sys

from tqdm import tqdm


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
    yield from tqdm(items, what, leave=False, disable=not watched(), file=sys.stdout)
    print(f"{what} {len(items)} of {len(items)}")


def bytes_arriving(what, total):
    """Return a function that shows on stderr how many of some bytes are there.

    Parameters
    ----------
    what : str
        What is going on, such as "Downloading some.h5".
    total : int
        How many bytes there will be; 0 if nobody knows.

    Returns
    -------
    function
        Takes the number of bytes that are there. A person gets a bar that grows; a log
        gets a line a quarter.
    """
    bar = tqdm(total=total, desc=what, unit="B", unit_scale=True, disable=not watched())
    shown = -1

    def draw(done):
        nonlocal shown
        done = min(done, total or done)
        bar.update(done - bar.n)
        quarter = 4 * done // total if total else 0
        if bar.disable and quarter > shown:
            shown = quarter
            mb = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"
            print(f"{what} {mb}", file=sys.stderr, flush=True)

    return draw
