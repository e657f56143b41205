"""Spending what is scarce: one guarded UPDATE per row, never read-then-write."""

from collections.abc import Mapping

from django.db import models

from postharvest.core import sql


class CapacityGone(RuntimeError):
    """A row had less left than its lock had shown: a fault, so the batch rolls back."""


MEANINGS = {"PH001": CapacityGone}
"""What our functions in the database raise, by SQLSTATE."""


Amounts = Mapping[tuple[int, int], int]
"""How much by row: (its base, its id)."""


def spend(model: type[models.Model], amounts: Amounts, *, unit: str) -> None:
    """Add amounts to ``reserved_<unit>`` of rows, each only up to its ``capacity_<unit>``.

    Raises
    ------
    CapacityGone
        A row could not bear its amount.  Nothing may be kept of the caller's transaction.
    """
    used, limit = f"reserved_{unit}", f"capacity_{unit}"
    _change(
        f"UPDATE {model._meta.db_table} SET {used} = {used} + %s"  # noqa: S608  (names of columns)
        f" WHERE base_id = %s AND id = %s AND {used} <= {limit} - %s",
        amounts,
        refusal=f"{model.__name__} cannot bear this many {unit} more",
    )


def release(model: type[models.Model], amounts: Amounts, *, unit: str) -> None:
    """Give amounts back; a row never goes below zero.

    Raises
    ------
    CapacityGone
        More would be given back than was taken: a fault.
    """
    used = f"reserved_{unit}"
    _change(
        f"UPDATE {model._meta.db_table} SET {used} = {used} - %s"  # noqa: S608
        f" WHERE base_id = %s AND id = %s AND {used} >= %s",
        amounts,
        refusal=f"{model.__name__} was never given this many {unit}",
    )


def free(model: type[models.Model], amounts: Amounts, *, unit: str) -> None:
    """Let go of what is set aside on rows, so that it is common, or about to be spent.

    Raises
    ------
    CapacityGone
        A row has set aside less than that: a fault.
    """
    held = f"set_aside_{unit}"
    _change(
        f"UPDATE {model._meta.db_table} SET {held} = {held} - %s"  # noqa: S608
        f" WHERE base_id = %s AND id = %s AND {held} >= %s",
        amounts,
        refusal=f"{model.__name__} has not set aside this many {unit}",
    )


def _change(statement: str, amounts: Amounts, *, refusal: str) -> None:
    rows = [(amount, *row, amount) for row, amount in sorted(amounts.items()) if amount]
    sql.run_exactly(statement, rows, CapacityGone(f"{refusal}: {dict(amounts)}"))
