"""Hold the locked packages against the advisory databases, and say plainly when nobody answered.

`pip-audit` calls a package that its index does not know "skipped" and ends well, so a machine that
reaches no advisory database would seem to be audited.  This tells the three ends apart: 0 nothing
known, 1 something known, 3 not audited.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

TOOL = "pip-audit==2.10.1"
LOCKS = ("requirements/run.lock", "requirements/dev.lock")
CLEAN, FOUND, NOT_AUDITED = 0, 1, 3


def main() -> int:
    """Audit every lock; with --required a machine that reaches no database fails."""
    worst = CLEAN
    with tempfile.TemporaryDirectory() as folder:
        tool = _installed(Path(folder))
        for lock in LOCKS:
            ended, told = judged(_asked(tool, lock)) if tool else (NOT_AUDITED, "no pip-audit here")
            print(f"dependency audit of {lock}: {told}")
            worst = max(worst, ended)
    if worst == NOT_AUDITED and "--required" not in sys.argv:
        print("dependency audit: NOT DONE on this machine; run it where there is a network")
        return CLEAN
    return worst


def judged(output: str) -> tuple[int, str]:
    """Return how an audit ended and what it found, from pip-audit's JSON."""
    try:
        rows = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return NOT_AUDITED, "the advisory database can't be reached"
    known = [(row, one) for row in rows for one in row.get("vulns", [])]
    asked = [row for row in rows if "skip_reason" not in row]
    if known:
        lines = [
            f"  {row['name']} {row['version']}: {one['id']}, mended in "
            f"{', '.join(one.get('fix_versions') or ['no version yet'])}"
            for row, one in known
        ]
        return FOUND, "\n".join([f"{len(known)} known holes", *lines])
    if len(asked) < len(rows) or not rows:
        skipped = len(rows) - len(asked)
        return NOT_AUDITED, f"{skipped} of {len(rows)} packages are unknown to the database asked"
    return CLEAN, f"{len(asked)} packages, nothing known"


def _installed(folder: Path) -> Path | None:
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", TOOL]
    done = subprocess.run(pip, capture_output=True, timeout=180, check=False)
    return folder / "bin" / "pip-audit" if done.returncode == 0 else None


def _asked(tool: Path, lock: str) -> str:
    command = [tool, "-r", lock, "--no-deps", "--disable-pip", "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [*command, "--format", "json"], capture_output=True, text=True, timeout=180, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
