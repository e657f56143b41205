"""Channels of a base, and the shares of a sale that they hold until these flow back."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from postharvest.core import guard
from postharvest.core.audit import log as audit
from postharvest.core.audit.actor import Actor, Role
from postharvest.core.clock.time import at_hour
from postharvest.core.errors import InvalidInput, Refused
from postharvest.core.outbox import log as outbox
from postharvest.operations.campaigns.events import SaleChanged
from postharvest.operations.campaigns.models import (
    BulkTerms,
    Channel,
    ChannelDay,
    ChannelShare,
    PackingDay,
    Sale,
)
from postharvest.operations.network.models import Base

SHOP = "shop"
"""The code of a base's own shop, which needs no entering."""
DAY_FLOWS_BACK_HOUR = 14
"""A day's share is common from this hour of the day before: orders then go to the next day."""
HEAVIEST_BUNDLE_G = 50_000
_BP = 10_000


class ShareTaken(Refused):
    """More than that is sold, or set aside for others, already."""

    code = "campaigns.share_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEntry:
    """A channel as it is entered."""

    code: str
    name: str
    kind: str
    fee_bp: int | None = None
    fee_fen: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkTermsEntry:
    """What a bulk channel takes of a kind of produce."""

    fen_per_kg: int
    g_per_day: int
    least_g: int = 0
    freight_fen_per_kg: int = 0
    loading_fen_per_kg: int = 0
    bundle_g: int = 20_000
    bundles_per_pallet: int = 40
    material_fen: int = 0


def channel_of(*, base_id: int, code: str) -> Channel:
    """Return a base's channel; its own shop is made when it is first asked for.

    Raises
    ------
    InvalidInput
        The base has no such channel, or it is switched off.
    """
    if code == SHOP:
        shop, _ = Channel.objects.get_or_create(
            base_id=base_id, code=SHOP, defaults={"name": SHOP, "kind": Channel.Kind.SHOP}
        )
        return shop
    found = Channel.objects.filter(base_id=base_id, code=code, active=True).first()
    if found is None:
        raise InvalidInput("channel", f"this base has no channel {code!r}; enter it first")
    return found


@transaction.atomic
def set_channel(*, base_id: int, entry: ChannelEntry, actor: Actor, now: datetime) -> Channel:
    """Enter a channel of a base, or change its name and fees; its kind stays.

    Raises
    ------
    InvalidInput
        The code, name, kind or fee can't be.
    """
    base = Base.objects.get(pk=base_id)
    actor.require(Role.DESK, Role.PLANNER, region=base.county_id)
    _check(entry)
    before = Channel.objects.filter(base=base, code=entry.code).first()
    if before is not None and before.kind != entry.kind:
        raise InvalidInput("kind", f"{entry.code} is a {before.kind}; enter a channel of its own")
    channel, _ = Channel.objects.update_or_create(
        base=base,
        code=entry.code,
        defaults={
            "name": entry.name,
            "kind": entry.kind,
            "fee_bp": entry.fee_bp,
            "fee_fen": entry.fee_fen,
            "active": entry.active,
        },
    )
    audit.write(
        actor,
        "campaigns.set_channel",
        f"channel {channel.pk}",
        now=now,
        before={"fee_bp": before.fee_bp, "fee_fen": before.fee_fen} if before else None,
        after={"code": entry.code, "fee_bp": entry.fee_bp, "fee_fen": entry.fee_fen},
    )
    return channel


@transaction.atomic
def set_bulk_terms(
    *, channel_id: int, produce_id: str, terms: BulkTermsEntry, actor: Actor, now: datetime
) -> BulkTerms:
    """Enter what a bulk channel takes of a crop; rescue plans may choose it from then on.

    Raises
    ------
    InvalidInput
        The channel is no bulk channel, or a price or quantity can't be.
    """
    channel = Channel.objects.select_related("base").get(pk=channel_id)
    actor.require(Role.DESK, Role.PLANNER, region=channel.base.county_id)
    if channel.kind != Channel.Kind.BULK:
        raise InvalidInput("channel", f"{channel.name} is a {channel.kind}; only bulk has terms")
    _check_bulk(terms)
    row, _ = BulkTerms.objects.update_or_create(
        channel=channel, produce_id=produce_id, defaults=asdict(terms)
    )
    audit.write(
        actor,
        "campaigns.set_bulk_terms",
        f"channel {channel_id}",
        now=now,
        after={"produce": produce_id, **asdict(terms)},
    )
    return row


@transaction.atomic
def set_share(
    *,
    sale_id: int,
    channel_id: int,
    lot_bp: int,
    day_bp: int,
    flows_back_at: datetime,
    actor: Actor,
    now: datetime,
) -> ChannelShare:
    """Set a part of a sale's grams and days aside for a channel until they flow back.

    What the channel has sold stays sold; a share may be set anew, larger or smaller.

    Raises
    ------
    InvalidInput
        A part is not between 0 and 100 %, the time has passed, or the channel is another base's.
    ShareTaken
        So much is neither unsold nor unclaimed by other channels' shares.
    """
    sale = _locked(sale_id, actor)
    channel = Channel.objects.filter(pk=channel_id, base_id=sale.base_id).first()
    if channel is None:
        raise InvalidInput("channel", "is no channel of this base")
    if not (0 <= lot_bp <= _BP and 0 <= day_bp <= _BP):
        raise InvalidInput("share", "must lie between 0 and 100%")
    if flows_back_at <= now:
        raise InvalidInput("flows_back_at", "has passed; give a time to come")
    share = ChannelShare.objects.filter(sale=sale, channel=channel).first()
    if share is None:
        share = ChannelShare(base_id=sale.base_id, sale=sale, channel=channel, capacity_g=0)
    else:
        _flow_back([share], list(share.days.filter(flowed_back_at=None)), now=now)
    sale.refresh_from_db()
    wanted_g = max(0, sale.capacity_g * lot_bp // _BP - share.reserved_g)
    if wanted_g > (common := sale.capacity_g - sale.reserved_g - sale.set_aside_g):
        raise ShareTaken(f"{common} g are neither sold nor set aside; ask for less", left_g=common)
    share.capacity_g = share.reserved_g + wanted_g
    share.flows_back_at, share.flowed_back_at = flows_back_at, None
    share.save()
    Sale.objects.filter(pk=sale_id).update(set_aside_g=F("set_aside_g") + wanted_g, has_shares=True)
    _set_days(share, day_bp, flows_back_at=flows_back_at, now=now)
    audit.write(
        actor,
        "campaigns.set_share",
        f"sale {sale_id}",
        now=now,
        after={
            "channel": channel.code,
            "lot_bp": lot_bp,
            "day_bp": day_bp,
            "flows_back_at": flows_back_at.isoformat(),
        },
    )
    outbox.record(SaleChanged(base_id=sale.base_id, sale_id=sale_id, what="shares"), now=now)
    return share


@transaction.atomic
def let_shares_flow_back(*, now: datetime) -> int:
    """Make common what is unsold of shares whose time has come; returns how many there were."""
    due = ChannelShare.objects.filter(flowed_back_at=None, flows_back_at__lte=now)
    due_days = ChannelDay.objects.filter(flowed_back_at=None, flows_back_at__lte=now)
    sale_ids = set(due.values_list("sale_id", flat=True))
    sale_ids |= set(due_days.values_list("share__sale_id", flat=True))
    if not sale_ids:
        return 0
    sales = list(Sale.objects.select_for_update().filter(pk__in=sale_ids).order_by("pk"))
    shares, days = list(due.order_by("pk")), list(due_days.select_related("share").order_by("pk"))
    _flow_back(shares, days, now=now)
    for sale in sales:
        outbox.record(SaleChanged(base_id=sale.base_id, sale_id=sale.pk, what="shares"), now=now)
    return len(shares) + len(days)


def shrink_shares(sale: Sale, capacity_g: int, *, now: datetime) -> None:
    """Let shares flow back if a sale that shrinks could not hold them; under the sale's lock."""
    if sale.reserved_g + sale.set_aside_g > capacity_g:
        _flow_back(list(sale.shares.filter(flowed_back_at=None)), [], now=now)


def shrink_day(day: PackingDay, crew_s: int, *, now: datetime) -> None:
    """Let shares of a day flow back if it could not hold them; under the sale's lock."""
    if day.reserved_crew_s + day.set_aside_crew_s > crew_s:
        rows = ChannelDay.objects.filter(
            share__sale_id=day.sale_id, day=day.day, flowed_back_at=None
        ).select_related("share")
        _flow_back([], list(rows), now=now)
        day.set_aside_crew_s = 0


def _check(entry: ChannelEntry) -> None:
    if not entry.code.strip() or not entry.name.strip():
        raise InvalidInput("code", "a channel needs a code and a name")
    if entry.kind not in Channel.Kind.values:
        raise InvalidInput("kind", f"{entry.kind!r} is none of {', '.join(Channel.Kind.values)}")
    if (entry.fee_bp is not None and not 0 <= entry.fee_bp < _BP) or entry.fee_fen < 0:
        raise InvalidInput("fee", "must lie between 0 and 100% of the price")


def _check_bulk(terms: BulkTermsEntry) -> None:
    costs = terms.freight_fen_per_kg, terms.loading_fen_per_kg, terms.material_fen
    if terms.fen_per_kg <= 0 or min(costs) < 0:
        raise InvalidInput("price", "must be above 0, and no cost below 0")
    if not 0 < terms.bundle_g <= HEAVIEST_BUNDLE_G or terms.bundles_per_pallet <= 0:
        raise InvalidInput("bundle", "a bundle holds up to 50 kg, a pallet at least one bundle")
    if not 0 <= terms.least_g <= terms.g_per_day:
        raise InvalidInput("least_g", "the least order can't exceed what is taken on a day")


def _locked(sale_id: int, actor: Actor) -> Sale:
    sale = Sale.objects.select_for_update(of=("self",)).select_related("branch").get(pk=sale_id)
    actor.require(Role.DESK, region=sale.branch.county_id)
    return sale


def _set_days(share: ChannelShare, day_bp: int, *, flows_back_at: datetime, now: datetime) -> None:
    """Set the same part of every packing day to come aside, as far as it is free."""
    held = {row.day: row for row in share.days.all()}
    for day in PackingDay.objects.filter(sale_id=share.sale_id).order_by("day"):
        until = min(flows_back_at, _common_from(day.day))
        free_s = day.capacity_crew_s - day.reserved_crew_s - day.set_aside_crew_s
        row = held.get(day.day) or ChannelDay(
            base_id=share.base_id, share=share, day=day.day, capacity_crew_s=0
        )
        wanted_s = max(0, day.capacity_crew_s * day_bp // _BP - row.reserved_crew_s)
        wanted_s = min(free_s, wanted_s)
        if until <= now or not wanted_s:
            continue
        row.capacity_crew_s = row.reserved_crew_s + wanted_s
        row.flows_back_at, row.flowed_back_at = until, None
        row.save()
        PackingDay.objects.filter(pk=day.pk).update(
            set_aside_crew_s=F("set_aside_crew_s") + wanted_s
        )


def _common_from(day: date) -> datetime:
    return at_hour(day - timedelta(days=1), DAY_FLOWS_BACK_HOUR)


def _flow_back(
    shares: Iterable[ChannelShare], days: Iterable[ChannelDay], *, now: datetime
) -> None:
    """Make what is unsold common: the share ends, what it sold stays counted."""
    sale_ids = set()
    for share in shares:
        unsold_g = share.capacity_g - share.reserved_g
        guard.free(Sale, {(share.base_id, share.sale_id): unsold_g}, unit="g")
        ChannelShare.objects.filter(pk=share.pk).update(
            flowed_back_at=now, capacity_g=share.reserved_g
        )
        share.capacity_g = share.reserved_g
        sale_ids.add(share.sale_id)
    for row in days:
        packing = PackingDay.objects.get(sale_id=row.share.sale_id, day=row.day)
        unsold_s = row.capacity_crew_s - row.reserved_crew_s
        guard.free(PackingDay, {(packing.base_id, packing.pk): unsold_s}, unit="crew_s")
        ChannelDay.objects.filter(pk=row.pk).update(
            flowed_back_at=now, capacity_crew_s=row.reserved_crew_s
        )
        sale_ids.add(row.share.sale_id)
    for sale_id in sale_ids:
        held = ChannelShare.objects.filter(sale_id=sale_id, flowed_back_at=None)
        held_days = ChannelDay.objects.filter(share__sale_id=sale_id, flowed_back_at=None)
        if not held.exists() and not held_days.exists():
            Sale.objects.filter(pk=sale_id).update(has_shares=False)
