"""What may be published: no figure behind which fewer than five households stand."""

from collections.abc import Sequence
from typing import Any

from postharvest.core.vault.disclosure import FEWEST

Row = dict[str, Any]


def fit_to_publish(rows: Sequence[Row]) -> list[Row]:
    """Take the figures of small groups out, and one more where they could be worked out.

    Who knows the sum of all groups and all but one of them knows the one: so a lone small group
    takes the next smallest with it.
    """
    small = {i for i, row in enumerate(rows) if 0 < row["households"] < FEWEST}
    if len(small) == 1 and len(rows) > 1:
        others = [i for i in range(len(rows)) if i not in small and rows[i]["households"]]
        if others:
            small.add(min(others, key=lambda i: (rows[i]["households"], i)))
    return [_hidden(row) if i in small else {**row, "hidden": False} for i, row in enumerate(rows)]


def _hidden(row: Row) -> Row:
    return {**row, "value": None, "items": None, "households": None, "hidden": True}
