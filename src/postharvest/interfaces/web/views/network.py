"""Headquarters: the bases and what they brought; and the sources of every shipped figure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from postharvest.core.audit.actor import Role
from postharvest.core.clock import time
from postharvest.core.vault.disclosure import fewest_for
from postharvest.interfaces.web import maps
from postharvest.interfaces.web.access import only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.cards import name_of
from postharvest.interfaces.web.formats import in_chinese, money, number, percent, short_money
from postharvest.interfaces.web.lane_maps import land_url, short_name
from postharvest.interfaces.web.reach_view import alerts, reach_stats
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.tables import Stat
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.network import queries as network
from postharvest.operations.standing import queries as standing
from postharvest.operations.standing.queries import Flow

MOST_BASES = 200
MOST_SALES = 200
MOST_LABELS = 12
MOSTLY = 0.95
TARGET = 150
"""How many bases the three years are to open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRow:
    """One base: how far it is and what its sales brought."""

    id: int
    name: str
    place: str
    state: str
    tone: str
    sales: int
    gmv_fen: int
    on_time: str
    uplift: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One shipped or own table with where its figures come from."""

    title: str
    rows: int
    status: str
    source: str
    licence: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the sales of a base, or of all, add up to."""

    sales: int = 0
    gmv_fen: int = 0
    delivered: int = 0
    in_time: int = 0
    gained_fen: int = 0
    paid_wages_fen: int = 0
    uplifts: tuple[tuple[int, int], ...] = ()


@require_GET
@only_for(Role.PLANNER, Role.AUDITOR, Role.DESK)
def bases(request: HttpRequest) -> HttpResponse:
    """Show how far the bases are and what they bring."""
    scope = actor_of(request).scope
    rows = list(network.bases(scope)[:MOST_BASES])
    by_base: dict[int, list[Row]] = {}
    sales = list(campaigns.sales(scope)[:MOST_SALES])
    now = time.now()
    for sale in sales:
        by_base.setdefault(sale.base_id, []).append(sale)
    flows = {sale.pk: standing.flow(sale, now=now) for sale in sales}
    fewest = fewest_for(actor_of(request))
    sums = {
        row.pk: _told(_sums(by_base.get(row.pk, []), flows, now=now), row.pk, fewest)
        for row in rows
    }
    return render(
        request,
        "web/network/bases.html",
        {
            "stats": _stats(rows, list(sums.values())),
            "reach": reach_stats(
                sales,
                flows,
                [pair for one in sums.values() for pair in one.uplifts],
                scope=scope,
                now=now,
            ),
            "alerts": alerts(sales, flows, now=now),
            "rows": [_row(row, sums[row.pk]) for row in rows],
            "map": _map(rows),
        },
    )


@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """Say of every table where its figures come from and how far they may be trusted."""
    rows = [
        TableRow(
            title=str(table.title_zh if in_chinese() else table.title_en),
            rows=table.rows,
            status=table.status,
            source=table.source,
            licence=table.licence,
            own=table.is_operator,
        )
        for table in network.tables()
    ]
    return render(request, "web/network/sources.html", {"rows": rows})


def _sums(sales: list[Row], flows: Mapping[int, Flow], *, now: datetime) -> Sums:
    gmv = delivered = in_time = gained = wages = 0
    uplifts = []
    for sale in sales:
        totals, flow = standing.money(sale, now=now).totals, flows[sale.pk]
        gmv += totals["gmv_fen"]
        wages += totals["wages_fen"]
        delivered += flow.delivered
        in_time += flow.in_time
        if _is_over(sale, flow):
            uplifts.append((totals["gmv_fen"], totals["uplift_fen_per_kg"]))
            gained += totals["growers_net_fen"]
    return Sums(
        sales=len(sales),
        gmv_fen=gmv,
        delivered=delivered,
        in_time=in_time,
        gained_fen=gained,
        paid_wages_fen=wages,
        uplifts=tuple(uplifts),
    )


def _is_over(sale: Row, flow: Flow) -> bool:
    """Whether what growers gained may be told: cutting is paid for long before parcels arrive."""
    parcels = sum(sum(counts.values()) for counts in flow.by_lane.values())
    return sale.state == "closed" and flow.delivered >= MOSTLY * parcels > 0


def _told(sums: Sums, base_id: int, fewest: int) -> Sums:
    """Leave out what so few growers got that it would tell about one of them."""
    if not sums.uplifts or not fewest or harvest.growers_who_cut(base_id=base_id) >= fewest:
        return sums
    return replace(sums, gained_fen=0, uplifts=())


def _stats(rows: list[Row], sums: list[Sums]) -> list[Stat]:
    open_bases = sum(row.state == "open" for row in rows)
    delivered, in_time = sum(s.delivered for s in sums), sum(s.in_time for s in sums)
    return [
        Stat(
            label=_("Bases open"),
            value=number(open_bases),
            unit=f" / {TARGET}",
            note=_("%(n)s sales so far") % {"n": number(sum(s.sales for s in sums))},
        ),
        Stat(
            label=_("Goods delivered"),
            value=short_money(sum(s.gmv_fen for s in sums)),
            note=_("%(n)s parcels have arrived") % {"n": number(delivered)},
        ),
        Stat(
            label=_("Growers net"),
            value=short_money(sum(s.gained_fen for s in sums))
            if any(s.uplifts for s in sums)
            else "–",
            note=_("of sales that are over; %(y)s wages beside it")
            % {"y": short_money(sum(s.paid_wages_fen for s in sums))},
        ),
        Stat(
            label=_("On time"),
            value=percent(in_time / delivered, 1) if delivered else "–",
            note=_("of what was delivered"),
        ),
    ]


def _row(base: Row, sums: Sums) -> BaseRow:
    states = {
        "candidate": (_("candidate"), ""),
        "agreed": (_("agreed"), "sky"),
        "fitted_out": (_("fitted out"), "warn"),
        "open": (pgettext("base", "open"), "ok"),
        "closed": (pgettext("base", "closed"), ""),
    }
    state, tone = states[base.state]
    return BaseRow(
        id=base.pk,
        name=name_of(base),
        place=name_of(base.county),
        state=state,
        tone=tone,
        sales=sums.sales,
        gmv_fen=sums.gmv_fen,
        on_time=percent(sums.in_time / sums.delivered, 1) if sums.delivered else "–",
        uplift=money(sums.gained_fen) if sums.uplifts else "–",
    )


def _map(rows: list[Row]) -> SafeString:
    picture = maps.Map(
        maps.view_of(maps.CHINA, width=800, height=560, margin=14), land_url=land_url()
    )
    for base in rows:
        is_open = base.state == "open"
        picture.mark(
            (base.lon, base.lat),
            shape="circle" if is_open else "triangle",
            colour="var(--post)" if is_open else "var(--p3)",
            radius=7,
            hollow=not is_open,
            title=name_of(base),
        )
    for base in rows[:MOST_LABELS]:
        picture.label((base.lon, base.lat), short_name(base.county))
    return picture.svg(_("%(n)s bases on the map") % {"n": len(rows)})
