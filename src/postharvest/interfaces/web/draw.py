"""Charts as SVG text: a plot is a list of marks.

Colours are CSS variables, so a chart follows the theme and prints.  Text keeps its size, so a
figure is drawn once per width instead of being scaled.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

Point = tuple[float, float]
GREEN, PERSIMMON, BLUE, GREY = "var(--post)", "var(--kaki)", "var(--sky)", "var(--ink-3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding:
    """Room around the plotting area, in pixels."""

    top: float = 16
    right: float = 16
    bottom: float = 28
    left: float = 44


def ticks(low: float, high: float, *, about: int = 4) -> list[float]:
    """Round values that cover an interval: steps of 1, 2, 2.5 or 5 times a power of ten."""
    if high <= low:
        return [low]
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = min((power * m for m in (1, 2, 2.5, 5, 10)), key=lambda s: abs(s - raw))
    first = math.floor(low / step)
    last = math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


class Plot:
    """A rectangle of the plane shown in a rectangle of pixels, with what was drawn in it."""

    def __init__(
        self, *, width: float, height: float, x: Point, y: Point, padding: Padding | None = None
    ) -> None:
        self.width, self.height = width, height
        self.padding = padding or Padding()
        self.x, self.y = _not_empty(x), _not_empty(y)
        self._marks: list[str] = []

    def across(self, value: float) -> float:
        """Pixels from the left for a value of x."""
        low, high = self.x
        room = self.width - self.padding.left - self.padding.right
        return self.padding.left + (value - low) / (high - low) * room

    def down(self, value: float) -> float:
        """Pixels from the top for a value of y."""
        low, high = self.y
        room = self.height - self.padding.top - self.padding.bottom
        return self.height - self.padding.bottom - (value - low) / (high - low) * room

    def grid(self, values: Iterable[float], labels: Iterable[str]) -> None:
        """Horizontal lines with their labels on the left."""
        left, right = self.padding.left, self.width - self.padding.right
        lines, texts = [], []
        for value, label in zip(values, labels, strict=True):
            y = self.down(value)
            lines.append(f'<line x1="{left:g}" x2="{right:g}" y1="{y:.1f}" y2="{y:.1f}"/>')
            texts.append(
                f'<text x="{left - 8:g}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>'
            )
        self._marks.append(f'<g class="grid">{"".join(lines)}</g>{"".join(texts)}')

    def x_labels(self, items: Iterable[tuple[float, str]]) -> None:
        """Words under the plot."""
        self._marks.extend(
            f'<text x="{self.across(value):.1f}" y="{self.height - 8:g}" '
            f'text-anchor="middle">{escape(label)}</text>'
            for value, label in items
        )

    def line(
        self, points: Sequence[Point], *, colour: str = GREEN, width: float = 2.5, dash: str = ""
    ) -> None:
        """Connect points."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._marks.append(
            f'<polyline points="{self._path(points)}" fill="none" stroke="{colour}" '
            f'stroke-width="{width:g}" stroke-linejoin="round" stroke-linecap="round"{dashed}/>'
        )

    def band(self, low: Sequence[Point], high: Sequence[Point], *, colour: str = GREEN) -> None:
        """Fill between two lines: what may happen."""
        outline = self._path([*high, *reversed(low)])
        self._marks.append(f'<polygon points="{outline}" fill="{colour}" opacity=".18"/>')

    def bar(
        self, x: float, y: float, *, width: float, base: float = 0.0, colour: str = GREEN
    ) -> None:
        """Stand a bar of a width in pixels around x, from base up to y."""
        top, foot = self.down(max(y, base)), self.down(min(y, base))
        self._marks.append(
            f'<rect x="{self.across(x) - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" '
            f'height="{foot - top:.1f}" rx="2" fill="{colour}"/>'
        )

    def dot(self, x: float, y: float, *, radius: float = 5, colour: str = GREEN) -> None:
        """Mark one point."""
        self._marks.append(
            f'<circle cx="{self.across(x):.1f}" cy="{self.down(y):.1f}" r="{radius:g}" '
            f'fill="{colour}" stroke="var(--card)" stroke-width="1.5"/>'
        )

    def upright(self, x: float, label: str, *, colour: str = "var(--ink)", dash: str = "") -> None:
        """Stand a vertical line with its word on top: now, or due."""
        at = self.across(x)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._marks.append(
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{self.padding.top:g}" '
            f'y2="{self.height - self.padding.bottom:g}" stroke="{colour}" '
            f'stroke-width="1.5"{dashed}/>'
            f'<text class="t" x="{at:.1f}" y="{self.padding.top - 4:g}" '
            f'text-anchor="middle">{escape(label)}</text>'
        )

    def text(
        self,
        x: float,
        y: float,
        label: str,
        *,
        anchor: str = "start",
        shift: Point = (0, 0),
        css: str = "t",
    ) -> None:
        """Write beside a point."""
        self._marks.append(
            f'<text class="{css}" x="{self.across(x) + shift[0]:.1f}" '
            f'y="{self.down(y) + shift[1]:.1f}" text-anchor="{anchor}">{escape(label)}</text>'
        )

    def svg(self, sentence: str) -> SafeString:
        """Return the picture; the sentence says to everybody what it shows."""
        return mark_safe(  # noqa: S308  (numbers, and texts that went through escape)
            f'<svg class="chart" viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'aria-label="{escape(sentence)}">{"".join(self._marks)}</svg>'
        )

    def _path(self, points: Iterable[Point]) -> str:
        return " ".join(f"{self.across(x):.1f},{self.down(y):.1f}" for x, y in points)


def _not_empty(interval: Point) -> Point:
    low, high = interval
    return (low, high) if high > low else (low, low + 1)
