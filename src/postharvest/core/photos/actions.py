"""Noting what photos look like, and finding those that were sent before.

The print is the difference hash: 9 x 8 grey points, each bit says whether a point is brighter than
its right neighbour.  It outlives scaling, another quality and a little light.  Two prints of at
most three different bits agree in at least one of four bands of 16 bits, so that an index finds
the candidates.  A picture with hardly a difference in it (a wall, a test picture) has no print; it
is only known again byte by byte, as its name is the hash of what it holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.core.files.storage import default_storage
from django.db.models import Q
from PIL import Image

from postharvest.core.photos.models import PhotoPrint

WIDTH, HEIGHT = 9, 8
BANDS, BAND_BITS = 4, 16
MOST_DIFFERENT = 3
LEAST_EDGES = 8
"""A print with fewer bits set, or fewer unset, says too little."""
_BITS = 64


def note_photos(*, photos: Mapping[str, Sequence[str]], now: datetime) -> None:
    """Note the photos of each subject ("order 12"); noted again it changes nothing."""
    rows = [
        PhotoPrint(name=name, subject=subject, noted_at=now, **_bands(print_of(name)))
        for subject, names in photos.items()
        for name in dict.fromkeys(names)
        if name
    ]
    PhotoPrint.objects.bulk_create(rows, ignore_conflicts=True)


def seen_before(subjects: Iterable[str]) -> dict[str, str]:
    """Return, of these subjects, those with a photo that another was noted with before, and which.

    The first to send a photo is not on the list.
    """
    rows = list(PhotoPrint.objects.filter(subject__in=list(subjects)).order_by("pk"))
    found: dict[str, str] = {}
    for row in rows:
        for other in _candidates(row):
            if is_same(row, other):
                found.setdefault(row.subject, other.subject)
    return found


def forget_photos(names: Iterable[str]) -> None:
    """Drop the prints of photos that are gone."""
    PhotoPrint.objects.filter(name__in=list(names)).delete()


def print_of(name: str) -> int | None:
    """Return the 64 bits of a stored photo, None if it is not there or says too little."""
    if not default_storage.exists(name):
        return None
    try:
        with default_storage.open(name) as file, Image.open(file) as picture:
            picture.draft("L", (WIDTH * 8, HEIGHT * 8))
            grey = picture.convert("L").resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    except (OSError, SyntaxError, ValueError):
        return None
    points = grey.tobytes()
    bits = 0
    for row in range(HEIGHT):
        for column in range(WIDTH - 1):
            at = row * WIDTH + column
            bits = bits << 1 | (points[at] > points[at + 1])
    return bits if LEAST_EDGES <= bits.bit_count() <= _BITS - LEAST_EDGES else None


def is_same(one: PhotoPrint, other: PhotoPrint) -> bool:
    """Whether two noted photos show the same picture."""
    if one.name == other.name:
        return True
    mine, theirs = _joined(one), _joined(other)
    if mine is None or theirs is None:
        return False
    return (mine ^ theirs).bit_count() <= MOST_DIFFERENT


def _candidates(row: PhotoPrint) -> Iterable[PhotoPrint]:
    alike = Q(name=row.name)
    for band in range(BANDS):
        value = getattr(row, f"band_{band}")
        if value is not None:
            alike |= Q(**{f"band_{band}": value})
    return PhotoPrint.objects.filter(alike, pk__lt=row.pk).exclude(subject=row.subject)


def _bands(bits: int | None) -> dict[str, int | None]:
    mask = (1 << BAND_BITS) - 1
    return {
        f"band_{n}": None if bits is None else bits >> (n * BAND_BITS) & mask for n in range(BANDS)
    }


def _joined(row: PhotoPrint) -> int | None:
    bits = 0
    for band in range(BANDS):
        value = getattr(row, f"band_{band}")
        if value is None:
            return None
        bits |= value << (band * BAND_BITS)
    return bits
