"""`postharvest token create`: the key comes last, opens both databases, and bad terms make none."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def token(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "POSTHARVEST_HOME": str(home),
        "POSTHARVEST_DEMO": "",
        "POSTHARVEST_DATABASE_URL": "",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "postharvest.interfaces.cli.main", "token", "create", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def hashes(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute("SELECT key_hash FROM tokens_accesstoken")]


def test_the_key_is_printed_last_and_kept_as_a_hash_where_it_is_needed(tmp_path: Path) -> None:
    first = token(tmp_path, "check", "--scope", "epcis:capture,epcis:query", "--days", "30")
    assert first.returncode == 0, first.stderr
    key = first.stdout.split()[-1]
    operator, demo = tmp_path / "postharvest.sqlite3", tmp_path / "demo.sqlite3"
    assert hashes(operator) == [sha256(key.encode()).hexdigest()]
    operator.rename(demo)
    second = token(tmp_path, "demo-only", "--scope", "epcis:query")
    assert second.returncode == 0, second.stderr
    assert len(hashes(demo)) == 2
    assert not operator.exists()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("x", "--scope", "everything"), "scope"),
        (("x", "--scope", ","), "scope"),
        ((" ", "--scope", "epcis:query"), "NAME"),
        (("x", "--scope", "epcis:query", "--days", "0"), "--days"),
    ],
)
def test_bad_terms_are_one_clear_line(tmp_path: Path, words: tuple[str, ...], field: str) -> None:
    refused = token(tmp_path, *words)
    assert refused.returncode == 2
    [line] = refused.stderr.strip().splitlines()
    assert line.startswith(f"postharvest: {field}:")
    assert refused.stdout == ""
