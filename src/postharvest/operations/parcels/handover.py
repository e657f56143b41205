"""The carrier's hand-over: whose number it is, what we announce, what he counted, what he bills.

Pure: what is compared comes in as values, and what does not agree goes out by line.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.writing import harmless
from postharvest.operations.parcels import s10

POST = "post"
"""The carrier whose numbers are S10; every other one's are opaque and known by pattern."""


LONGEST_PATTERN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPattern:
    """How a carrier's numbers look, as a regular expression over the whole number."""

    carrier: str
    pattern: str

    def __post_init__(self) -> None:
        if len(self.pattern) > LONGEST_PATTERN or set(self.pattern) & set("*+("):
            said = "use characters, [classes] and {counts} only, such as SF[0-9]{12}"
            raise InvalidInput("pattern", said)  # whatever else may search without end
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise InvalidInput("pattern", f"is not a regular expression: {error}") from error

    def fits(self, number: str) -> bool:
        return re.fullmatch(self.pattern, number) is not None


def carrier_of(text: str, patterns: Sequence[NumberPattern]) -> tuple[str, str]:
    """Return whose number this is, and the number as he writes it.

    Raises
    ------
    InvalidInput
        No carrier, or more than one, would give such a number.
    """
    number = s10.normalise(text)
    if s10.is_valid(number):
        return POST, number
    fitting = [one.carrier for one in patterns if one.fits(number)]
    if len(fitting) == 1:
        return fitting[0], number
    if fitting:
        raise InvalidInput("number", f"{number} fits {' and '.join(fitting)}: name the carrier")
    try:
        s10.parse(number)
    except ValueError as error:
        raise InvalidInput("number", f"no carrier's number looks like {number}; {error}") from error
    raise AssertionError("a number that parses is valid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """One parcel that the truck will bring."""

    number: str
    despatch: str
    county_code: str
    net_g: int
    sell_by: date


def pre_advice(parcels: Iterable[Announced]) -> bytes:
    """Write the file that the carrier gets before the truck leaves: CSV, UTF-8 with a mark."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(["number", "despatch", "county_code", "net_g", "sell_by"])
    for parcel in parcels:
        table.writerow(
            [
                harmless(parcel.number),
                harmless(parcel.despatch),
                harmless(parcel.county_code),
                parcel.net_g,
                parcel.sell_by.isoformat(),
            ]
        )
    return out.getvalue().encode("utf-8-sig")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Our count against the carrier's, number by number."""

    agreed: tuple[str, ...]
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not (self.missing or self.surplus or self.doubled)


def compare_acceptance(*, sent: Iterable[str], accepted: Iterable[str]) -> Acceptance:
    """Hold what the carrier says he took against what we gave him; each list keeps its order."""
    ours = list(dict.fromkeys(map(s10.normalise, sent)))
    counted = Counter(map(s10.normalise, accepted))
    known = set(ours)
    return Acceptance(
        agreed=tuple(number for number in ours if number in counted),
        missing=tuple(number for number in ours if number not in counted),
        surplus=tuple(number for number in counted if number not in known),
        doubled=tuple(number for number, times in counted.items() if times > 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """One line of the carrier's invoice."""

    number: str
    weight_g: int
    postage_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What we weighed and what the tariff says for it."""

    weight_g: int
    postage_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A line (from 0) that we don't pay as it stands: why, and how much too much it asks."""

    line: int
    number: str
    reason: str
    too_much_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """An invoice held against our books, to the fen."""

    billed_fen: int
    expected_fen: int
    differences: tuple[Difference, ...]
    unbilled: tuple[str, ...]

    @property
    def too_much_fen(self) -> int:
        return sum(difference.too_much_fen for difference in self.differences)


def reconcile_postage(
    invoice: Sequence[Billed],
    expected: Mapping[str, Expected],
    *,
    tolerance_g: int = 50,
    already: Collection[str] = (),
) -> Reconciliation:
    """Hold every line of the invoice against what was weighed, and against what was billed before.

    ``billed − too much`` is what the parcels on the invoice should have cost.
    """
    billed: dict[str, Billed] = {}
    differences: list[Difference] = []
    for place, line in enumerate(invoice):
        number = s10.normalise(line.number)
        ours = expected.get(number)
        if number in billed or number in already:
            differences.append(_difference(place, number, "billed_twice", line.postage_fen))
        elif ours is None:
            differences.append(_difference(place, number, "not_ours", line.postage_fen))
        elif line.postage_fen != ours.postage_fen:
            heavier = line.weight_g - ours.weight_g > tolerance_g
            reason = "billed_heavier" if heavier else "other_tariff"
            too_much = line.postage_fen - ours.postage_fen
            differences.append(_difference(place, number, reason, too_much))
        billed.setdefault(number, line)
    return Reconciliation(
        billed_fen=sum(line.postage_fen for line in invoice),
        expected_fen=sum(
            expected[number].postage_fen
            for number in billed
            if number in expected and number not in already
        ),
        differences=tuple(differences),
        unbilled=tuple(number for number in expected if number not in billed),
    )


def _difference(place: int, number: str, reason: str, too_much_fen: int) -> Difference:
    return Difference(line=place, number=number, reason=reason, too_much_fen=too_much_fen)
