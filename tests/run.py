"""`make test`: static checks, then every test; says plainly what was skipped and how to get it.

With POSTHARVEST_NO_SKIPS=1 (as .ci/run sets it) a skip is a failure.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NEEDED = {
    "Chromium (browser tests)": ("chromium", "apt-get install -y chromium"),
    "PostgreSQL's server programs (race tests)": ("postgres", "apt-get install -y postgresql"),
    "a Chinese font (labels)": ("font", "apt-get install -y fonts-wqy-microhei"),
}
STATIC = (
    ("format", [BIN / "ruff", "format", "--check", "--quiet", "src", "tests", "benchmarks"]),
    ("lint", [BIN / "ruff", "check", "--quiet", "src", "tests", "benchmarks"]),
    ("types", [BIN / "mypy"]),
    ("architecture", [BIN / "lint-imports"]),
)


def main() -> int:
    for name, command in STATIC:
        print(f"… {name}", flush=True)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout[-6000:], done.stderr[-2000:], sep="\n")
            print(f"{name} failed")
            return done.returncode
    print("… tests", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(os.cpu_count() or 1), *sys.argv[1:]]
    done = subprocess.run([*command, "--dist", "loadfile"], cwd=ROOT, check=False)
    missing = [(what, how) for what, (kind, how) in NEEDED.items() if not _found(kind)]
    for what, how in missing:
        print(f"skipped: tests that need {what}. To run them: sudo {how}")
    return done.returncode


def _found(kind: str) -> bool:
    if kind == "postgres":
        return any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if kind == "font":
        fonts = Path("/usr/share/fonts")
        return any(fonts.rglob("*wqy*")) or any(fonts.rglob("*CJK*"))
    return any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))


if __name__ == "__main__":
    sys.exit(main())
