"""`postharvest work`: the worker alone, beside a site that runs elsewhere."""

import argparse
import signal
import threading
from types import FrameType

SUMMARY = "run the worker: outbox, time-outs, refunds"


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Declare nothing: the environment says which database."""


def run(_options: argparse.Namespace) -> int:
    """Work until stopped."""
    from postharvest.interfaces.cli import database

    database.load_django()
    database.migrate()
    from postharvest.interfaces.worker import start_beside, work_until

    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    start_beside(stop)
    print("working; stop with Ctrl-C", flush=True)
    work_until(stop)
    return 0
