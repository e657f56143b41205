"""Logistic regression with a ridge, and the scores by which probabilities are judged."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_ROUNDS = 50
_SETTLED = 1e-9


@dataclass(frozen=True, slots=True)
class Logistic:
    """log-odds = constant + slope · x, with x of shape (n, F)."""

    constant: float
    slope: Floats

    def log_odds(self, x: Floats) -> Floats:
        """Return log-odds (n,)."""
        return np.asarray(self.constant + x @ self.slope)

    def probability(self, x: Floats) -> Floats:
        """Return probabilities (n,)."""
        return np.asarray(expit(self.log_odds(x)))


def fit_logistic(x: Floats, event: Flags, *, ridge: float) -> Logistic:
    """Fit by Newton's method on standardised columns; the constant is not shrunk.

    Raises
    ------
    ValueError
        All events, or none: there is nothing to tell apart.
    """
    if event.all() or not event.any():
        raise ValueError("a logistic fit needs both events and quiet times")
    centre, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-12)
    z = np.column_stack([np.ones(len(x)), (x - centre) / scale])
    penalty = ridge * np.eye(z.shape[1])
    penalty[0, 0] = 0.0
    b = np.zeros(z.shape[1])
    for _ in range(_ROUNDS):
        p = expit(z @ b)
        gradient = z.T @ (event - p) - penalty @ b
        step = np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z + penalty, gradient)
        b = b + step
        if np.abs(step).max() < _SETTLED:
            break
    slope = b[1:] / scale
    return Logistic(float(b[0] - slope @ centre), slope)


def area_under_curve(probability: Floats, event: Flags) -> float:
    """Return the chance that an event got a higher probability than a quiet time (ties half)."""
    order = np.argsort(probability, kind="stable")
    value, first, count = np.unique(probability[order], return_index=True, return_counts=True)
    rank = np.empty(len(order))
    middle = first + (count + 1) / 2
    rank[order] = np.repeat(middle, count)
    events, quiet = int(event.sum()), int((~event).sum())
    del value
    return float((rank[event].sum() - events * (events + 1) / 2) / (events * quiet))


def brier_score(probability: Floats, event: Flags) -> float:
    """Return the mean squared distance of probabilities from what happened."""
    return float(((probability - event) ** 2).mean())


def precision_at_top(probability: Floats, event: Flags, *, share: float) -> float:
    """Return how many of the highest probabilities were events."""
    count = max(1, round(share * len(probability)))
    top = np.argsort(-probability, kind="stable")[:count]
    return float(event[top].mean())
