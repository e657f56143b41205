"""Opening the database for a command: Django is loaded here and nowhere earlier."""

import os

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from postharvest.core.audit.actor import Actor, Role
from postharvest.core.errors import InvalidInput

OPERATOR = Actor(party="command line", role=Role.ADMINISTRATOR)
"""Whoever may run commands on this machine may do anything to its database."""


def load_django() -> None:
    """Read the settings and the apps, once."""
    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postharvest.settings")
        django.setup()


def database_exists() -> bool:
    """Whether there is a database to ask, without making an SQLite file by asking."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or "memory" in name:
        return True
    return os.path.isfile(name) and os.path.getsize(name) > 0


def missing_migrations() -> list[str]:
    """Return which migrations the database still lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def is_ready() -> bool:
    """Whether there is a database whose tables are up to date."""
    return database_exists() and not missing_migrations()


def migrate() -> None:
    """Bring the database's tables up to date, making it if there is none."""
    call_command("migrate", verbosity=0, interactive=False)


def open_ready() -> None:
    """Load Django and make sure that there is a database of this release.

    Raises
    ------
    InvalidInput
        There is none, or its tables are older than the program.
    """
    load_django()
    if not is_ready():
        raise InvalidInput("database", "there is none yet; run `postharvest serve` once")
