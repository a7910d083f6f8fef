"""What is drawn at random decides no run of the tests, and can be asked for."""

import os

import hypothesis
import pytest
from hypothesis import strategies as st


def drawn(profile):
    """Return what a test is given under a profile."""
    seen = []

    @hypothesis.settings(hypothesis.settings.get_profile(profile), database=None)
    @hypothesis.given(st.integers(0, 10**9))
    def probe(number):
        seen.append(number)

    probe()
    return seen


def test_the_book_draws_the_same_and_a_search_looks_elsewhere():
    assert drawn("book") == drawn("book")
    assert drawn("search") != drawn("search")
    assert len(drawn("search")) > 900


def test_a_search_says_how_to_repeat_what_it_finds():
    assert hypothesis.settings.get_profile("search").print_blob


@pytest.mark.skipif("BOOK_HYPOTHESIS" in os.environ, reason="a search was asked for")
def test_nobody_asked_for_a_search():
    assert hypothesis.settings().derandomize
    assert hypothesis.settings().database is None
