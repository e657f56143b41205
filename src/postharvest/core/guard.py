"""Spending what is scarce: one guarded UPDATE per row, never read-then-write."""

from collections.abc import Mapping

from django.db import connection, models
from django.db.models import F


class CapacityGone(RuntimeError):
    """A row had less left than its lock had shown: a fault, so the batch rolls back."""


def spend(model: type[models.Model], amounts: Mapping[int, int], *, unit: str) -> None:
    """Add amounts to ``reserved_<unit>`` of rows, each only up to its ``capacity_<unit>``.

    Raises
    ------
    CapacityGone
        A row could not bear its amount.  Nothing may be kept of the caller's transaction.
    """
    table, name = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name
    used, limit = name(f"reserved_{unit}"), name(f"capacity_{unit}")
    statement = (
        f"UPDATE {table} SET {used} = {used} + %s"  # noqa: S608  (names of columns)
        f" WHERE id = %s AND {used} <= {limit} - %s"
    )
    with connection.cursor() as cursor:
        for pk, amount in sorted(amounts.items()):
            if amount == 0:
                continue
            cursor.execute(statement, [amount, pk, amount])
            if not cursor.rowcount:
                raise CapacityGone(f"{model.__name__} {pk} cannot bear {amount} {unit} more")


def release(model: type[models.Model], amounts: Mapping[int, int], *, unit: str) -> None:
    """Give amounts back; a row never goes below zero.

    Raises
    ------
    CapacityGone
        More would be given back than was taken: a fault.
    """
    used = f"reserved_{unit}"
    for pk, amount in sorted(amounts.items()):
        if amount == 0:
            continue
        rows = model._default_manager.filter(pk=pk, **{f"{used}__gte": amount})
        if not rows.update(**{used: F(used) - amount}):
            raise CapacityGone(f"{model.__name__} {pk} was never given {amount} {unit}")
