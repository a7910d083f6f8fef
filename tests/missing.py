"""What a test says where a thing that it needs is not there."""

import os

import pytest


def lacking(sentence):
    """Skip for want of something, but fail where CI is true."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(sentence)


def lacking_program(name, packages):
    """Skip for want of a program, or fail.

    The end of the run counts what was skipped, by these words; tests/conftest.py prints
    them.
    """
    lacking(f"no {name} found; to have it (Debian, Ubuntu): apt-get install {packages}")
