"""What we stand on: licences we may use, and an audit that does not mistake silence for safety."""

import importlib.util
import json
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("run.lock", "dev.lock")
GOOD = re.compile(
    r"\b(MIT|MIT-CMU|HPND|BSD|BSD-\d-Clause|Apache|Apache-2\.0|Apache 2\.0|ISC|PSF|PSF-2\.0|Python"
    r"|MPL-2\.0|MPL 2\.0|Mozilla|LGPL\w*|Lesser General Public|Zlib|0BSD|CC0-1\.0|Unlicense)\b",
    re.IGNORECASE,
)
BAD = re.compile(
    r"(?<!L)(?<!Lesser )\bA?GPL|GNU (Affero )?General Public|SSPL|Commons Clause", re.I
)
KNOWN = {"axe-playwright-python": "MIT"}  # its own LICENSE; the axe it carries is MPL-2.0
"""Packages whose metadata do not name their licence, and where it stands."""


def locked(lock):
    for line in (ROOT / "requirements" / lock).read_text("utf-8").splitlines():
        if found := re.match(r"([\w.-]+)==(\S+)", line):
            yield found[1], found[2]


def licence_of(name):
    found = metadata.metadata(name)
    classifiers = [c for c in found.get_all("Classifier") or [] if c.startswith("License ::")]
    first_line = (found.get("License") or "").strip().partition("\n")[0]
    return " · ".join(filter(None, [found.get("License-Expression"), first_line, *classifiers]))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_licence_we_may_use(lock):
    looked_at = 0
    for name, _version in locked(lock):
        try:
            licence = KNOWN.get(name) or licence_of(name)
        except metadata.PackageNotFoundError:
            continue  # for another system or Python
        assert GOOD.search(licence), f"{name}: {licence!r}"
        assert not BAD.search(licence), f"{name}: {licence!r}"
        looked_at += 1
    assert looked_at > 30


def test_every_package_is_locked_to_one_version():
    for lock in LOCKS:
        lines = (ROOT / "requirements" / lock).read_text("utf-8").splitlines()
        loose = [one for one in lines if one and not re.match(r"[\w.-]+==\S+|#|\s", one)]
        assert loose == []


@pytest.fixture(scope="module")
def audit():
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def told(**rows):
    return json.dumps({"dependencies": [{"name": name, **row} for name, row in rows.items()]})


def test_the_audit_tells_clean_from_holes_from_silence(audit):
    fine = {"version": "1.0", "vulns": []}
    hole = {"version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
    silent = {"skip_reason": "Dependency not found on PyPI and could not be audited"}
    assert audit.judged(told(a=fine, b=fine)) == (audit.CLEAN, "2 packages, nothing known")
    ended, words = audit.judged(told(a=fine, b=hole, c=silent))
    assert ended == audit.FOUND
    assert "b 1.0: PYSEC-1, mended in 1.1" in words
    assert audit.judged(told(a=fine, b=silent))[0] == audit.NOT_AUDITED
    assert audit.judged(told(a=silent))[0] == audit.NOT_AUDITED
    assert audit.judged("")[0] == audit.NOT_AUDITED
    assert audit.judged("{}")[0] == audit.NOT_AUDITED


def test_the_audit_reads_every_locked_package(audit):
    assert {Path(lock).name for lock in audit.LOCKS} == set(LOCKS)
    assert "python3 .ci/audit.py" in (ROOT / ".ci" / "run").read_text("utf-8")
