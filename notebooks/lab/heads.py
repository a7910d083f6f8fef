"""A linear head by ridge regression, its price chosen inside what it is made of.

Pictures are rows of features, targets -1 or 1. With F features brought to mean 0 and
standard deviation 1, z, the head minimises

    sum over the pictures i of (w · z_i + b - t_i)² + price · F · |w|².

The best w is a mixture of the pictures, z.T @ a / F. So the equation to solve has an
unknown for each picture, however many features there are; and its inverse also holds
what each picture's error would be if the picture were left out.
"""

import numpy as np

PRICES = np.array([0.01, 0.1, 1, 10, 100])


def leave_one_out(z, t, prices=PRICES):
    """Solve for each price, and give each picture's error when it is left out.

    Parameters
    ----------
    z : numpy.ndarray
        Features of mean 0, shape (pictures, features).
    t : numpy.ndarray
        A target for each picture.
    prices : numpy.ndarray
        Prices on large weights, all above 0.

    Returns
    -------
    mixtures, errors : numpy.ndarray
        The a of each price, and the target minus what a head says that all other
        pictures made; both (prices, pictures).
    """
    gram = z @ z.T / z.shape[1]  # pictures against pictures
    priced = gram + prices[:, None, None] * np.eye(len(t))
    inverse = np.linalg.inv(priced)
    a = inverse @ (t - t.mean())
    own = np.diagonal(inverse, axis1=1, axis2=2)
    return a, a / (own - 1 / (len(t) * prices[:, None]))


def squared(errors, t):
    """Judge a price by the squares of the errors."""
    return errors**2


def signs(errors, t):
    """Judge a price by how many pictures come out on the wrong side."""
    return (t - errors) * t <= 0


def ridge(x, t, prices=PRICES, judge=squared):
    """Make a linear head for features as they come, with the best of some prices.

    Parameters
    ----------
    x : numpy.ndarray
        Features, shape (pictures, features).
    t : numpy.ndarray
        A target for each picture.
    prices : numpy.ndarray
        Prices on large weights, all above 0.
    judge : function
        `squared` or `signs`: what the best price has least of, each picture left out.

    Returns
    -------
    w : numpy.ndarray
        A weight for each feature. The score of x is x @ w + b.
    b : float
        The bias.
    price : float
        The price that was chosen: the first, if several are best.
    """
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    z = (x - mean) / spread
    a, errors = leave_one_out(z, t, prices)
    best = judge(errors, t).mean(axis=1).argmin()
    w = z.T @ a[best] / z.shape[1] / spread
    return w, t.mean() - mean @ w, prices[best]
