"""What the parts show: figures with their words, heat tables, splits of a price."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from postharvest.interfaces.web.formats import money, number

HEAT_STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """One figure: what it is, its value, and one line of compared with what."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    tone: str = "mute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    text: str
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatRow:
    label: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """A table whose cells are darker the more they hold; an orange corner is a limit reached."""

    caption: str
    corner: str
    columns: Sequence[str]
    rows: Sequence[HeatRow]


def heat_cell(value: float, *, most: float, at_limit: bool = False) -> Cell:
    """Write a number and say by its shade how large it is among the others."""
    if not value:
        return Cell(text="·", css="mute")
    step = min(HEAT_STEPS - 1, int(HEAT_STEPS * value / most)) if most else 0
    return Cell(text=number(value), css=f"h{step} hmax" if at_limit else f"h{step}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPart:
    """One share of a price; ``tone`` is its colour, the same on every page."""

    label: str
    fen: int
    tone: int
    from_percent: float
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Where a price goes; the parts sum to it."""

    whole_fen: int
    parts: Sequence[SplitPart]
    sentence: str


def split_of(shares: Sequence[tuple[str, int, int]]) -> Split:
    """Lay (label, fen, tone) side by side, leaving out what is nothing."""
    whole = sum(fen for _label, fen, _tone in shares)
    parts, before = [], 0
    for label, fen, tone in shares:
        if fen <= 0:
            continue
        parts.append(
            SplitPart(
                label=label,
                fen=fen,
                tone=tone,
                from_percent=100 * before / max(1, whole),
                percent=100 * fen / max(1, whole),
            )
        )
        before += fen
    sentence = _("Of %(whole)s: %(parts)s") % {
        "whole": money(whole),
        "parts": ", ".join(f"{part.label} {money(part.fen)}" for part in parts),
    }
    return Split(whole_fen=whole, parts=parts, sentence=sentence)
