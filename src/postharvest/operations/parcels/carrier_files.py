"""The carrier's files: what he counted, what he bills."""

from postharvest.core.tables.catalogue import Column
from postharvest.core.tables.files import passing_table, rows_of
from postharvest.core.units import FEN_PER_YUAN, GRAMS_PER_KG
from postharvest.operations.parcels.handover import Billed

_NUMBER = Column(name="number", zh="邮件号", kind="text", required=True, longest=40)
ACCEPTED = passing_table("accepted", _NUMBER)
INVOICE = passing_table(
    "postage_invoice",
    _NUMBER,
    Column(name="weight_kg", zh="重量", kind="number", required=True, low=0, high=1000, unit="kg"),
    Column(
        name="postage_yuan",
        zh="资费",
        kind="number",
        required=True,
        low=-100_000,
        high=100_000,
        unit="yuan",
    ),
)


def accepted_numbers(raw: bytes) -> list[str]:
    """Read the numbers that a carrier counted; raises as `rows_of`."""
    return [str(row["number"]) for row in rows_of(ACCEPTED, raw)]


def billed_lines(raw: bytes) -> list[Billed]:
    """Read the lines of a carrier's invoice; raises as `rows_of`."""
    return [
        Billed(
            number=str(row["number"]),
            weight_g=round(float(row["weight_kg"] or 0) * GRAMS_PER_KG),
            postage_fen=round(float(row["postage_yuan"] or 0) * FEN_PER_YUAN),
        )
        for row in rows_of(INVOICE, raw)
    ]
