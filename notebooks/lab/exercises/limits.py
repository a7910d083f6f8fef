"""Calling a reader's function, which may never come back."""

import contextlib
import io
import signal
import sys
import threading
import time

SECONDS = 3  # for all calls of one check; the page ends its worker after 5


class TimeUp(BaseException):
    """The time is up. No `except Exception` of the reader's catches it."""


def call_until(end, function, *args):
    """Call a function, and stop it when `time.monotonic()` has passed `end`.

    What it prints is left out: it is called many times.

    Raises
    ------
    TimeUp
        If it has not come back.
    """
    with contextlib.redirect_stdout(io.StringIO()):
        if has_alarms():
            return _by_alarm(end, function, args)
        return _by_trace(end, function, args)


def has_alarms():
    """Whether this thread can be interrupted by a timer: not so in a browser."""
    return (
        hasattr(signal, "setitimer")
        and sys.platform != "emscripten"
        and threading.current_thread() is threading.main_thread()
    )


def _by_alarm(end, function, args):
    def stop(*_):
        raise TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    # Again and again, for a bare `except:` in a loop would catch the first one.
    signal.setitimer(signal.ITIMER_REAL, max(end - time.monotonic(), 0.001), 0.05)
    try:
        return function(*args)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _by_trace(end, function, args):
    def stop(frame, *_):
        if time.monotonic() > end:
            raise TimeUp
        # Before 3.12 a loop on one line, `while True: pass`, is no new line each time.
        frame.f_trace_opcodes = sys.version_info < (3, 12)
        return stop

    before = sys.gettrace()
    sys.settrace(stop)
    try:
        return function(*args)
    finally:
        sys.settrace(before)
