"""Sharing whole fen so that nothing is lost and nothing is made."""

from collections.abc import Sequence


def split(amount_fen: int, weights: Sequence[int]) -> list[int]:
    """Share an amount in proportion to weights, to the fen: largest remainder, ties to the first.

    Raises
    ------
    ValueError
        Weights are negative, or sum to zero while there is something to share.
    """
    total = sum(weights)
    if any(w < 0 for w in weights) or (total == 0 and amount_fen != 0):
        raise ValueError(f"cannot share {amount_fen} fen over weights {list(weights)}")
    if amount_fen == 0:
        return [0] * len(weights)
    sign = 1 if amount_fen > 0 else -1
    whole = abs(amount_fen)
    shares = [whole * w // total for w in weights]
    left = whole - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
    for i in by_remainder[:left]:
        shares[i] += 1
    return [sign * s for s in shares]
