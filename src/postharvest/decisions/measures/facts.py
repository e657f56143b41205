"""The facts that measures are computed from: tables of rows, named and typed, bound to no engine.

Whole grams, whole fen, whole seconds since 1970 and days in China: sums of whole numbers are the
same in every engine and in every order.  Codes are GB/T 2260 as text.
"""

from collections.abc import Mapping

import ibis
from ibis.expr.types import Table

SCHEMAS: Mapping[str, Mapping[str, str]] = {
    "order_lines": {
        "order_id": "int64", "base_id": "int64", "sale_id": "int64", "channel": "string",
        "produce": "string", "origin": "string", "dest": "string", "grams": "int64",
        "total_fen": "int64", "state": "string", "day": "date",
    },
    "parcels": {
        "parcel_id": "int64", "base_id": "int64", "sale_id": "int64", "produce": "string",
        "origin": "string", "dest": "string", "grams": "int64", "accepted_s": "int64",
        "delivered_s": "int64", "delivered_on": "date", "promised_by": "date",
        "sell_by": "date", "day": "date",
    },
    "ledger_lines": {
        "line_id": "int64", "base_id": "int64", "sale_id": "int64", "entry_kind": "string",
        "account": "string", "party": "int64", "amount_fen": "int64", "day": "date",
    },
    "bulk_orders": {
        "bulk_id": "int64", "base_id": "int64", "sale_id": "int64", "channel": "string",
        "produce": "string", "origin": "string", "grams": "int64", "total_fen": "int64",
        "day": "date",
    },
    "sales": {
        "sale_id": "int64", "base_id": "int64", "produce": "string", "origin": "string",
        "reported_g": "int64", "local_fen_per_kg": "int64", "source": "string",
        "witness": "string", "was_cut": "boolean", "day": "date",
    },
    "lots": {
        "lot_id": "int64", "base_id": "int64", "sale_id": "int64", "grower_id": "int64",
        "produce": "string", "origin": "string", "cut_g": "int64", "harvest_fen_per_t": "int64",
        "day": "date",
    },
    "pickups": {
        "pickup_id": "int64", "base_id": "int64", "sale_id": "int64", "grower_id": "int64",
        "produce": "string", "origin": "string", "grams": "int64", "paid_fen": "int64",
        "day": "date",
    },
    "growers": {"grower_id": "int64", "county": "string", "income_group": "string"},
    "counties": {
        "code": "string", "households": "int64", "income_group": "string",
        "base_opened_on": "date",
    },
    "places": {
        "place_id": "string", "county": "string", "villages": "int64", "households": "int64",
        "lat": "float64", "lon": "float64",
    },
    "footholds": {
        "foothold_id": "string", "kind": "string", "lat": "float64", "lon": "float64",
        "opened_on": "date", "closed_on": "date",
    },
}  # fmt: skip
"""Column and type of each table."""

HOT = ("order_lines", "parcels", "ledger_lines")
"""What grows with every order: kept in partitions by month and read in by what has changed."""
KEYS = {"order_lines": "order_id", "parcels": "parcel_id", "ledger_lines": "line_id"}
"""The column that names a row of a hot table."""


COUNTED_SMALL = ("bulk_orders", "pickups", "lots")
"""Small tables whose rows are counted beside those of hot ones; the others only explain rows."""


def table(name: str) -> Table:
    """Return one table of facts as an expression that any engine can be asked."""
    return ibis.table(dict(SCHEMAS[name]), name=name)
