"""`postharvest vault rotate`: seal everything with the newest key."""

import argparse

from cryptography.exceptions import InvalidTag

from postharvest.core.errors import InvalidInput

SUMMARY = "seal everything anew with POSTHARVEST_VAULT_KEY"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Declare nothing: the environment names the keys."""


def run(_options: argparse.Namespace) -> int:
    from postharvest.interfaces.cli import database

    database.load_django()
    if not database.is_ready():
        raise InvalidInput("database", "there is none yet, or it needs `postharvest serve` first")
    from postharvest.core.clock.time import now
    from postharvest.core.vault.actions import rotate

    done = 0
    try:
        while batch := rotate(actor=database.OPERATOR, now=now()):
            done += batch
            print(f"\r{done:,} values", end="", flush=True)
    except InvalidTag:
        raise InvalidInput(
            "POSTHARVEST_VAULT_OLD_KEYS",
            f"lacks the key of some values ({done} are done); add it",
        ) from None
    print(f"\r{done:,} values sealed with the newest key; older keys may go now")
    return 0
