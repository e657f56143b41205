"""A sale as buyers see it: what, from where, at which two prices, how far along."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from postharvest.core.clock.time import local_day
from postharvest.core.units import GRAMS_PER_JIN
from postharvest.interfaces.web.formats import (
    in_chinese,
    jin,
    kilograms,
    money,
    number,
    span,
    weight,
)
from postharvest.interfaces.web.rows import Row

_VARIETIES = re.compile(r"\s*[(（/,，].*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleCard:
    """One box of one sale, ready to print."""

    id: int
    listing_id: int
    title: str
    place: str
    grade: str
    produce_id: str
    county_code: str
    pack: str
    team_fen: int
    solo_fen: int
    team_plain: str
    per_jin: str
    team_size: int
    promise_days: int
    day_number: int
    days: int
    sold_g: int
    whole_g: int
    expected_g: float | None
    expected_mark: str
    progress_label: str
    time_left: str
    help_title: str
    town_note: str
    today_note: str
    is_open: bool


def card_of(sale: Row, listing: Row, *, now: datetime, boxes_today: int | None = None) -> SaleCard:
    """Write one listing of a sale for people."""
    surplus = sale.surplus
    expected = expected_g(sale, now=now)
    sold = percent_of(sale.reserved_g, sale.capacity_g)
    return SaleCard(
        id=sale.pk,
        listing_id=listing.pk,
        title=produce_name(surplus.produce),
        place=place_of(surplus, county=sale.branch.county),
        grade=grade_name(surplus.grade),
        produce_id=surplus.produce_id,
        county_code=str(surplus.county_id),
        pack=pack_name(listing.net_g),
        team_fen=listing.team_fen,
        solo_fen=listing.solo_fen,
        team_plain=f"{listing.team_fen / 100:,.2f}",
        per_jin=_("%(y)s per jin")
        % {"y": money(round(listing.team_fen * GRAMS_PER_JIN / listing.net_g))},
        team_size=sale.team_size,
        promise_days=int(sale.promise_days),
        day_number=min(max(1, day_number(sale, local_day(now))), sale_days(sale)),
        days=sale_days(sale),
        sold_g=sale.reserved_g,
        whole_g=sale.capacity_g,
        expected_g=expected,
        expected_mark=_("even pace"),
        progress_label=_("%(n)s%% sold") % {"n": number(sold)},
        time_left=time_left(sale, now=now),
        help_title=_("Help %(village)s sell %(kg)s")
        % {"village": surplus.village, "kg": weight(sale.capacity_g)},
        town_note=_("Town buyers pay %(y)s per kg today.")
        % {"y": money(surplus.wholesale_fen_per_kg)},
        today_note=_today_note(boxes_today),
        is_open=sale.state == "open" and sale.opens_at <= now < sale.closes_at,
    )


def produce_name(produce: Row) -> str:
    """Pick the name of a produce in the page's language, without its varieties."""
    return without_varieties(name_of(produce))


def without_varieties(name: str) -> str:
    """Leave out what stands behind a crop's name: 苹果(红富士) is 苹果 to a buyer."""
    return _VARIETIES.sub("", name).strip() or name


def place_of(surplus: Row, *, county: Row) -> str:
    """Write county and village."""
    return f"{name_of(county)} · {surplus.village}"


def name_of(row: Row) -> str:
    """Pick the name of anything that has two."""
    return str(row.name_zh if in_chinese() else row.name_en)


def grade_name(grade: str) -> str:
    """Write a grade; what a branch called otherwise stays as it is."""
    known = {"first": _("first grade"), "second": _("second grade"), "mixed": _("not sorted")}
    return known.get(grade, grade)


def pack_name(net_g: int) -> str:
    """Write a box by its weight: in jin for Chinese readers."""
    return jin(net_g) if in_chinese() else kilograms(net_g)


def photo_urls(surplus: Row) -> list[str]:
    """Return where the photos of a report are shown."""
    return [
        reverse("web:report-photo", args=[surplus.pk, n + 1]) for n in range(len(surplus.photos))
    ]


def sale_days(sale: Row) -> int:
    """Count the days of a sale, first and last included."""
    return int((sale.last_day - sale.first_day).days) + 1


def day_number(sale: Row, today: date) -> int:
    """Count which day of the sale it is; 1 is the first."""
    return int((today - sale.first_day).days) + 1


def expected_g(sale: Row, *, now: datetime) -> float | None:
    """Return what would be sold by now at an even pace, while the sale runs."""
    whole: timedelta = sale.closes_at - sale.opens_at
    if not whole or now < sale.opens_at or now > sale.closes_at:
        return None
    gone: float = (now - sale.opens_at) / whole
    return float(sale.capacity_g) * gone


def time_left(sale: Row, *, now: datetime) -> str:
    """Write how long the sale still runs."""
    if now >= sale.closes_at or sale.state == "closed":
        return _("closed")
    if now < sale.opens_at:
        return _("opens in %(t)s") % {"t": span(sale.opens_at - now)}
    return _("%(t)s left") % {"t": span(sale.closes_at - now)}


def percent_of(part: float, whole: float) -> float:
    """Return the per cent that a part is of a whole."""
    return 100 * part / whole if whole else 0.0


def _today_note(boxes: int | None) -> str:
    if boxes is None:
        return ""
    if boxes <= 0:
        return _("All boxes of today are spoken for; more at 8:00 tomorrow.")
    return _("%(n)s boxes can still be packed today.") % {"n": number(boxes)}
