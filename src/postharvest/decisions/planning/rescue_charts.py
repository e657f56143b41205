"""Three small charts as inline SVG: stacked bars, signed money bars, a frontier."""

from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 200, 64, 24, 10


def bars(labels: Sequence[str], values: Sequence[tuple[float, ...]], *, title: str) -> str:
    """Stacked bars, one per label; the second colour lies on top."""
    most = max((sum(v) for v in values), default=0.0) or 1.0
    step = (_WIDTH - _LEFT) / max(1, len(labels))
    plot = _HEIGHT - _BOTTOM - _TOP
    shapes = []
    for number, (label, parts) in enumerate(zip(labels, values, strict=True)):
        x, base = _LEFT + number * step, float(_HEIGHT - _BOTTOM)
        for layer, value in enumerate(parts):
            height = plot * value / most
            base -= height
            kind = "bar second" if layer else "bar"
            shapes.append(
                f'<rect class="{kind}" x="{x + step * 0.12:.1f}" y="{base:.1f}" '
                f'width="{step * 0.76:.1f}" height="{height:.1f}"/>'
            )
        shapes.append(
            f'<text x="{x + step / 2:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">'
            f"{escape(label)}</text>"
        )
    shapes.append(_scale(most, plot))
    return _figure("".join(shapes), title=title, height=_HEIGHT)


def money_bars(rows: Sequence[tuple[str, float]], *, title: str) -> str:
    """One line per item; costs in the second colour."""
    most = max((abs(v) for _, v in rows), default=0.0) or 1.0
    line, name_width = 22, 190
    room = _WIDTH - name_width - 90
    shapes = []
    for number, (name, value) in enumerate(rows):
        y, length = number * line, room * abs(value) / most
        kind = "bar" if value > 0 else "bar second"
        shapes.append(
            f'<text x="{name_width - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="{kind}" x="{name_width}" y="{y + 4}" width="{length:.1f}" height="14"/>'
            f'<text x="{name_width + length + 6:.1f}" y="{y + 15}">{value:,.0f}</text>'
        )
    return _figure("".join(shapes), title=title, height=line * max(1, len(rows)) + 4)


def scatter(points: Sequence[tuple[float, float]], *, title: str) -> str:
    """Share cleared to the right, income upwards."""
    shares, incomes = [p[0] for p in points], [p[1] for p in points]
    low, high = min(shares), max(shares)
    least, most = min(incomes), max(incomes)
    plot = _HEIGHT - _BOTTOM - _TOP
    spots = [
        (
            _LEFT + 20 + (_WIDTH - _LEFT - 70) * (share - low) / ((high - low) or 1.0),
            _TOP + 16 + (plot - 24) * (most - income) / ((most - least) or 1.0),
        )
        for share, income in points
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    shapes = [f'<polyline class="path" points="{path}"/>']
    shapes += [
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{income:,.0f}</text>'
        f'<text x="{x:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{share:.0%}</text>'
        for (x, y), (share, income) in zip(spots, points, strict=True)
    ]
    return _figure("".join(shapes), title=title, height=_HEIGHT)


def _scale(most: float, plot: float) -> str:
    lines = []
    for share in (0.0, 0.5, 1.0):
        y = _HEIGHT - _BOTTOM - plot * share
        lines.append(
            f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{most * share:,.0f}</text>'
        )
    return "".join(lines)


def _figure(shapes: str, *, title: str, height: int) -> str:
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        f'aria-label="{escape(title)}">{shapes}</svg></figure>'
    )
