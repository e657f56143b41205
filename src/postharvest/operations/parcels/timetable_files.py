"""The files of a GTFS-shaped timetable: which columns we read, and every row that breaks a rule.

Columns and files that GTFS has and we do not read are passed over.
"""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from postharvest.core.errors import InvalidInput
from postharvest.core.tables.catalogue import Column, Row
from postharvest.core.tables.checking import Fault, check
from postharvest.core.tables.files import passing_table
from postharvest.core.tables.reading import MAX_BYTES, Lines, read_lines
from postharvest.operations.parcels.schedules import WEEK

STOPS, ROUTES, CALENDAR = "stops.txt", "routes.txt", "calendar.txt"
STOPPED, TRIPS, TIMES = "calendar_dates.txt", "trips.txt", "stop_times.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """One thing wrong, and in which file."""

    file: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.file}: {self.fault}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The rows of each file, with their lines; nothing of a file that has faults."""

    rows: Mapping[str, list[tuple[int, Row]]]
    faults: list[FileFault]


def _column(
    name: str,
    kind: str = "text",
    *,
    required: bool = True,
    low: float | None = None,
    high: float | None = None,
    refers: str = "",
) -> Column:
    return Column(
        name=name, zh=name, kind=kind, required=required, low=low, high=high, refers=refers
    )


_SHAPES = {
    shape.name: shape
    for shape in (
        passing_table(
            STOPS, _column("stop_id"), _column("stop_code", required=False), key=("stop_id",)
        ),
        passing_table(ROUTES, _column("route_id"), _column("route_short_name"), key=("route_id",)),
        passing_table(
            CALENDAR,
            _column("service_id"),
            *(_column(day, "int", low=0, high=1) for day in WEEK),
            _column("start_date", "code8"),
            _column("end_date", "code8"),
            key=("service_id",),
        ),
        passing_table(
            STOPPED,
            _column("service_id", refers=CALENDAR),
            _column("date", "code8"),
            _column("exception_type", "int", low=1, high=2),
            key=("service_id", "date"),
        ),
        passing_table(
            TRIPS,
            _column("trip_id"),
            _column("route_id", refers=ROUTES),
            _column("service_id", refers=CALENDAR),
            key=("trip_id",),
        ),
        passing_table(
            TIMES,
            _column("trip_id", refers=TRIPS),
            _column("stop_id", refers=STOPS),
            _column("stop_sequence", "int", low=0),
            _column("arrival_time", required=False),
            _column("departure_time", required=False),
            _column("timepoint", "int", required=False, low=0, high=1),
            key=("trip_id", "stop_sequence"),
        ),
    )
}


def unpacked(raw: bytes) -> dict[str, bytes]:
    """Return the text files of a zip by name, wherever in it they lie.

    Raises
    ------
    InvalidInput
        It is no zip, is damaged, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = [part for part in archive.infolist() if part.filename.endswith(".txt")]
            if sum(part.file_size for part in parts) > MAX_BYTES:
                raise InvalidInput("file", f"unpacks to more than {MAX_BYTES // 2**20} MB")
            return {PurePosixPath(part.filename).name: archive.read(part) for part in parts}
    except _DAMAGED as error:
        raise InvalidInput("file", f"it can't be read as a zip ({error})") from None


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,  # a password; NotImplementedError is one too
    ValueError,
)


def read_feed(files: Mapping[str, bytes]) -> Feed:
    """Hold each file to its rules, and each reference to the file that it points into."""
    faults: list[FileFault] = []
    lines: dict[str, Lines] = {}
    for name in _SHAPES:
        try:
            lines[name] = _known_columns(name, files)
        except InvalidInput as error:
            fault = Fault(line=0, column="", value="", rule=error.detail, hint="send it again")
            faults.append(FileFault(file=name, fault=fault))
    if faults:
        return Feed(rows={}, faults=faults)
    rows: dict[str, list[tuple[int, Row]]] = {}
    for name, read in lines.items():
        if name == STOPPED and len(read) <= 1:
            rows[name] = []
            continue
        checked = check(_SHAPES[name], read, known=lambda other: _keys(other, lines))
        faults += [FileFault(file=name, fault=fault) for fault in checked.faults]
        numbers = [number for number, _ in read[1:]]
        rows[name] = [] if checked.faults else list(zip(numbers, checked.rows, strict=True))
    return Feed(rows=rows, faults=faults)


def _known_columns(name: str, files: Mapping[str, bytes]) -> Lines:
    """Return a file's lines, with heads that we do not read made blank."""
    if name not in files:
        if name == STOPPED:
            return []
        raise InvalidInput("file", "it is missing")
    (number, heads), *rest = read_lines(files[name])
    ours = _SHAPES[name].column_names
    return [(number, [head if head in ours else "" for head in heads]), *rest]


def _keys(name: str, lines: Mapping[str, Lines]) -> set[str]:
    """Return the keys that a file names, those of its faulty rows too: they are named once."""
    [key] = _SHAPES[name].key
    (_, heads), *rest = lines[name] or [(1, [key])]
    place = heads.index(key) if key in heads else len(heads)
    return {cells[place] for _, cells in rest if len(cells) > place}
