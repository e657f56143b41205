"""`postharvest token create NAME --scope …`: a key for a program, printed once, last."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from postharvest.core.errors import InvalidInput

SUMMARY = "make a key for a program (EPCIS, API) and print it last"
MOST_DAYS = 3650


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="whose key it is, for example carrier-x")
    parser.add_argument(
        "--scope", required=True, help="what it may do, separated by commas: epcis:capture,…"
    )
    parser.add_argument("--days", type=int, help="how long it lasts (default: until revoked)")
    parser.add_argument("--region", default="", help="GB/T 2260 code it is bound to, e.g. 610528")


def run(options: argparse.Namespace) -> int:
    """Store the key in each database of the home folder: the operator's and the demo's."""
    from postharvest.interfaces.cli import database

    database.load_django()
    from postharvest.core.tokens.actions import create_token, store_key

    now = datetime.now(UTC)  # noqa: TID251 (an interface reads the clock)
    terms = {
        "name": options.name,
        "scopes": sorted({scope.strip() for scope in options.scope.split(",") if scope.strip()}),
        "now": now,
        "expires_at": _expiry(options.days, now),
        "region": options.region,
    }
    first, *others = _databases()
    key = create_token(**terms, database=first)
    for other in others:
        store_key(key=key, **terms, database=other)
    print(f"token {options.name!r} may {', '.join(terms['scopes'])}; it is shown only now:")
    print(key)
    return 0


def _expiry(days: int | None, now: datetime) -> datetime | None:
    if days is None:
        return None
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput("--days", f"must be a whole number from 1 to {MOST_DAYS}")
    return now + timedelta(days=days)


def _databases() -> list[str]:
    """Name the databases to write to; a fresh home gets the operator's."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    default = connections["default"].settings_dict
    if default["ENGINE"] != "django.db.backends.sqlite3" or settings.POSTHARVEST_DEMO:
        call_command("migrate", verbosity=0)
        return ["default"]
    demo = Path(settings.HOME) / "demo.sqlite3"
    names = ["default"] if Path(default["NAME"]).exists() or not demo.exists() else []
    if demo.exists():
        connections.databases["demo"] = {**default, "NAME": demo}
        names.append("demo")
    for name in names:
        call_command("migrate", verbosity=0, database=name)
    return names
