"""What pages and reports may ask of plans."""

from django.db.models import QuerySet

from postharvest.decisions.planning.models import (
    BaseScenario,
    CopiedFigure,
    Figure,
    Replan,
    RescuePlan,
)


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


def scenarios() -> QuerySet[BaseScenario]:
    """Return the scenarios of bases without their documents, the one in force first."""
    return BaseScenario.objects.defer("document").order_by("-is_adopted", "-made_at", "-pk")


def scenario(scenario_id: int) -> BaseScenario | None:
    """Return one scenario of bases, or none."""
    return BaseScenario.objects.filter(pk=scenario_id).first()


def scenario_in_force() -> BaseScenario | None:
    """Return the newest re-plan of the adopted scenario, else that itself, or none."""
    adopted = BaseScenario.objects.filter(is_adopted=True).first()
    if adopted is None:
        return None
    ready = BaseScenario.State.READY
    again = BaseScenario.objects.filter(parent=adopted, wishes=adopted.wishes, state=ready)
    return again.order_by("-made_at", "-pk").first() or adopted


def base_of_plan(pk: int) -> int | None:
    """Return the base that a rescue plan belongs to, or none."""
    return RescuePlan.objects.filter(pk=pk).values_list("surplus__base_id", flat=True).first()


def copied_figures(scope: str) -> QuerySet[CopiedFigure]:
    """What was copied to the bases of a region and is not estimated there yet, the oldest first."""
    rows = CopiedFigure.objects.filter(
        base__county__code__startswith=scope, estimated_at__isnull=True
    )
    return rows.select_related("base", "origin").order_by("pk")


def base_of_copied(pk: int) -> int | None:
    """Return the base that something was copied to, or none."""
    return CopiedFigure.objects.filter(pk=pk).values_list("base_id", flat=True).first()


def latest_replan(sale_id: int) -> Replan | None:
    """The last proposal for a sale's days to come that news has asked for, or none."""
    return Replan.objects.filter(sale_id=sale_id).order_by("-day").first()
