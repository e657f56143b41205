"""Readers with a bookmark: everything in order, each thing once, as fast as they like.

A reader is told of rows inside the transaction that moves his bookmark, so what he writes of them
and how far he has read commit together: if he fails, he reads them again.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TypeVar

from django.db import models, transaction

from postharvest.core.outbox import log
from postharvest.core.outbox.models import Event, Reader

_Row = TypeVar("_Row", bound=models.Model)


def read_news(
    name: str,
    *,
    now: datetime,
    kinds: Collection[str],
    limit: int,
    take: Callable[[list[Event]], None],
) -> int:
    """Let a reader take the next news of some kinds; returns how many of all kinds he passed."""
    if not Event.objects.filter(pk__gt=_read_to(name)).exists():
        return 0
    with transaction.atomic():
        reader = _locked(name)
        events = log.feed(after_id=reader.after_id, now=now, limit=limit)
        take([event for event in events if event.kind in kinds])
        return _move(reader, events)


def read_rows(
    name: str,
    rows: models.QuerySet[_Row],
    *,
    is_settled: Callable[[_Row], bool],
    limit: int,
    take: Callable[[list[_Row]], None],
) -> int:
    """Let a reader take the next rows of a table to which rows are only ever added.

    Ids may commit out of order: he stops at a gap until the row after it is settled.
    """
    if not rows.filter(pk__gt=_read_to(name)).exists():
        return 0
    with transaction.atomic():
        reader = _locked(name)
        found: list[_Row] = []
        expected = reader.after_id + 1
        for row in rows.filter(pk__gt=reader.after_id).order_by("pk")[:limit]:
            if row.pk != expected and not is_settled(row):
                break
            expected = row.pk + 1
            found.append(row)
        take(found)
        return _move(reader, found)


def _read_to(name: str) -> int:
    return Reader.objects.filter(name=name).values_list("after_id", flat=True).first() or 0


def _locked(name: str) -> Reader:
    Reader.objects.get_or_create(name=name)
    return Reader.objects.select_for_update().get(name=name)


def _move(reader: Reader, passed: list[_Row]) -> int:
    if passed:
        reader.after_id = passed[-1].pk
        reader.save(update_fields=["after_id"])
    return len(passed)


def unread_news(name: str, *, now: datetime, limit: int) -> list[Event]:
    """Return what a reader has not read yet, for one who writes elsewhere and then `mark_read`s.

    He may fail between the two and be given the same again, so what he writes must bear that.
    """
    return log.feed(after_id=_read_to(name), now=now, limit=limit)


def mark_read(name: str, *, after_id: int) -> None:
    """Move a reader's bookmark; never back, whoever else reads under his name."""
    Reader.objects.get_or_create(name=name)
    Reader.objects.filter(name=name, after_id__lt=after_id).update(after_id=after_id)
