"""What pages and commands may ask of the measures: figures, and the rows behind each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis

from postharvest.core.errors import Refused
from postharvest.decisions.measures.actions import folder
from postharvest.decisions.measures.catalogue import MEASURES, Measure, measure_named
from postharvest.decisions.measures.expressions.rows import COLUMNS
from postharvest.decisions.measures.facts import table
from postharvest.decisions.measures.publishing import fit_to_publish
from postharvest.decisions.measures.store import CUBE_COLUMNS, Store, opened
from postharvest.decisions.measures.summary import counted, narrowed, summary

MOST_ROWS = 500
Row = dict[str, Any]


class NothingRead(Refused):
    """The facts were never read."""

    code = "measures.nothing_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which rows of a measure are asked for, and by what they are taken apart.

    ``on`` is the day of which access is asked; ``first`` and ``last`` bound the others.
    ``place`` is a county's code, or how the codes of a region begin.
    """

    measure: str
    on: date
    by: Sequence[str] = field(default_factory=tuple)
    first: date | None = None
    last: date | None = None
    place: str = ""
    base_id: int | None = None


def measures() -> Sequence[Measure]:
    """Every measure there is."""
    return MEASURES


def read_at() -> str:
    """Return when the facts were read last, as ISO text; empty where they never were."""
    file = folder() / "state.json"
    if not file.is_file():
        return ""
    with opened(folder()) as store:
        return store.state().read_at


def answers(questions: Sequence[Question]) -> list[list[Row]]:
    """Answer several questions at once; figures of fewer than five households are left out.

    Raises
    ------
    NothingRead
        The facts were never read.
    InvalidInput
        There is no such measure, or it can't be taken apart like this.
    """
    if not read_at():
        raise NothingRead("the facts have not been read yet: `postharvest measures refresh`")
    with opened(folder()) as store:
        return [_answer(store, question) for question in questions]


def answer(question: Question) -> list[Row]:
    """Answer one question, as `answers` does."""
    return answers([question])[0]


def rows_behind(question: Question, *, most: int = MOST_ROWS) -> list[Row]:
    """Return the rows that a figure is made of, each with its name in the books.

    They are for those who may see the rows themselves, not for publishing.

    Raises
    ------
    NothingRead
        The facts were never read.
    InvalidInput
        There is no such measure.
    """
    measure = measure_named(question.measure)
    if not read_at():
        raise NothingRead("the facts have not been read yet: `postharvest measures refresh`")
    with opened(folder()) as store:
        rows = _narrowed(counted(measure, on=question.on), question, measure)
        ordered = rows.order_by("day", "item").limit(most)
        return [
            {name: value for name, value in row.items() if value is not None}
            for row in store.ask(ordered.select("item", *[c for c in COLUMNS if c != "item"]))
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A measure by county and month, small groups and all: to reckon with, not to show."""

    unit: str
    kind: str
    rows: Sequence[Row]


def panel(question: Question) -> Panel:
    """Return a measure by county and month.

    Raises
    ------
    NothingRead
        The facts were never read.
    InvalidInput
        There is no such measure, or it has no months.
    """
    measure = measure_named(question.measure)
    if not read_at():
        raise NothingRead("the facts have not been read yet: `postharvest measures refresh`")
    with opened(folder()) as store:
        rows = _narrowed(counted(measure, on=question.on), question, measure)
        found = store.ask(summary(measure, rows, by=("county", "month")))
    return Panel(unit=measure.unit, kind=measure.kind, rows=found)


def witnesses(place: str = "") -> list[Row]:
    """Return the stored local price of each sale, with its source and witness."""
    sales = table("sales")
    if place:
        sales = sales.filter(sales.origin.startswith(place))
    with opened(folder()) as store:
        return store.ask(sales.order_by("sale_id"))


def _answer(store: Store, question: Question) -> list[Row]:
    measure = measure_named(question.measure)
    if measure.cube and _fits_cube(measure, question):
        rows = ibis.table(dict(CUBE_COLUMNS), name=store.cube_view(measure.name))
    else:
        rows = counted(measure, on=question.on)
    found = store.ask(summary(measure, _narrowed(rows, question, measure), by=question.by))
    return fit_to_publish(found)


def _narrowed(rows: Any, question: Question, measure: Measure) -> Any:  # noqa: ANN401
    return narrowed(
        rows,
        first=None if measure.on_day else question.first,
        last=None if measure.on_day else question.last,
        place=question.place,
        base_id=question.base_id,
    )


def _fits_cube(measure: Measure, question: Question) -> bool:
    """Whether months added up know the answer: no single days, and no column they lost."""
    if measure.other in question.by:
        return False
    if "base" in question.by and "base_id" not in measure.cube:
        return False
    if question.base_id is not None and "base_id" not in measure.cube:
        return False
    return not (question.first or question.last)
