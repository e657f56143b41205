"""What rows of each kind of own data ask for: one action for a whole file.

A row that names what is not there is a fault of its line; what the action refuses is found again
by the key it names.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from postharvest.core.audit.actor import Actor
from postharvest.core.check_digits import birthday_of
from postharvest.core.clock.time import local_day
from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Row, Value
from postharvest.core.units import fen, grams
from postharvest.core.vault.seal import Person
from postharvest.operations.campaigns import queries as campaigns
from postharvest.operations.campaigns.actions import PackEntry, change_prices, set_packs
from postharvest.operations.harvest import queries as harvest
from postharvest.operations.harvest.actions.contracts import ContractTerms, offer_contracts
from postharvest.operations.harvest.actions.growers import GrowerEntry, register_growers
from postharvest.operations.network import queries as network
from postharvest.operations.network.actions.staff import StaffEntry, enter_staff
from postharvest.operations.packing import queries as packing
from postharvest.operations.packing.actions.places import (
    PackerEntry,
    PointEntry,
    PoolEntry,
    register_packers,
    register_points,
    register_pools,
)
from postharvest.operations.settlement.payees import PayeeEntry, set_payee

FIRST_PASSWORD_BYTES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Whose data it is, who enters it and when."""

    base_id: int
    county_code: str
    actor: Actor
    now: datetime

    @classmethod
    def of_base(cls, base_id: int, *, actor: Actor, now: datetime) -> "Context":
        """Return the context of one base."""
        base = next(row for row in network.bases() if row.pk == base_id)
        return cls(base_id=base_id, county_code=base.county_id, actor=actor, now=now)

    @property
    def by(self) -> dict[str, Any]:
        """Who and when, as actions take them."""
        return {"actor": self.actor, "now": self.now}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What is wrong with a row, counted from 0."""

    row: int
    column: str
    value: str
    rule: str
    hint: str


class Faulty(Exception):
    """Some rows name what is not there."""

    def __init__(self, faults: list[Wrong]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def growers(rows: list[Row], context: Context) -> list[str]:
    """Register growers; those known by their code stay as they are."""
    entries = [
        GrowerEntry(
            code=_text(row["code"]),
            village=_text(row["village"]),
            person=_person(row["name"], row["phone"]),
            kind=_text(row["kind"]) or "household",
            area_mu=_float(row["area_mu"]) or None,
        )
        for row in rows
    ]
    register_growers(base_id=context.base_id, entries=entries, **context.by)
    return []


def payees(rows: list[Row], context: Context) -> list[str]:
    """Say who is paid for each grower or packer, and where."""
    parties = {row.code: f"grower:{row.pk}" for row in harvest.growers_of_base(context.base_id)}
    parties |= {row.code: f"packer:{row.pk}" for row in packing.packers_of_base(context.base_id)}
    _all_there(rows, "party", parties, hint="enter the grower or packer first")
    _need(
        rows,
        lambda row: row["way"] != "bank" or bool(row["card"] or row["company_account"]),
        column="card",
        rule="is empty",
        hint="who is paid by bank needs a card or a company account",
    )
    for n, row in enumerate(rows):
        entry = PayeeEntry(
            account=parties[_text(row["party"])],
            way=_text(row["way"]),
            kind=_text(row["relation"]) or "self",
            proof=_text(row["proof"]),
            person=Person(
                name=_text(row["holder"]),
                phone=_text(row["phone"]),
                payee=_text(row["card"] or row["company_account"]),
                resident_id=_text(row["resident_id"]),
            ),
        )
        try:
            set_payee(base_id=context.base_id, entry=entry, **context.by)
        except InvalidInput as error:
            wrong = Wrong(row=n, column=error.field, value=_text(row["party"]),
                          rule=error.detail, hint="correct it and send it again")  # fmt: skip
            raise Faulty([wrong]) from None
    return []


def staff(rows: list[Row], context: Context) -> list[str]:
    """Enter people who sign in; a new one's first password is told once."""
    entries = [
        StaffEntry(
            username=_text(row["username"]),
            name=_text(row["name"]),
            role=_text(row["role"]),
            region=_text(row["county"]) or context.actor.scope,
            first_password=secrets.token_urlsafe(FIRST_PASSWORD_BYTES),
        )
        for row in rows
    ]
    fresh = set(enter_staff(entries=entries, **context.by))
    return [f"{one.username}: {one.first_password}" for one in entries if one.username in fresh]


def points(rows: list[Row], context: Context) -> list[str]:
    """Enter packing points of the base's first post office."""
    branch = network.branches_of_base(context.base_id)[0]
    entries = [
        PointEntry(
            branch_id=branch.pk,
            code=_text(row["code"]),
            name=_text(row["name"]),
            lat=_float(row["lat"]),
            lon=_float(row["lon"]),
            stations=int(_float(row["stations"])),
            min_crew=int(_float(row["least_people"])),
            setup_fen=fen(_float(row["setup_yuan"])),
            day_fen=fen(_float(row["day_yuan"])),
            haul_fen_per_t=fen(_float(row["haul_yuan_per_t"])),
        )
        for row in rows
    ]
    register_points(base_id=context.base_id, entries=entries, **context.by)
    return []


def labour(rows: list[Row], context: Context) -> list[str]:
    """Enter how many people of each village can pack, and for which wage."""
    entries = [
        PoolEntry(
            code=_text(row["code"]),
            village=_text(row["village"]),
            lat=_float(row["lat"]),
            lon=_float(row["lon"]),
            people_per_day=int(_float(row["people_per_day"])),
            wage_steps=[{"share": 1.0, "fen_per_day": fen(_float(row["day_wage_yuan"]))}],
        )
        for row in rows
    ]
    register_pools(base_id=context.base_id, entries=entries, **context.by)
    return []


def people(rows: list[Row], context: Context) -> list[str]:
    """Register packers; their age follows from their identity number."""
    pools = {row.code: row.pk for row in packing.pools_of_base(context.base_id)}
    _all_there(rows, "labour", pools, hint="load the villages' labour first")
    today = local_day(context.now)
    entries = [
        PackerEntry(
            code=_text(row["code"]),
            pool_id=pools[_text(row["labour"])],
            age_years=_age(_text(row["resident_id"]), today),
            person=_person(row["name"], row["phone"], resident_id=_text(row["resident_id"])),
        )
        for row in rows
    ]
    register_packers(base_id=context.base_id, entries=entries, **context.by)
    return []


def packs(rows: list[Row], context: Context) -> list[str]:
    """Enter box sizes; those of a crop that is named are replaced as a whole."""
    known = {row.pk for row in harvest.produce()}
    _all_there(rows, "produce", known, hint="use a crop's id of the table produce")
    for produce in dict.fromkeys(_text(row["produce"]) for row in rows):
        entries = [
            PackEntry(
                net_g=grams(_float(row["net_kg"])),
                material_fen=fen(_float(row["material_yuan"])),
                packed_g_per_day=grams(_float(row["packed_kg_per_day"])),
                demand_share=_float(row["demand_share"]),
            )
            for row in rows
            if row["produce"] == produce
        ]
        set_packs(base_id=context.base_id, produce_id=produce, packs=entries, **context.by)
    return []


def prices(rows: list[Row], context: Context) -> list[str]:
    """Set prices of running sales; orders placed keep theirs."""
    listings: dict[tuple[int, str, int], int] = {}
    for sale in campaigns.sales():
        if sale.base_id == context.base_id:
            for one in campaigns.listings_of(sale.pk):
                listings[sale.pk, one.channel.code, one.net_g] = one.pk
    wanted = [
        (int(_float(r["sale"])), _text(r["channel"]) or "shop", grams(_float(r["net_kg"])))
        for r in rows
    ]
    if faults := [
        Wrong(row=n, column="net_kg", value=f"{key[2] / 1000:g} kg in {key[1]}",
              rule=f"is not listed in sale {key[0]}", hint="look at the sale's box sizes")
        for n, key in enumerate(wanted) if key not in listings
    ]:  # fmt: skip
        raise Faulty(faults)
    by_sale: dict[int, dict[int, tuple[int, int]]] = {}
    for row, key in zip(rows, wanted, strict=True):
        pair = fen(_float(row["team_yuan"])), fen(_float(row["solo_yuan"]))
        by_sale.setdefault(key[0], {})[listings[key]] = pair
    for sale_id, prices_fen in sorted(by_sale.items()):
        change_prices(sale_id=sale_id, prices_fen=prices_fen, **context.by)
    return []


def contracts(rows: list[Row], context: Context) -> list[str]:
    """Offer contracts to growers on what they put into a surplus."""
    offers: dict[tuple[int, str, str], int] = {}
    for surplus in harvest.reports(context.county_code):
        for one in harvest.offers_of(surplus.pk):
            offers[surplus.pk, one.grower.code, one.part.code] = one.pk
            offers.setdefault((surplus.pk, one.grower.code, ""), one.pk)
    wanted = [(int(_float(r["surplus"])), _text(r["grower"]), _text(r["part"])) for r in rows]
    if faults := [
        Wrong(row=n, column="grower", value=key[1], rule=f"offers nothing in report {key[0]}",
              hint="look at the growers of that report")
        for n, key in enumerate(wanted) if key not in offers
    ]:  # fmt: skip
        raise Faulty(faults)
    terms = [
        ContractTerms(
            offer_id=offers[key],
            kind=_text(row["kind"]),
            weight_g=grams(_float(row["kg"])),
            price_fen_per_kg=fen(_float(row["price_yuan"])),
            floor_fen_per_kg=fen(_float(row["floor_yuan"])),
            advance_fen_per_kg=fen(_float(row["advance_yuan"])),
            if_unsold=_text(row["if_unsold"]) or "grower",
        )
        for row, key in zip(rows, wanted, strict=True)
    ]
    offer_contracts(terms=terms, **context.by)
    return []


def _all_there(rows: list[Row], column: str, known: Any, *, hint: str) -> None:  # noqa: ANN401
    _need(rows, lambda row: row[column] in known, column=column, rule="is not known", hint=hint)


def _need(rows: list[Row], holds: Any, *, column: str, rule: str, hint: str) -> None:  # noqa: ANN401
    faults = [
        Wrong(row=n, column=column, value=_text(row[column]), rule=rule, hint=hint)
        for n, row in enumerate(rows)
        if not holds(row)
    ]
    if faults:
        raise Faulty(faults)


def _person(name: Value, phone: Value, *, resident_id: str = "") -> Person:
    return Person(name=_text(name), phone=_text(phone), resident_id=resident_id)


def _age(resident_id: str, today: date) -> int:
    born = birthday_of(resident_id) or today
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _float(value: Value) -> float:
    return float(value or 0)
