"""The charts of the pages: each answers one question and is drawn for phone and for desk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from postharvest.interfaces.web.draw import GREEN, GREY, PERSIMMON, Padding, Plot, ticks
from postharvest.interfaces.web.formats import number, short

LABEL_PX = 14
PHONE, HALF, FULL = 320.0, 360.0, 720.0
"""Widths in pixels: a phone's card, half of a desk's column, all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One chart at two widths, and the words under it."""

    phone: SafeString
    desk: SafeString
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values of the days 0, 1, 2 …, one per day."""

    label: str
    values: Sequence[float]


def cumulative(
    *,
    done: Series,
    target: float,
    plan: Series | None = None,
    low: Sequence[float] = (),
    high: Sequence[float] = (),
    last_day: int,
    caption: str,
    sentence: str,
) -> Figure:
    """In time?  A line that climbs to its target, with the band of what may happen."""
    top = max([target, *done.values, *(plan.values if plan else ()), *high], default=1.0)

    def draw(plot: Plot) -> None:
        if low and high:
            plot.band(list(enumerate(low)), list(enumerate(high)))
        plot.line([(0, target), (last_day, target)], colour=GREY, width=1.5, dash="2 5")
        if plan:
            plot.line(list(enumerate(plan.values)), colour=GREY, dash="5 5")
            if _apart(plot, plan, done):
                _end_label(plot, plan, css="mute")
        plot.line(list(enumerate(done.values)), width=3)
        _end_label(plot, done)
        plot.x_labels(_day_labels(last_day, plot=plot, first=0))

    return _figure(draw, x=(0, last_day), top=top, caption=caption, sentence=sentence, right=76)


def bars(
    *,
    values: Sequence[float],
    labels: Sequence[str],
    plan: float | Sequence[float] | None = None,
    plan_label: str = "",
    unfinished: int | None = None,
    desk: float = HALF,
    caption: str,
    sentence: str,
) -> Figure:
    """Enough?  One bar a day or hour against a dashed plan; the unfinished one is pale."""
    planned = [float(plan)] * len(values) if isinstance(plan, int | float) else list(plan or ())
    top = max([*values, *planned, 1.0])

    def draw(plot: Plot) -> None:
        room = (plot.across(1) - plot.across(0)) * 0.64
        for i, value in enumerate(values):
            plot.bar(i, value, width=room, colour="var(--h3)" if i == unfinished else GREEN)
        if planned:
            plot.line(_steps(planned), colour=PERSIMMON, width=2, dash="6 5")
            plot.text(
                len(planned) - 0.5, planned[-1], plan_label,
                anchor="end", shift=(0, -7), css="hot",
            )  # fmt: skip
        plot.x_labels(_thinned(list(enumerate(labels)), plot=plot))

    return _figure(
        draw, x=(-0.5, len(values) - 0.5), top=top, caption=caption, sentence=sentence, desk=desk
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One plan of the frontier: the share it clears and what growers keep."""

    cleared_share: float
    net_yuan: float
    chosen: bool


def frontier(choices: Sequence[Choice], *, caption: str, sentence: str) -> Figure:
    """Income or clearing?  Each dot is a plan; the chosen one is persimmon."""
    shares = [choice.cleared_share * 100 for choice in choices]
    nets = [choice.net_yuan for choice in choices]
    left = max(0.0, min(shares, default=0.0) - 5)

    def draw(plot: Plot) -> None:
        plot.line(sorted(zip(shares, nets, strict=True)), width=2)
        for choice, share, net in zip(choices, shares, nets, strict=True):
            plot.dot(share, net, radius=7 if choice.chosen else 5,
                     colour=PERSIMMON if choice.chosen else GREEN)  # fmt: skip
        plot.x_labels((value, f"{value:g}%") for value in ticks(left, 100) if left <= value <= 100)  # noqa: PLR2004

    return _figure(
        draw, x=(left, 101), top=max([*nets, 1.0]), bottom=min([0.0, *nets]), desk=FULL,
        caption=caption, sentence=sentence,
    )  # fmt: skip


def _figure(
    draw: Callable[[Plot], None], *, x: tuple[float, float], top: float, caption: str,
    sentence: str, bottom: float = 0.0, right: float = 16, desk: float = HALF,
) -> Figure:  # fmt: skip
    values = ticks(bottom, top)
    labels = [short(value) if value == int(value) else number(value, 1) for value in values]
    left = 18 + 7.5 * max(len(label) for label in labels)
    pictures = []
    for width, height in ((PHONE, 210.0), (desk, 230.0)):
        plot = Plot(
            width=width,
            height=height,
            x=x,
            y=(values[0], values[-1]),
            padding=Padding(left=left, right=right, top=22),
        )
        plot.grid(values, labels)
        draw(plot)
        pictures.append(plot.svg(sentence))
    return Figure(phone=pictures[0], desk=pictures[1], caption=caption)


def _apart(plot: Plot, one: Series, other: Series) -> bool:
    """Whether the words at two lines' ends would not cover each other."""
    if not one.values or not other.values:
        return True
    ends = [(len(s.values) - 1, s.values[-1]) for s in (one, other)]
    (x1, y1), (x2, y2) = ((plot.across(x), plot.down(y)) for x, y in ends)
    return abs(x1 - x2) > LABEL_PX * 3 or abs(y1 - y2) > LABEL_PX


def _end_label(plot: Plot, series: Series, css: str = "t") -> None:
    if series.values:
        plot.text(len(series.values) - 1, series.values[-1], series.label, shift=(7, 4), css=css)


def _day_labels(last_day: int, *, plot: Plot, first: int) -> list[tuple[float, str]]:
    return _thinned([(float(day), str(day)) for day in range(first, last_day + 1)], plot=plot)


def _thinned(items: list[tuple[float, str]], *, plot: Plot) -> list[tuple[float, str]]:
    """Leave out labels that would touch each other."""
    longest = max((len(label) for _x, label in items), default=1)
    fits = max(2, int((plot.width - 70) / (14 + 8 * longest)))
    every = -(-len(items) // fits)
    return [(float(x), label) for x, label in items[::every]]


def _steps(planned: Sequence[float]) -> list[tuple[float, float]]:
    return [
        point for i, value in enumerate(planned) for point in ((i - 0.5, value), (i + 0.5, value))
    ]


def days(count: int) -> list[str]:
    """Names of the days of a sale for the foot of a chart."""
    return [_("day %(n)s") % {"n": n} for n in range(1, count + 1)]
