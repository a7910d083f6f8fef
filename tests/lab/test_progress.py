"""A person sees a bar; the record keeps one line, the same for both."""

import re
import sys
import time
from types import SimpleNamespace

import IPython
import pytest

from lab import progress


def on_screen(printed):
    """Return what a terminal shows after some carriage returns."""
    lines = []
    for line in printed.split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return "\n".join(lines)


@pytest.mark.parametrize("watched", [True, False])
def test_the_same_line_is_left(watched, monkeypatch, capsys):
    monkeypatch.setattr(progress, "watched", lambda: watched)
    assert list(progress.track(range(3), "epoch")) == [0, 1, 2]
    printed = capsys.readouterr().out
    assert on_screen(printed) == "epoch 3 of 3\n"
    assert ("\r" in printed) == watched


def test_a_person_sees_how_far_it_got(monkeypatch, capsys):
    monkeypatch.setattr(progress, "watched", lambda: True)
    for _ in progress.track("abcd", "seed"):
        time.sleep(0.15)  # a bar is drawn ten times a second
    out, err = capsys.readouterr()
    assert re.findall(r"\rseed: +(\d+)%\|.*?\| (\d)/4", out)[:4] == [
        ("0", "0"),
        ("25", "1"),
        ("50", "2"),
        ("75", "3"),
    ]
    assert err == ""


def test_a_log_gets_a_line_a_quarter(capsys, monkeypatch):
    monkeypatch.setattr(progress, "watched", lambda: False)
    draw = progress.bytes_arriving("Fetching", 2_000_000)
    for done in range(0, 2_000_001, 1000):
        draw(done)
    draw(3_000_000)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"Fetching {mb} of 2 MB" for mb in "00122"]


def test_a_log_hears_once_of_bytes_that_nobody_counted(capsys, monkeypatch):
    monkeypatch.setattr(progress, "watched", lambda: False)
    draw = progress.bytes_arriving("Fetching", 0)
    for done in range(0, 2_000_001, 1000):
        draw(done)
    assert capsys.readouterr().err == "Fetching 0 of 0 MB\n"


def test_a_person_sees_bytes_arrive(capsys, monkeypatch):
    monkeypatch.setattr(progress, "watched", lambda: True)
    draw = progress.bytes_arriving("Fetching", 2_000_000)
    for done in (0, 500_000, 400_000, 1_000_000, 3_000_000):
        time.sleep(0.15)
        draw(done)  # pip clears away, so a number can fall
    out, err = capsys.readouterr()
    bars = re.findall(r"\rFetching: +(\d+)%\|.*?\| (\S+)/2.00M", err)
    assert bars[-2:] == [("50", "1.00M"), ("100", "2.00M")]
    assert out == ""


@pytest.mark.parametrize("asks", [True, False])
def test_who_may_be_asked_is_watching(asks, monkeypatch):
    shell = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=asks))
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    assert progress.watched() is asks


@pytest.mark.parametrize("terminal", [True, False])
def test_elsewhere_a_terminal_is_watched(terminal, monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    assert progress.watched() is terminal
