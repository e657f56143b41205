"""How long the shipped tables take to load into a fresh SQLite database: CPU seconds and memory.

Run: python benchmarks/load_tables.py
"""

import os
import resource
import tempfile
import time
from datetime import UTC, datetime

TARGET_CPU_SECONDS = 5.0


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "POSTHARVEST_HOME": home,
            "POSTHARVEST_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "postharvest.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command

        from postharvest.operations.network import actions

        call_command("migrate", verbosity=0)
        now = datetime(2026, 11, 24, tzinfo=UTC)
        for label in ("first", "second"):
            start = time.process_time()
            loaded = actions.load_shipped_tables(now=now)
            seconds = time.process_time() - start
            print(f"{label} load: {len(loaded)} tables, {seconds:.3f} CPU s")
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory {peak_mb:.0f} MB; target of the first load {TARGET_CPU_SECONDS} CPU s")


if __name__ == "__main__":
    main()
