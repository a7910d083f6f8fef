"""A person sees a bar; the record keeps one line, the same for both."""

import re
import sys
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
    assert printed.count("\r") == (4 if watched else 0)


def test_a_person_sees_how_far_it_got(monkeypatch, capsys):
    monkeypatch.setattr(progress, "watched", lambda: True)
    for _ in progress.track("abcd", "seed"):
        pass
    bars = re.findall(r"\r([█░]+) seed (\d) of 4", capsys.readouterr().out)
    assert [bar.count("█") for bar, _ in bars] == [0, 5, 10, 15]
    assert {len(bar) for bar, _ in bars} == {20}


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
