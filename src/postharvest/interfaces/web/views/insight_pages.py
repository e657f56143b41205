"""Prices, what to grow, the glut that may come: each number with n, method and how it did here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from postharvest.core.clock import time
from postharvest.core.units import FEN_PER_YUAN
from postharvest.core.vault.disclosure import fewest_for
from postharvest.decisions.insight import crop_rows, queries
from postharvest.decisions.insight.crop_advice import ENOUGH_YEARS, CropPage
from postharvest.decisions.insight.diary import WHY
from postharvest.interfaces.web.access import DESK, VILLAGE, only_for
from postharvest.interfaces.web.actors import actor_of
from postharvest.interfaces.web.branch_page import attempt, base_of, bases_of
from postharvest.interfaces.web.cards import name_of, produce_name
from postharvest.interfaces.web.formats import in_chinese, number, percent, yuan
from postharvest.interfaces.web.forms import fields
from postharvest.interfaces.web.forms.diary import OutlookForm, PlantingForm, RecordForm
from postharvest.interfaces.web.rows import Row
from postharvest.interfaces.web.views.village import produce_choices
from postharvest.operations.diary import actions
from postharvest.operations.diary import queries as diary

READERS = tuple(dict.fromkeys((*VILLAGE, *DESK)))
MOST_CROPS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    """One place's morning: how likely, why, on what it rests, and the report that it offers."""

    place: str
    produce: str
    produce_id: str
    day: date
    chance: float
    rings: bool
    why: str
    rests_on: str
    report_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """One place's price today and in the coming weeks, in yuan per kg."""

    place: str
    produce: str
    produce_id: str
    today: str
    band: str
    today_rests_on: str
    weeks: Sequence[tuple[date, str, str, str]]
    weeks_rest_on: str
    score: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRow:
    """What finished sales taught of a crop."""

    produce: str
    base: str
    price: str
    kg: str
    elasticity: str
    rests_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CropRow:
    """One crop that can grow here, in yuan per mu."""

    name: str
    produce_id: str
    mean: float
    low: float
    high: float
    loss: float
    share: float
    own_years: int
    growers: int
    why: str


@require_GET
@only_for(*READERS)
def alerts(request: HttpRequest) -> HttpResponse:
    """Show which places may see a glut, why, how sure, and how such warnings did."""
    actor, today = actor_of(request), time.local_day(time.now())
    scope, fewest = actor.scope, fewest_for(actor)
    simulated = queries.simulated_record()
    watched = queries.latest_risks(scope, today=today, fewest=fewest)
    ringing = queries.alerts(scope, today=today, fewest=fewest)
    return render(
        request,
        "web/insight/alerts.html",
        {
            **_area(request),
            "fewest": fewest,
            "today": today,
            "alerts": [_risk_row(risk) for risk in ringing],
            "places": [_risk_row(risk) for risk in watched],
            "record": queries.warning_record(scope),
            "simulated": simulated,
            "caught": simulated.caught / max(1, simulated.gluts) if simulated else 0.0,
            "false_a_season": (
                number(simulated.false_alerts / simulated.seasons, 2) if simulated else ""
            ),
        },
    )


@require_GET
@only_for(*READERS)
def prices(request: HttpRequest) -> HttpResponse:
    """Show what the crop fetches here, what it may fetch, and what buyers online answered."""
    actor, today = actor_of(request), time.local_day(time.now())
    scope, fewest = actor.scope, fewest_for(actor)
    told_prices = queries.outlooks(scope, today=today, fewest=fewest)
    told, inside = queries.demands_foretold(scope)
    return render(
        request,
        "web/insight/prices.html",
        {
            **_area(request),
            "fewest": fewest,
            "today": today,
            "rows": [_price_row(row) for row in told_prices],
            "demands": [_demand_row(row) for row in queries.demands(scope, fewest=fewest)],
            "foretold": told,
            "inside": inside,
        },
    )


@require_http_methods(["GET", "POST"])
@only_for(*READERS)
def grow(request: HttpRequest) -> HttpResponse:
    """Show what could grow at a base and what it may bring; take seasons and plantings."""
    base, now = base_of(request), time.now()
    what = request.POST.get("what", "")
    choices = produce_choices()
    year = time.local_day(now).year
    record = RecordForm(
        request.POST if what == "record" else None, produce=choices, initial={"year": year - 1}
    )
    planting = PlantingForm(
        request.POST if what == "planting" else None, produce=choices, initial={"year": year + 1}
    )
    if what == "record" and attempt(record, lambda: _record(request, base, record)):
        messages.success(request, _("The season is recorded, with what was foretold for it."))
        return redirect(f"{request.path}?base={base.pk}")
    if what == "planting" and attempt(planting, lambda: _plant(request, base, planting)):
        messages.success(request, _("Registered; the advice to all others counts it."))
        return redirect(f"{request.path}?base={base.pk}")
    asked = OutlookForm(
        request.GET if "mu" in request.GET else {"mu": "10", "risk": "0.6", "growers": "1"}
    )
    page = _page(base, asked) if asked.is_valid() else None
    return render(
        request,
        "web/insight/grow.html",
        {
            **_area(request),
            "base": base,
            "bases": bases_of(request),
            "asked": asked,
            "page": page,
            "mix": page.plan.mix if page else None,
            "rows": _crop_rows(page) if page else [],
            "enough_years": ENOUGH_YEARS,
            "foretold": crop_rows.foretold_at(base.pk),
            "record": record,
            "planting": planting,
            "intended": _intended(base.pk, year=year + 1),
            "next_year": year + 1,
        },
        status=422 if record.errors or planting.errors or asked.errors else 200,
    )


def _area(request: HttpRequest) -> dict[str, str]:
    """Name the sister pages: village and desk read the same under their own addresses."""
    area = "desk" if request.path.startswith("/desk/") else "village"
    return {f"{name}_url": reverse(f"web:{area}-{name}") for name in ("alerts", "prices", "grow")}


def _risk_row(risk: Row) -> RiskRow:
    at = 0 if in_chinese() else 1
    reasons = [WHY[name][at] for name, _odds in risk.why]
    facts = {
        "n": risk.written_days,
        "p": risk.priced_days,
        "r": risk.rain_told_days,
    }
    return RiskRow(
        place=name_of(risk.branch),
        produce=produce_name(risk.produce),
        produce_id=risk.produce_id,
        day=risk.day,
        chance=risk.probability,
        rings=risk.rings,
        why=("；" if in_chinese() else "; ").join(reasons) or _("nothing stands out"),
        rests_on=_(
            "n = %(n)s days written, %(p)s with a price, %(r)s mornings with a rain forecast;"
            " logistic model of price, merchants and rain"
        )
        % facts,
        report_url=_report_url(risk) if risk.draft else "",
    )


def _report_url(risk: Row) -> str:
    """Return the address of a surplus report whose fields are filled from the alert."""
    draft = risk.draft
    filled = {
        "branch": risk.branch_id,
        "produce": risk.produce_id,
        "amount": draft["kg"],
        "unit": "kg",
        "harvest_from": draft["from_day"],
        "harvest_to": draft["to_day"],
    }
    if draft["fen_per_kg"]:
        price = f"{draft['fen_per_kg'] / FEN_PER_YUAN:.2f}"
        filled |= {"floor_price": price, "wholesale_price": price}
    return f"{reverse('web:village-report')}?{urlencode(filled)}"


def _price_row(outlook: Row) -> PriceRow:
    local, score = outlook.local, outlook.backtest
    usual = local["method"].startswith("usual")
    return PriceRow(
        place=name_of(outlook.branch),
        produce=produce_name(outlook.produce),
        produce_id=outlook.produce_id,
        today=yuan(local["yuan_kg"]),
        band="" if usual else f"{yuan(local['low'])}–{yuan(local['high'])}",
        today_rests_on=(
            _("usual price of the season: too few lines this week (n = %(n)s)")
            if usual
            else _("weighted median of the last 7 days, n = %(n)s")
        )
        % {"n": local["entries"]},
        weeks=[
            (
                date.fromisoformat(week["day"]),
                yuan(week["p10"]),
                yuan(week["p50"]),
                yuan(week["p90"]),
            )
            for week in outlook.weeks
        ],
        weeks_rest_on=_("n = %(n)s weeks, method: %(method)s")
        % {"n": outlook.written_weeks, "method": _method_name(outlook.method)},
        score=_score(score),
    )


def _score(score: Row | None) -> str:
    if not score:
        return _("not yet tested here: too few weeks")
    facts = {
        "points": score["points"],
        "error": percent(score["error_share"], 1),
        "naive": percent(score["naive_error_share"], 1),
        "inside": percent(score["inside_80"]),
    }
    return (
        _(
            "tested on %(points)s past weeks: off by %(error)s (the last price: %(naive)s),"
            " %(inside)s inside the 80%% band"
        )
        % facts
    )


def _method_name(method: str) -> str:
    known = {
        "blend+season": _("blend of models with the season"),
        "blend": _("blend of models"),
        "weighted past": _("weighted past"),
        "last value": _("last value, spread of the other series"),
        "constant": _("always the same price so far"),
        "none": _("none: fewer than two weeks"),
    }
    return known.get(method, method)


def _demand_row(learnt: Row) -> DemandRow:
    band = (learnt.elasticity_low95, learnt.elasticity_high95)
    return DemandRow(
        produce=produce_name(learnt.produce),
        base=name_of(learnt.base),
        price=yuan(learnt.yuan_per_kg),
        kg=f"{number(learnt.kg_per_day)} ({number(learnt.kg_per_day_low)}–"
        f"{number(learnt.kg_per_day_high)})",
        elasticity=f"{number(learnt.elasticity, 2)} ({number(band[0], 2)} … {number(band[1], 2)})",
        rests_on=_("%(sales)s finished sales, n = %(rows)s days")
        % {"sales": learnt.sales, "rows": learnt.rows},
    )


def _page(base: Row, asked: OutlookForm) -> CropPage:
    data = asked.cleaned_data
    return crop_rows.crop_page_of_base(
        base.pk,
        mu=float(data["mu"]),
        risk=float(data["risk"]),
        growers=data["growers"],
        now=time.now(),
    )


def _crop_rows(page: CropPage) -> list[CropRow]:
    chosen = {one.key: one.share for one in page.plan.outlooks if page.recommends}
    order = sorted(page.plan.outlooks, key=lambda one: (-chosen.get(one.key, 0.0), -one.mean))
    return [
        CropRow(
            name=page.names[one.key][1 if in_chinese() else 0],
            produce_id=one.key,
            mean=one.mean,
            low=one.p10,
            high=one.p90,
            loss=one.loss_chance,
            share=one.share,
            own_years=page.own_years[one.key],
            growers=page.growers.get(one.key, 0),
            why=_why_here(page, one.key),
        )
        for one in order[:MOST_CROPS]
    ]


def _why_here(page: CropPage, key: str) -> str:
    fit = page.fit[key]
    said = [
        _("fits %(share)s, months %(a)s–%(b)s")
        % {"share": percent(fit.score), "a": fit.from_month, "b": fit.to_month}
    ]
    if page.intended_share[key] > 0:
        said.append(
            _("registered: %(share)s of the usual area")
            % {"share": percent(page.intended_share[key])}
        )
    return ", ".join(said)


def _intended(base_id: int, *, year: int) -> list[tuple[str, float]]:
    names = dict(produce_choices())
    areas = diary.published_mu(base_id, year=year)
    return [(names.get(key, key), mu) for key, mu in sorted(areas.items(), key=lambda a: -a[1])]


def _record(request: HttpRequest, base: Row, form: RecordForm) -> None:
    data = form.cleaned_data
    crop_rows.record_season(
        season=actions.OwnSeason(
            base_id=base.pk,
            produce_id=data["produce"],
            year=data["year"],
            yield_kg_mu=float(data["yield_kg_mu"]),
            cost_fen_mu=fields.fen(data["cost"]),
            fen_per_kg=fields.fen(data["price"]),
        ),
        actor=actor_of(request),
        now=time.now(),
    )


def _plant(request: HttpRequest, base: Row, form: PlantingForm) -> None:
    data = form.cleaned_data
    actions.register_planting(
        planting=actions.Planting(
            key=data["key"],
            base_id=base.pk,
            produce_id=data["produce"],
            village=data["village"],
            year=data["year"],
            mu=float(data["mu"]),
        ),
        actor=actor_of(request),
        now=time.now(),
    )
