"""Filters and tags of the templates: formats, icons, pictures of produce."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

from postharvest.interfaces.web import formats, icons, pictures

register = template.Library()

register.filter("number", formats.number)
register.filter("short", formats.short)
register.filter("money", formats.money)
register.filter("short_money", formats.short_money)
register.filter("yuan", formats.yuan)
register.filter("kilograms", formats.kilograms)
register.filter("weight", formats.weight)
register.filter("jin", formats.jin)
register.filter("percent", formats.percent)
register.filter("at_time", formats.at_time)
register.filter("span", formats.span)
register.filter("month_name", formats.month_name)


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a day, or a dash for none."""
    return formats.day(value) if value else "–"


@register.filter
def full_day(value: date | datetime | None) -> str:
    """Write a day with its year, or a dash for none."""
    return formats.full_day(value) if value else "–"


@register.filter
def moment(value: datetime | None) -> str:
    """Write day and time, or a dash for none."""
    return formats.moment(value) if value else "–"


@register.filter
def named(value: object) -> str:
    """Pick ``name_zh`` or ``name_en`` of a row by the page's language."""
    key = "name_zh" if formats.in_chinese() else "name_en"
    found = value.get(key) if isinstance(value, Mapping) else getattr(value, key, "")
    return str(found or value)


@register.filter
def signed_money(amount_fen: int) -> str:
    """Write a difference with its sign."""
    return (
        formats.short_money(amount_fen) if amount_fen < 0 else f"+{formats.short_money(amount_fen)}"
    )


@register.filter
def left(until: datetime, now: datetime) -> timedelta:
    """Return how long it is until an instant."""
    return until - now


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one icon."""
    return icons.icon(name)


@register.filter
def picture(produce_id: str) -> str:
    """Return the address of a picture of the produce."""
    return pictures.produce_url(produce_id)


@register.filter
def scene(region_code: str) -> str:
    """Return the address of a picture of the country around a county."""
    return pictures.scene_url(region_code)


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField, unit: str = "", before: str = "", hint: str = "") -> dict[str, Any]:
    """Show one field: label, what is wrong, the control with its unit, the hint."""
    described = f"{bound.auto_id}-error" if bound.errors else f"{bound.auto_id}-hint"
    attrs: dict[str, Any] = {"aria-describedby": described}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "unit": unit,
        "before": before,
        "hint": hint or bound.help_text,
    }


@register.inclusion_tag("web/parts/progress.html")
def progress(
    done: float, whole: float, label: str, *, expected: float | None = None, mark: str = "",
    tone: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Show progress-to-clear: filled is done, the tick is where the plan should be now."""
    share = min(100.0, 100.0 * done / whole) if whole else 0.0
    tick = min(100.0, 100.0 * expected / whole) if whole and expected is not None else None
    return {"share": share, "tick": tick, "label": label, "mark": mark, "tone": tone}


@register.filter
def share_of(part: float, whole: float) -> float:
    """Return part / whole, zero where there is nothing."""
    return part / whole if whole else 0.0
