"""What the rest of the house may ask of the harvest."""

from collections.abc import Collection
from datetime import date

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from postharvest.operations.harvest.models import (
    Contract,
    Grower,
    HarvestCall,
    Lot,
    Offer,
    Produce,
    Surplus,
    SurplusPart,
    WholesalePickup,
)


def produce() -> QuerySet[Produce]:
    """Every kind of produce, by its Chinese name."""
    return Produce.objects.order_by("name_zh")


def surplus(surplus_id: int) -> Surplus:
    """One surplus with its produce, branch and base."""
    rows = Surplus.objects.select_related("produce", "branch", "base", "county")
    return rows.get(pk=surplus_id)


def reports(scope: str) -> QuerySet[Surplus]:
    """Reports of a region, newest first."""
    rows = Surplus.objects.select_related("produce", "branch", "county")
    return rows.filter(county__code__startswith=scope).order_by("-reported_at", "-id")


def parts_of(surplus_id: int) -> list[SurplusPart]:
    """The village groups of a surplus, by code, with their offers."""
    rows = SurplusPart.objects.filter(surplus_id=surplus_id).prefetch_related("offers")
    return list(rows.order_by("code"))


def offers_of(surplus_id: int) -> QuerySet[Offer]:
    """Every grower's offer in a surplus, by part and id."""
    rows = Offer.objects.filter(part__surplus_id=surplus_id).select_related("part", "grower")
    return rows.order_by("part__code", "id")


def signed_contracts_of_base(base_id: int) -> tuple[int, int]:
    """Return how many growers' contracts are signed at a base, and their grams."""
    rows = Contract.objects.filter(base_id=base_id, state=Contract.State.SIGNED)
    sums = rows.aggregate(n=Count("pk"), g=Sum("weight_g"))
    return sums["n"] or 0, sums["g"] or 0


def offers_on(surplus_id: int, day: date) -> QuerySet[Offer]:
    """Every grower's offer with the lot cut from it on a day: ``lot_id`` and ``lot_g``, or none."""
    that_day = Q(lots__harvested_on=day)
    return offers_of(surplus_id).annotate(
        lot_id=Max("lots__id", filter=that_day), lot_g=Sum("lots__cut_g", filter=that_day)
    )


def contracts_of(surplus_id: int) -> list[Contract]:
    """Contracts on a surplus, by part and offer, with grower and part."""
    rows = Contract.objects.filter(offer__part__surplus_id=surplus_id)
    rows = rows.select_related("offer__part__surplus__produce", "offer__grower__contact")
    return list(rows.order_by("offer__part__code", "offer_id"))


def contract(contract_id: int) -> Contract | None:
    """One contract with everything that its paper says, or none."""
    rows = Contract.objects.select_related(
        "offer__part__surplus__produce", "offer__part__surplus__branch", "offer__grower__contact"
    )
    return rows.filter(pk=contract_id).first()


def lots_cut(surplus_id: int, day: date | None = None) -> QuerySet[Lot]:
    """Lots of a surplus, the first to spoil first."""
    rows = Lot.objects.filter(offer__part__surplus_id=surplus_id)
    if day is not None:
        rows = rows.filter(harvested_on=day)
    return rows.order_by("sell_by", "id")


def cut_g(surplus_id: int) -> int:
    """Grams cut so far for the sale of a surplus."""
    return lots_cut(surplus_id).aggregate(n=Sum("cut_g"))["n"] or 0


def wholesale_g(surplus_id: int) -> int:
    """Grams that local buyers took at the field so far."""
    rows = WholesalePickup.objects.filter(offer__part__surplus_id=surplus_id)
    return rows.aggregate(n=Sum("weight_g"))["n"] or 0


def growers_of_base(base_id: int) -> QuerySet[Grower]:
    """Growers of a base, by code."""
    return Grower.objects.filter(base_id=base_id).order_by("code")


def bases_with_growers(fewest: int) -> set[int]:
    """Bases at which at least so many growers are registered."""
    counted = Grower.objects.values_list("base_id").annotate(n=Count("pk"))
    return {base_id for base_id, n in counted if n >= fewest}


def growers_who_cut(*, base_id: int, produce_id: str = "") -> int:
    """How many growers of a base have cut for a sale, of one crop or of any."""
    lots = Lot.objects.filter(offer__part__surplus__base_id=base_id, cut_g__gt=0)
    if produce_id:
        lots = lots.filter(offer__part__surplus__produce_id=produce_id)
    return lots.values("offer__grower_id").distinct().count()


def calls_on(day: date, scope: str) -> QuerySet[HarvestCall]:
    """Whom a region calls on a day, by village."""
    rows = HarvestCall.objects.filter(day=day, offer__part__surplus__county__code__startswith=scope)
    rows = rows.select_related("grower__contact", "offer__part__surplus__produce")
    return rows.order_by("offer__part__village", "grower__code")


def calls(call_ids: Collection[int]) -> QuerySet[HarvestCall]:
    """Some calls with their growers and crops."""
    rows = HarvestCall.objects.filter(pk__in=call_ids)
    return rows.select_related("grower__contact", "offer__part__surplus__produce")


def growers(grower_ids: Collection[int]) -> QuerySet[Grower]:
    """Some growers with who they are."""
    return Grower.objects.filter(pk__in=grower_ids).select_related("contact")


def not_taken_g(surplus_id: int) -> int:
    """Grams on offer that were neither cut nor taken by a local buyer."""
    rows = Offer.objects.filter(part__surplus_id=surplus_id)
    left = rows.aggregate(n=Sum(F("offered_g") - F("called_g") - F("wholesale_g")))
    return left["n"] or 0


def calls_of_surplus(surplus_id: int, day: date) -> QuerySet[HarvestCall]:
    """Calls of one surplus for a day."""
    return HarvestCall.objects.filter(offer__part__surplus_id=surplus_id, day=day)


def base_of_surplus(pk: int) -> int | None:
    """Return the base that a surplus belongs to, or none."""
    return Surplus.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def base_of_grower(pk: int) -> int | None:
    """Return the base that a grower belongs to, or none."""
    return Grower.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def base_of_contract(pk: int) -> int | None:
    """Return the base that a contract belongs to, or none."""
    return Contract.objects.filter(pk=pk).values_list("base_id", flat=True).first()
