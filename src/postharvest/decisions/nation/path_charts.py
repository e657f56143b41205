"""Paths with bands as inline SVG: a line for each scenario's middle, a veil from P5 to P95."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 230, 62, 12, 12, 26
MONTHS = 12

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One scenario: its colour's number, and its low, middle and high by month."""

    colour: int
    low: Values
    middle: Values
    high: Values


def path_chart(lines: Sequence[Line], *, title: str, year_word: str, percent: bool = False) -> str:
    """Draw lines over months; gaps where nothing is known."""
    top = max((v for line in lines for v in line.high if v is not None), default=0.0) or 1.0
    months = max(len(line.middle) for line in lines)
    draw = _Scale(months=months, top=top)
    shapes = [_grid(draw, months, year_word, percent)]
    shapes += [_veil(draw, line) for line in lines]
    shapes += [_middle(draw, line) for line in lines]
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">{"".join(shapes)}</svg></figure>'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    months: int
    top: float

    def x(self, month: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * month / max(1, self.months - 1)

    def y(self, value: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / self.top)


def short(value: float, *, percent: bool = False) -> str:
    """Return a number short enough for an axis."""
    if percent:
        return f"{100 * value:.0f} %"
    for limit, mark in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g}{mark}"
    return f"{value:.3g}"


def _grid(draw: _Scale, months: int, year_word: str, percent: bool) -> str:
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = draw.y(draw.top * share)
        parts.append(
            f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
            f"{short(draw.top * share, percent=percent)}</text>"
        )
    parts += [
        f'<text x="{draw.x(year * MONTHS + 5.5):.1f}" y="{_HEIGHT - 7}" text-anchor="middle">'
        f"{escape(year_word.format(year=year + 1))}</text>"
        for year in range(months // MONTHS)
    ]
    return "".join(parts)


def _veil(draw: _Scale, line: Line) -> str:
    known = [
        (month, low, high)
        for month, (low, high) in enumerate(zip(line.low, line.high, strict=True))
        if low is not None and high is not None
    ]
    if not known:
        return ""
    up = [f"{draw.x(m):.1f},{draw.y(high):.1f}" for m, _, high in known]
    down = [f"{draw.x(m):.1f},{draw.y(low):.1f}" for m, low, _ in reversed(known)]
    return f'<polygon class="veil c{line.colour}" points="{" ".join(up + down)}"/>'


def _middle(draw: _Scale, line: Line) -> str:
    points = [
        f"{draw.x(month):.1f},{draw.y(value):.1f}"
        for month, value in enumerate(line.middle)
        if value is not None
    ]
    return f'<polyline class="line c{line.colour}" points="{" ".join(points)}"/>'
