"""What pages and reports may ask of plans."""

from django.db.models import QuerySet

from postharvest.decisions.planning.models import Figure, RescuePlan


def plan(plan_id: int) -> RescuePlan | None:
    """One plan with its surplus, or none."""
    rows = RescuePlan.objects.select_related("surplus__produce", "surplus__branch__base")
    return rows.filter(pk=plan_id).first()


def plans_of(surplus_id: int) -> list[RescuePlan]:
    """The plans of a surplus that stand, from most income to most cleared."""
    rows = RescuePlan.objects.filter(surplus_id=surplus_id)
    rows = rows.exclude(state=RescuePlan.State.SUPERSEDED)
    return list(rows.order_by("cleared_share", "-net_fen", "pk"))


def approved_plan(surplus_id: int) -> RescuePlan | None:
    """The plan a person approved, or none."""
    return RescuePlan.objects.filter(surplus_id=surplus_id, state="approved").first()


def figures_of(base_id: int) -> QuerySet[Figure]:
    """Numbers a branch entered itself, by field."""
    return Figure.objects.filter(base_id=base_id).order_by("field")
