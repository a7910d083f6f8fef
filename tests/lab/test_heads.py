"""Ridge regression in one step is least squares with a row for each weight's price."""

import numpy as np
import pytest

from lab.heads import PRICES, leave_one_out, ridge, signs, squared


def by_lstsq(z, t, price):
    """Return w and b: the price is a row for each weight, with the target 0."""
    f = z.shape[1]
    rows = np.c_[z, np.ones(len(z))], np.sqrt(price * f) * np.eye(f, f + 1)
    return np.linalg.lstsq(np.vstack(rows), np.r_[t, np.zeros(f)])[0]


@pytest.fixture(params=[(6, 12), (15, 4)], ids=["wide", "tall"])
def pictures(request):
    """Features that are not centred, with different spreads, and their targets."""
    rng = np.random.default_rng(4)
    n, f = request.param
    x = rng.normal(size=(n, f)) * rng.uniform(0.5, 4, f) + rng.normal(size=f)
    return x, rng.permutation(np.where(np.arange(n) % 3 == 0, -1, 1))


def standardised(x):
    """Return the features with mean 0 and standard deviation 1."""
    return (x - x.mean(axis=0)) / x.std(axis=0)


def test_each_error_is_that_of_a_head_made_without_the_picture(pictures):
    x, t = pictures
    z = standardised(x)
    _, errors = leave_one_out(z, t)
    for price, left_out in zip(PRICES, errors):
        for i, rest in enumerate(~np.eye(len(t), dtype=bool)):
            made = by_lstsq(z[rest], t[rest], price)
            assert np.isclose(t[i] - np.r_[z[i], 1] @ made, left_out[i])


@pytest.mark.parametrize("price", PRICES)
def test_weights_and_bias_are_those_of_least_squares(pictures, price):
    x, t = pictures
    w, b, chosen = ridge(x, t, np.array([price]))
    ours = [*(w * x.std(axis=0)), b + x.mean(axis=0) @ w]
    assert np.allclose(ours, by_lstsq(standardised(x), t, price))
    assert chosen == price


@pytest.mark.parametrize("judge", [squared, signs])
def test_the_price_is_the_best_when_each_picture_is_left_out(pictures, judge):
    x, t = pictures
    _, errors = leave_one_out(standardised(x), t)
    wrong = {
        squared: (errors**2).sum(axis=1),
        signs: (np.sign(t - errors) != t).sum(axis=1),
    }[judge]
    assert ridge(x, t, judge=judge)[2] == PRICES[wrong.argmin()]


def test_a_feature_that_never_changes_gets_no_weight(pictures):
    x, t = pictures
    w, b, _ = ridge(np.c_[x, np.full(len(t), 3.0)], t)
    assert w[-1] == 0
    assert np.isfinite(b)
