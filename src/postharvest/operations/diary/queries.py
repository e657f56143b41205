"""What the rest of the house may ask of the diary."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Count, Max, QuerySet, Sum

from postharvest.core.vault.disclosure import FEWEST
from postharvest.operations.diary.models import (
    CropRecord,
    DiaryLine,
    ExpectedSeason,
    PlantingIntention,
    WeatherDay,
)


def lines(scope: str) -> QuerySet[DiaryLine]:
    """Every line written in a region, the newest day first, corrected ones too."""
    rows = DiaryLine.objects.select_related("produce", "branch")
    return rows.filter(branch__county__code__startswith=scope).order_by("-day", "-pk")


def lines_that_count(
    *, branch_id: int, produce_id: str, since: date, until: date
) -> list[DiaryLine]:
    """The latest line of each village and day at a post office, by day."""
    rows = DiaryLine.objects.filter(
        branch_id=branch_id, produce_id=produce_id, day__range=(since, until)
    )
    latest = rows.values("village", "day").annotate(pk_of=Max("pk")).values("pk_of")
    return list(DiaryLine.objects.filter(pk__in=latest).order_by("day", "pk"))


def places(base_id: int) -> list[tuple[int, str]]:
    """Post offices and crops of a base for which a line or a season was written."""
    written = DiaryLine.objects.filter(base_id=base_id).values_list("branch_id", "produce_id")
    expected = ExpectedSeason.objects.filter(base_id=base_id)
    return sorted({*written.distinct(), *expected.values_list("branch_id", "produce_id")})


def season_at(*, branch_id: int, produce_id: str, day: date) -> ExpectedSeason | None:
    """The season that a day lies in, or none."""
    rows = ExpectedSeason.objects.filter(branch_id=branch_id, produce_id=produce_id)
    return rows.filter(first_day__lte=day, last_day__gte=day).first()


def seasons(scope: str) -> QuerySet[ExpectedSeason]:
    """Every noted season of a region, the latest first."""
    rows = ExpectedSeason.objects.select_related("produce", "branch")
    return rows.filter(branch__county__code__startswith=scope).order_by("-first_day", "pk")


def rain_told(*, county_code: str, since: date, until: date) -> dict[date, list[float]]:
    """Millimetres of the coming days by the morning on which they were told, day by day.

    The morning's own day is left out: what falls today is no forecast.
    """
    rows = WeatherDay.objects.filter(county_id=county_code, told_on__range=(since, until))
    told: dict[date, list[float]] = {}
    for told_on, day, rain_mm in rows.order_by("told_on", "day").values_list(
        "told_on", "day", "rain_mm"
    ):
        if day > told_on:
            told.setdefault(told_on, []).append(rain_mm)
    return told


def weather(county_codes: Sequence[str]) -> QuerySet[WeatherDay]:
    """What some counties were told, the latest first."""
    rows = WeatherDay.objects.filter(county_id__in=county_codes)
    return rows.order_by("-told_on", "county_id", "day")


def crop_records(base_id: int) -> list[CropRecord]:
    """A base's own seasons, by crop and year."""
    rows = CropRecord.objects.filter(base_id=base_id).select_related("produce")
    return list(rows.order_by("produce_id", "year"))


def intended_mu(base_id: int, *, year: int) -> dict[str, float]:
    """Registered areas for a year's harvest by crop."""
    rows = PlantingIntention.objects.filter(base_id=base_id, year=year)
    return dict(rows.values_list("produce_id").annotate(Sum("mu")))


def published_mu(base_id: int, *, year: int) -> dict[str, float]:
    """Registered areas that may be shown: of crops that at least five registered."""
    rows = PlantingIntention.objects.filter(base_id=base_id, year=year).values("produce_id")
    sums = rows.annotate(total=Sum("mu"), n=Count("pk")).filter(n__gte=FEWEST)
    return dict(sums.values_list("produce_id", "total"))


def base_of_line(line_id: int) -> int | None:
    """The base of a line, or none."""
    return DiaryLine.objects.filter(pk=line_id).values_list("base_id", flat=True).first()
