"""What a region's books say of postage, packaging and fees against what its orders say."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from postharvest.operations.orders.models import Order
from postharvest.operations.packing.models import Box
from postharvest.operations.parcels.models import Parcel
from postharvest.operations.settlement import accounts, bookings
from postharvest.operations.settlement.models import Line

SERVICES = (accounts.POSTAGE, accounts.PACKAGING, accounts.FEE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """One service in one county: what orders say it earned, and what the books say, in fen."""

    county: str
    account: str
    expected_fen: int
    booked_fen: int

    @property
    def difference_fen(self) -> int:
        return self.booked_fen - self.expected_fen


def reconcile_region(scope: str) -> list[Reconciled]:
    """Compare postage, packaging and fees by county with the orders behind them.

    Expected are today's tariffs on every delivered box, and on every box that was packed (posted)
    and withdrawn.  A tariff changed in between, or an entry lost or doubled, shows as a difference.
    """
    booked = _booked(scope)
    expected = _expected_of_orders(scope)
    expected.update(_expected_of_withdrawn(scope))
    expected.update(_expected_of_resent(scope))
    counties = sorted({county for county, _ in (*booked, *expected)})
    return [
        Reconciled(
            county=county,
            account=account,
            expected_fen=expected[county, account],
            booked_fen=booked[county, account],
        )
        for county in counties
        for account in SERVICES
    ]


def _booked(scope: str) -> Counter[tuple[str, str]]:
    rows = Line.objects.filter(
        Q(account__in=SERVICES) | Q(account__startswith="fee:"),
        entry__sale__branch__county__code__startswith=scope,
        entry__kind__in=["split", "withdrawn", "resent", "correction"],
    )
    out: Counter[tuple[str, str]] = Counter()
    for county, account, fen in rows.values_list(
        "entry__sale__branch__county_id", "account"
    ).annotate(n=Sum("amount_fen")):
        out[county, accounts.kind_of(account)] -= fen
    return out


def _expected_of_orders(scope: str) -> Counter[tuple[str, str]]:
    """Every delivered order at today's tariff; alike orders are reckoned once."""
    rows = Order.objects.filter(
        state=Order.State.DELIVERED, sale__branch__county__code__startswith=scope
    )
    fields = (
        "quantity", "total_fen", "sale__fee_bp", "listing__net_g", "listing__material_fen",
        "listing__channel__fee_bp", "listing__channel__fee_fen", "lane__postage_fen",
    )  # fmt: skip
    out: Counter[tuple[str, str]] = Counter()
    for row in rows.values("sale__branch__county_id", "lane_id", *fields).annotate(n=Count("pk")):
        parts = bookings.split_of(row, 0)
        for account in SERVICES:
            out[row["sale__branch__county_id"], account] += row["n"] * parts[account]
    return out


def _expected_of_resent(scope: str) -> Counter[tuple[str, str]]:
    rows = Parcel.objects.filter(order__sale__branch__county__code__startswith=scope)
    out: Counter[tuple[str, str]] = Counter()
    for county, net_g, postage in rows.exclude(resent_at=None).values_list(
        "order__sale__branch__county_id", "box__net_g", "lane__postage_fen"
    ):
        out[county, accounts.POSTAGE] += int(postage[str(net_g)])
    return out


def _expected_of_withdrawn(scope: str) -> Counter[tuple[str, str]]:
    out: Counter[tuple[str, str]] = Counter()
    rows = Box.objects.filter(
        withdrawn_at__isnull=False, shift__sale__branch__county__code__startswith=scope
    )
    for county, despatch, resent_at, material_fen, net_g, postage in rows.values_list(
        "shift__sale__branch__county_id",
        "parcel__despatch_id",
        "parcel__resent_at",
        "listing__material_fen",
        "listing__net_g",
        "order__lane__postage_fen",
    ):
        out[county, accounts.PACKAGING] += material_fen
        if despatch or resent_at:
            out[county, accounts.POSTAGE] += int(postage[str(net_g)])
    return out
