"""Lists in pages: a cursor says where the next one begins, whatever was added meanwhile."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec

from postharvest.core.errors import InvalidInput
from postharvest.interfaces.api.v1.resource import LARGEST_ID

Shown = TypeVar("Shown")
Limit = Annotated[int, msgspec.Meta(ge=1, le=200)]
Cursor = Annotated[str, msgspec.Meta(max_length=40)]


class Pages(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """How long a page is and where it begins."""

    limit: Limit = 50
    cursor: Cursor = ""


def page(
    rows: Any,  # noqa: ANN401  (a query set of another floor)
    asked: Pages,
    shown: Callable[[Any], Shown],
) -> tuple[list[Shown], str | None]:
    """Return a page of rows, the newest first, and the cursor of the next (none at the end).

    Raises
    ------
    InvalidInput
        The cursor is none of ours.
    """
    ordered = rows.order_by("-pk")
    if asked.cursor:
        ordered = ordered.filter(pk__lt=_read(asked.cursor))
    found = list(ordered[: asked.limit + 1])
    kept = found[: asked.limit]
    more = _write(kept[-1].pk) if len(found) > asked.limit else None
    return [shown(row) for row in kept], more


def _write(pk: int) -> str:
    return base64.urlsafe_b64encode(str(pk).encode()).decode()


def _read(cursor: str) -> int:
    try:
        pk = int(base64.urlsafe_b64decode(cursor.encode()))
    except (binascii.Error, ValueError):
        pk = 0
    if not 0 < pk <= LARGEST_ID:
        raise InvalidInput("cursor", "take it from `next` as it is")
    return pk
