"""`postharvest …`: finds the command, parses its words, turns refusals into one line and exit 2.

A command is a module with ``SUMMARY``, ``add_arguments(parser)`` and ``run(options) -> int``.
Only the module that was asked for is imported, so engine commands never load Django.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from postharvest.core.errors import InvalidInput, Refused

COMMANDS = {
    ("demo",): "demo",
    ("serve",): "serve",
    ("work",): "work",
    ("relay",): "relay",
    ("doctor",): "doctor",
    ("data", "list"): "data_list",
    ("data", "export"): "data_export",
    ("data", "import"): "data_import",
    ("plan", "rescue"): "plan_rescue",
    ("plan", "check"): "plan_check",
    ("plan", "bases"): "plan_bases",
    ("simulate", "nation"): "simulate_nation",
    ("forecast",): "forecast",
    ("price", "elasticity"): "price_elasticity",
    ("price", "advise"): "price_advise",
    ("crops",): "crops",
    ("measures", "refresh"): "measures_refresh",
    ("measures", "show"): "measures_show",
    ("measures", "export"): "measures_export",
    ("measures", "pilots"): "measures_pilots",
    ("measures", "groups"): "measures_groups",
    ("token", "create"): "token_create",
    ("own", "import"): "own_import",
    ("own", "sheet"): "own_sheet",
    ("timetable", "export"): "timetable_export",
    ("timetable", "import"): "timetable_import",
    ("administrator",): "administrator",
    ("audit", "verify"): "audit_verify",
    ("backup",): "backup",
    ("person",): "person",
    ("vault", "rotate"): "vault_rotate",
    ("restore",): "restore",
    ("api", "describe"): "api_describe",
}
USAGE_ERROR = 2
_ELSEWHERE = "or set POSTHARVEST_HOME to a folder on another disk"
_DATABASE_FIXES = {
    "disk is full": f"free some space, {_ELSEWHERE}; what was not finished was taken back",
    "readonly database": f"let this user write in POSTHARVEST_HOME, {_ELSEWHERE}",
    "unable to open database file": f"let this user write in POSTHARVEST_HOME, {_ELSEWHERE}",
    "disk I/O error": f"look after the disk (`dmesg`), {_ELSEWHERE}",
    "connection failed": "start the server, or correct POSTHARVEST_DATABASE_URL",
    "connection to server": "start the server, or correct POSTHARVEST_DATABASE_URL",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = _command_of(words)
    if name is None:
        return _explain(words)
    command = _load(name)
    parser = _Parser(prog=" ".join(("postharvest", *name)), description=command.SUMMARY)
    command.add_arguments(parser)
    try:
        options = parser.parse_args(words[len(name) :])
        _check_targets(options)
        return int(command.run(options))
    except KeyboardInterrupt:
        print("postharvest: stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if not (said := _said_of(error)):
            raise
        print(f"postharvest: {said}", file=sys.stderr)
        return USAGE_ERROR


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is one word away."""

    def error(self, message: str) -> NoReturn:
        """Print the line and leave with exit code 2."""
        self.exit(USAGE_ERROR, f"{self.prog}: {message} (help: {self.prog} --help)\n")


def _check_targets(options: argparse.Namespace) -> None:
    """Refuse a file that can't be written before anything is worked out, not after.

    Raises
    ------
    InvalidInput
        The folder of ``--json`` or ``--html`` does not exist, or the file is a folder.
    """
    for name in ("json", "html"):
        given = getattr(options, name, None)
        if not isinstance(given, str | Path) or str(given) == "-":
            continue
        target = Path(given)
        if not target.parent.is_dir():
            raise InvalidInput(f"--{name}", f"there is no folder {target.parent}; make it first")
        if target.is_dir():
            raise InvalidInput(f"--{name}", f"{target} is a folder; name a file in it")


def _said_of(error: Exception) -> str:
    """Return the line for what a person can mend; nothing for a fault of ours."""
    return str(error) if isinstance(error, Refused | OSError) else _database_trouble(error)


def _database_trouble(error: Exception) -> str:
    """Say what the person can do about a database that can't be written or reached, or nothing."""
    django = sys.modules.get("django.db")  # engine commands never load it
    if django is None or not isinstance(error, django.OperationalError):
        return ""
    said = str(error).splitlines()[0]
    for words, fix in _DATABASE_FIXES.items():
        if words in said:
            return f"{said}: {fix}"
    return ""


def _command_of(words: list[str]) -> tuple[str, ...] | None:
    for length in (2, 1):
        if tuple(words[:length]) in COMMANDS:
            return tuple(words[:length])
    return None


def _load(name: tuple[str, ...]) -> ModuleType:
    return import_module(f"postharvest.interfaces.cli.{COMMANDS[name]}")


def _explain(words: list[str]) -> int:
    asked_for_help = not words or words[0] in ("-h", "--help")
    out = sys.stdout if asked_for_help else sys.stderr
    if not asked_for_help:
        print(f"postharvest: no command {' '.join(words[:2])!r}; the commands are:", file=out)
    else:
        print("postharvest: from a village's surplus to the last payout\n", file=out)
    for name in COMMANDS:
        print(f"  postharvest {' '.join(name):<18} {_load(name).SUMMARY}", file=out)
    return 0 if asked_for_help else USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
