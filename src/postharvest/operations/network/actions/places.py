"""Rows of reference tables turned into places, defaults and tariffs that the rest can point at."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.db import models
from django.db.models import ProtectedError

from postharvest.core.bulk import insert_keyed
from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Row
from postharvest.operations.network import queries
from postharvest.operations.network.models import (
    County,
    Hub,
    PlanningDefault,
    Prefecture,
    Province,
    Tariff,
    Township,
    Village,
)

_M = TypeVar("_M", bound=models.Model)
_CHUNK = 500
_COMMUNITY_ENDINGS = (range(1, 200), range(400, 500))
"""The last three digits of a committee's statistical code tell a community from a village."""

_POINT = {name: name for name in ("lat", "lon")}
_NAMED = {name: name for name in ("code", "name_zh", "name_en")}
_MADE_OF: Mapping[str, tuple[type[models.Model], Mapping[str, str]]] = {
    "provinces": (Province, _NAMED),
    "prefectures": (
        Prefecture,
        {
            **_NAMED,
            **_POINT,
            "province_id": "province_code",
            "population": "pop_est",
            "online_demand_weight": "online_demand_weight",
            "income_per_head_yuan": "income_per_head_2020_yuan",
            "status": "pop_status",
        },
    ),
    "counties": (
        County,
        {
            **_NAMED,
            **_POINT,
            "prefecture_id": "prefecture_code",
            "province_id": "province_code",
            "coord_source": "coord_source",
            "rural_population": "rural_pop_est",
            "urban_population": "urban_pop_est",
            "households": "households_est",
            "n_villages": "n_villages",
        },
    ),
    "townships": (
        Township,
        {**_POINT, "code": "code", "name_zh": "name_zh", "county_id": "county_code"},
    ),
    "hubs": (Hub, {**_NAMED, **_POINT, "level": "level", "parent_id": "parent_hub"}),
    "planning_defaults": (
        PlanningDefault,
        {
            name: name
            for name in (
                *("field", "value", "unit", "low", "high"),
                *("status", "source", "source_zh", "as_of"),
            )
        },
    ),
}
"""By table: its model, and which of the table's columns fills which of the model's."""
_VILLAGES = ("villages_guangxi_shaanxi", "villages_pilot")


def rebuild(table: str) -> None:
    """Make the rows of a table's model what the table in force says; other tables have no model.

    Raises
    ------
    InvalidInput
        A row that would go is still used.
    """
    if table in _MADE_OF:
        model, columns = _MADE_OF[table]
        _put(table, model, (_filled(model, columns, row) for row in queries.read_table(table)))
    elif table in _VILLAGES:
        _put(table, Village, _villages())
    elif table == "postal_tariffs":  # nothing points at a tariff, so it is made anew
        Tariff.objects.all().delete()
        Tariff.objects.bulk_create(_plain(Tariff, row) for row in queries.read_table(table))


def _filled(model: type[models.Model], columns: Mapping[str, str], row: Row) -> models.Model:
    """Make a row of a model; a column that a file leaves out keeps the model's default."""
    held = {field: row[column] for field, column in columns.items()}
    return _plain(model, {field: value for field, value in held.items() if value is not None})


def _plain(model: type[_M], values: Mapping[str, Any]) -> _M:
    return model(**values)


def _villages() -> Iterable[Village]:
    """Two tables make one model; the one with kinds and townships has the last word."""
    by_code = {str(row["code"]): row for table in _VILLAGES for row in queries.read_table(table)}
    for code, row in sorted(by_code.items()):
        yield _plain(
            Village,
            {
                "code": code,
                "name_zh": row["name_zh"],
                "kind": row.get("kind") or _kind_by_code(code),
                "township_code": row.get("township_code") or code[:9],
                "county_id": row.get("county_code") or code[:6],
                "lat": row.get("lat"),
                "lon": row.get("lon"),
            },
        )


def _kind_by_code(code: str) -> str:
    ending = int(code[-3:])
    is_community = any(ending in endings for endings in _COMMUNITY_ENDINGS)
    return Village.Kind.COMMUNITY if is_community else Village.Kind.VILLAGE


def _put(table: str, model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Add, change and take away rows until the model holds just these."""
    wanted = list(rows)
    manager = model._default_manager
    present = set(manager.values_list("pk", flat=True))
    if not present:
        insert_keyed(model, wanted)
        return
    key = model._meta.pk.name
    others = [field.name for field in model._meta.concrete_fields if field.name != key]
    manager.bulk_create(wanted, update_conflicts=True, unique_fields=[key], update_fields=others)
    _take_away(table, model, sorted(present - {row.pk for row in wanted}))


def _take_away(table: str, model: type[models.Model], gone: list[str]) -> None:
    for start in range(0, len(gone), _CHUNK):
        try:
            model._default_manager.filter(pk__in=gone[start : start + _CHUNK]).delete()
        except ProtectedError as error:
            user = next(iter(error.protected_objects))
            raise InvalidInput(
                table, f"a row that would go is still used by {user}; keep it in the file"
            ) from None
