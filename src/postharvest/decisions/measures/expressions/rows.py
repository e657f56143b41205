"""The shape of what a measure counts: one line for each thing, the same columns for all measures.

``item`` names the row in the books ("order:17"), so that every figure can be taken apart into its
rows.  A measure's figure is made of ``n`` and ``d`` alone, both whole numbers.
"""

import ibis
from ibis.expr.types import Table, Value

COLUMNS = {
    "item": "string",  # what is counted: table and number
    "day": "date",
    "base_id": "int64",
    "sale_id": "int64",  # whose growers stand behind it
    "grower_id": "int64",  # or the one grower who does
    "place": "string",  # the county it is counted for
    "other": "string",  # the county at the other end
    "produce": "string",
    "part": "string",  # channel, stage, payer or time before and after, as the measure says
    "bin": "int64",  # whole hours, where the measure is a percentile
    "key": "string",  # what is counted once, where the measure counts different things
    "n": "int64",
    "d": "int64",
}


def rows(facts: Table, *, item: Value, **columns: Value | int) -> Table:
    """Give a selection of facts the columns of a measure; what is not named is empty."""
    given = {"item": item, **columns}
    return facts.select(
        **{
            name: _typed(given[name], kind) if name in given else ibis.null(kind)
            for name, kind in COLUMNS.items()
        }
    )


def named(kind: str, number: Value) -> Value:
    """Name a row of the books: its table and its number."""
    text: Value = ibis.literal(f"{kind}:") + number.cast("string")
    return text


def _typed(value: Value | int, kind: str) -> Value:
    return (ibis.literal(value) if isinstance(value, int) else value).cast(kind)
