"""`postharvest administrator NAME`: make one, or let one who is locked out begin anew."""

import argparse
import secrets

from postharvest.core.errors import InvalidInput

SUMMARY = "make an administrator, or give one a new password and second factor"
PASSWORD_BYTES = 15


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name to sign in with")


def run(options: argparse.Namespace) -> int:
    from postharvest.interfaces.cli import database

    name = options.name.strip()
    if not name or len(name) > 150:  # noqa: PLR2004  (as Django's column)
        raise InvalidInput("NAME", "give a name of at most 150 characters")
    database.load_django()
    database.migrate()
    from postharvest.core.clock.time import now
    from postharvest.core.signin.staff import make_administrator

    password = secrets.token_urlsafe(PASSWORD_BYTES)
    make_administrator(username=name, password=password, actor=database.OPERATOR, now=now())
    print(f"{name} signs in with this password, and gets a second factor the first time:")
    print(password)
    return 0
