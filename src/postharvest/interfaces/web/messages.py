"""Keep the catalogues: ``python -m postharvest.interfaces.web.messages update|compile|check``.

Everything goes through Babel, so no gettext program is needed.  The words in the sources are
English; ``update`` takes them into the .po files, ``compile`` makes the .mo files that Django
reads, ``check`` says what is missing.
"""

import io
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).parents[2]
LOCALES = ("zh_Hans", "en")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
Message = tuple[str | tuple[str, ...], str | None]
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
"""A fixed date in the headers: the same sources give the same bytes."""
_LINES = re.compile(r"[\r\n]+")
PLACES = re.compile(r"%\(\w+\)s")
"""Where a message takes a value."""


def po_path(locale: str) -> Path:
    """Return where a language's words are written."""
    return PACKAGE / "locale" / locale / "LC_MESSAGES" / "django.po"


def found_messages() -> Iterator[Message]:
    """Every message of the web sources and templates: identity and context."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "gettext" in (source := path.read_text("utf-8")):
            yield from _in_python(source)
    for path in sorted((PACKAGE / "interfaces" / "web" / "templates").rglob("*.html")):
        # One line: what templatize leaves of the markup has no indentation that Python knows.
        yield from _in_python(_LINES.sub(" ", templatize(path.read_text("utf-8"))))


def fresh_catalog(locale: str) -> Catalog:
    """Return the catalogue of a language as the sources want it, with the words it has."""
    old = read_catalog(locale)
    catalog = Catalog(
        locale=locale, project="PostHarvest", charset="utf-8", fuzzy=False,
        creation_date=SINCE, revision_date=SINCE,
    )  # fmt: skip
    for identity, context in found_messages():
        known = old.get(identity, context)
        words = (known.string if known else "") or ""
        catalog.add(identity, _words(identity, words, locale=locale), context=context)
    return catalog


def read_catalog(locale: str) -> Catalog:
    """Read what is written, or an empty catalogue."""
    path = po_path(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def po_bytes(catalog: Catalog) -> bytes:
    """Return a catalogue as text, always in the same order."""
    out = io.BytesIO()
    write_po(out, catalog, width=96, sort_output=True, omit_header=False, no_location=True)
    return out.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Return a catalogue compiled."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def missing(locale: str) -> list[str]:
    """Return what the sources say and the language doesn't."""
    catalog = read_catalog(locale)
    lacking = []
    for identity, context in found_messages():
        known = catalog.get(identity, context)
        words = known.string if known else ""
        filled = all(words) if isinstance(words, tuple | list) else bool(words)
        if not filled:
            lacking.append(identity if isinstance(identity, str) else identity[0])
    return lacking


def main(argv: Sequence[str]) -> int:
    """Run one word."""
    for locale in LOCALES:
        path = po_path(locale)
        if argv == ["update"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(po_bytes(fresh_catalog(locale)))
        elif argv == ["compile"]:
            path.with_suffix(".mo").write_bytes(mo_bytes(read_catalog(locale)))
        elif argv != ["check"]:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    lacking = [(locale, text) for locale in LOCALES for text in missing(locale)]
    sys.stderr.writelines(f"{locale}: {text!r}\n" for locale, text in lacking)
    return 1 if lacking else 0


def _in_python(source: str) -> Iterator[Message]:
    found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)
    for _line, identity, _comments, context in found:
        yield identity, context


def _words(
    identity: str | tuple[str, ...], known: str | Sequence[str], *, locale: str
) -> str | tuple[str, ...]:
    """English says what the source says; another language keeps what was written."""
    if locale == "en":
        return identity
    return known if isinstance(known, str) else tuple(known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
