"""A marketplace's orders in by file, through the mapping saved for it and the same guard.

The key of such an order is made of the marketplace's own number, so that a file that is sent again
makes nothing twice, and so that the parcel numbers find their way back.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Column, Row
from postharvest.core.tables.checking import Fault, check
from postharvest.core.tables.files import passing_table
from postharvest.core.tables.reading import Lines, read_lines
from postharvest.operations.campaigns.models import Channel, Listing
from postharvest.operations.network import queries as network
from postharvest.operations.orders.actions.placing import place_orders
from postharvest.operations.orders.models import MarketMapping, Order
from postharvest.operations.orders.requests import LARGEST_QUANTITY, Declined, OrderRequest

COLUMNS = (
    Column(name="order", zh="订单号", kind="text", required=True, longest=40),
    Column(name="article", zh="商品编码", kind="text", required=True, longest=60),
    Column(name="quantity", zh="数量", kind="int", required=True, low=1, high=LARGEST_QUANTITY),
    Column(name="name", zh="收件人", kind="text", required=True, longest=60),
    Column(name="phone", zh="手机", kind="text", required=True, longest=20),
    Column(name="county", zh="区县", kind="text", required=True, longest=40),
    Column(name="address", zh="详细地址", kind="text", required=True, longest=200),
)
"""What an order needs; the county is its code or its name."""
_NUMBER = re.compile(r"[\x21-\x7e]{1,40}")
_AT_ONCE = 500
_PAID_THERE = str(Order.Payment.CHANNEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketImport:
    """What a file did, or would do: new orders, known ones, and every row that is at fault."""

    rows: int
    placed: int
    known: int
    faults: tuple[Fault, ...]
    is_committed: bool


@transaction.atomic
def save_mapping(
    *,
    channel_id: int,
    columns: Mapping[str, str],
    listings: Mapping[str, int],
    actor: Actor,
    now: datetime,
) -> MarketMapping:
    """Save how a marketplace writes its orders; a column without a head keeps our own.

    Raises
    ------
    InvalidInput
        It is no marketplace, a column is none of ours, or a listing is not in this channel.
    """
    channel = _marketplace(channel_id, actor)
    known = {column.name for column in COLUMNS}
    if unknown := sorted(columns.keys() - known):
        raise InvalidInput("columns", f"{unknown[0]} is none of {', '.join(sorted(known))}")
    own = set(Listing.objects.filter(channel=channel).values_list("pk", flat=True))
    if strange := sorted(set(listings.values()) - own):
        raise InvalidInput("listings", f"listing {strange[0]} is not in this channel")
    heads = {ours: theirs.strip() for ours, theirs in columns.items() if theirs.strip()}
    row, _ = MarketMapping.objects.update_or_create(
        channel=channel,
        defaults={"columns": heads, "listings": dict(listings), "changed_at": now},
    )
    audit.write(
        actor,
        "orders.save_mapping",
        f"channel {channel_id}",
        now=now,
        after={"columns": heads, "listings": dict(listings)},
    )
    return row


def import_market_orders(
    *, channel_id: int, raw: bytes, dry_run: bool, actor: Actor, now: datetime
) -> MarketImport:
    """Place a marketplace's orders, or only say what that would do.

    A dry run does everything and takes it back.  If a row can't be read nothing is written; an
    order that the guard declines is a fault of its own, and the others stand.

    Raises
    ------
    InvalidInput
        It is no marketplace, has no mapping yet, or the file is no table.
    """
    channel = _marketplace(channel_id, actor)
    mapping = MarketMapping.objects.filter(channel=channel).first()
    if mapping is None:
        raise InvalidInput("mapping", "say first how this marketplace writes its orders")
    lines = _in_our_words(read_lines(raw), mapping)
    shape = passing_table("market_orders", *COLUMNS, key=("order",))
    checked = check(shape, lines, known=lambda _table: ())
    numbers = [line for line, _ in lines[1:]]
    if checked.faults:
        return _told(len(numbers), faults=checked.faults)
    requests, faults = _requests(channel, mapping, checked.rows, numbers)
    if faults:
        return _told(len(numbers), faults=faults)
    with transaction.atomic():
        told = _place(requests, numbers, actor=actor, now=now)
        transaction.set_rollback(dry_run)
    placed, known, declined = told
    return MarketImport(
        rows=len(numbers),
        placed=placed,
        known=known,
        faults=tuple(declined),
        is_committed=not dry_run,
    )


def market_key(channel_id: int, number: str) -> str:
    """Return the key of a marketplace's order."""
    return f"market-{channel_id}-{number}"


def _marketplace(channel_id: int, actor: Actor) -> Channel:
    channel = Channel.objects.select_related("base").filter(pk=channel_id).first()
    if channel is None or channel.kind != Channel.Kind.MARKETPLACE:
        raise InvalidInput("channel", "is no marketplace")
    actor.require(Role.DESK, region=channel.base.county_id)
    return channel


def _in_our_words(lines: Lines, mapping: MarketMapping) -> Lines:
    """Give the marketplace's heads our names, and drop the columns that we don't need."""
    ours = {theirs.casefold(): name for name, theirs in mapping.columns.items()}
    names = {name for column in COLUMNS for name in (column.name, column.zh)}
    line, heads = lines[0]
    kept = [
        (place, ours.get(head.casefold(), head))
        for place, head in enumerate(heads)
        if head.casefold() in ours or (head in names and head not in mapping.columns)
    ]
    taken = [
        (number, [cells[place] if place < len(cells) else "" for place, _ in kept])
        for number, cells in lines[1:]
    ]
    return [(line, [name for _, name in kept]), *taken]


def _requests(
    channel: Channel, mapping: MarketMapping, rows: list[Row], numbers: list[int]
) -> tuple[list[OrderRequest], list[Fault]]:
    requests: list[OrderRequest] = []
    faults: list[Fault] = []
    counties: dict[str, str | Fault] = {}
    for line, row in zip(numbers, rows, strict=True):
        number, article = str(row["order"]), str(row["article"])
        asked = str(row["county"])
        if asked not in counties:
            counties[asked] = _county(asked)
        county = counties[asked]
        listing = mapping.listings.get(article)
        wrong = [
            *([] if _NUMBER.fullmatch(number) else [_fault(line, "order", number, *_NO_NUMBER)]),
            *([] if listing else [_fault(line, "article", article, *_NO_ARTICLE)]),
            *(
                [_fault(line, "county", asked, county.rule, county.hint)]
                if isinstance(county, Fault)
                else []
            ),
        ]
        faults += wrong
        if wrong or isinstance(county, Fault):
            continue
        requests.append(
            OrderRequest(
                key=market_key(channel.pk, number),
                listing_id=int(listing),
                quantity=int(row["quantity"] or 0),
                wants_team=False,
                team_id=None,
                name=str(row["name"]),
                phone=str(row["phone"]),
                county_code=county,
                line=str(row["address"]),
                payment=_PAID_THERE,
            )
        )
    return requests, faults


_NO_NUMBER = ("is no order number", "use letters, digits and marks without spaces")
_NO_ARTICLE = ("is no article that we know", "add it to the mapping of this marketplace")


def _county(asked: str) -> str | Fault:
    found = network.counties_by_name(asked)
    exact = [one for one in found if asked in (one.code, one.name_zh, one.name_en)]
    if len(exact) == 1 or len(found) == 1:
        return str((exact or found)[0].code)
    if not found:
        return _fault(0, "county", asked, "is no county", "give its name or six-digit code")
    near = ", ".join(f"{one.code} {one.name_zh}" for one in (exact or found)[:4])
    return _fault(0, "county", asked, "is more than one county", f"give the code: {near}")


def _place(
    requests: list[OrderRequest], numbers: list[int], *, actor: Actor, now: datetime
) -> tuple[int, int, list[Fault]]:
    placed = known = 0
    declined: list[Fault] = []
    for start in range(0, len(requests), _AT_ONCE):
        some = requests[start : start + _AT_ONCE]
        answers = place_orders(requests=some, actor=actor, now=now)
        for line, answer in zip(numbers[start:], answers, strict=False):
            if isinstance(answer, Declined):
                declined.append(_fault(line, "", "", answer.code, answer.message))
            elif answer.replayed:
                known += 1
            else:
                placed += 1
    return placed, known, declined


def _told(rows: int, *, faults: Collection[Fault]) -> MarketImport:
    return MarketImport(rows=rows, placed=0, known=0, faults=tuple(faults), is_committed=False)


def _fault(line: int, column: str, value: str, rule: str, hint: str) -> Fault:
    return Fault(line=line, column=column, value=value, rule=rule, hint=hint)
