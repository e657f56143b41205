"""A backup taken while people buy holds every order that was acknowledged before it."""

import json
import os
import subprocess
import sys
import tarfile
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
MID_SALE = textwrap.dedent(
    """
    import json, sys, threading, django
    django.setup()
    from django.core.management import call_command
    from django.db import connections
    call_command("migrate", verbosity=0)
    from tests.operations.conftest import BUYER, OPENS, make_stall
    from postharvest.interfaces.cli.main import main
    from postharvest.operations.orders.actions.placing import place_orders
    from postharvest.operations.orders.requests import Placed
    stall = make_stall(capacity_g=900_000_000, crew=10_000)
    acked, stop = [], threading.Event()

    def buy():
        while not stop.is_set():
            request = stall.ask()
            [answer] = place_orders(requests=[request], actor=BUYER, now=OPENS)
            if isinstance(answer, Placed):
                acked.append(request.key)
        connections.close_all()

    buyers = [threading.Thread(target=buy) for _ in range(2)]
    [b.start() for b in buyers]
    while len(acked) < 30:
        pass
    before = list(acked)
    code = main(["backup", sys.argv[1], *sys.argv[2:]])
    stop.set()
    [b.join() for b in buyers]
    print(json.dumps({"code": code, "before": before, "after": len(acked)}))
    """
)
AFTER = textwrap.dedent(
    """
    import json, django
    django.setup()
    from postharvest.core.vault.seal import unseal
    from postharvest.operations.campaigns.models import Sale
    from postharvest.operations.orders.models import Order
    orders = list(Order.objects.select_related("listing", "contact"))
    print(json.dumps({
        "keys": [o.key for o in orders],
        "names": sorted({unseal(o.contact.sealed).name for o in orders}),
        "held_g": sum(o.quantity * o.listing.net_g for o in orders),
        "reserved_g": Sale.objects.get().reserved_g,
    }))
    """
)


def python(script, *words, home, **environment):
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, words)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "postharvest.settings",
            "PYTHONPATH": os.pathsep.join(("src", ".")),
            "POSTHARVEST_HOME": str(home),
            "POSTHARVEST_DEMO": "",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def command(*words, home, **environment):
    script = "import sys; from postharvest.interfaces.cli.main import main; sys.exit(main())"
    return python(script, *words, home=home, **environment)


def mid_sale(home, archive, *words, **environment):
    photo = home / "media" / "claims" / "bad.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"a photo")
    done = python(MID_SALE, archive, *words, home=home, **environment)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["code"] == 0, done.stderr[-3000:]
    return told


def restored(archive, home, **environment):
    done = command("restore", archive, home=home, **environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(python(AFTER, home=home, **environment).stdout)


def test_every_order_acknowledged_before_it_is_in_it(tmp_path):
    archive = tmp_path / "all.tar"
    told = mid_sale(tmp_path / "old", archive, "--with-key")
    there = restored(archive, tmp_path / "new")
    assert set(told["before"]) <= set(there["keys"])
    assert len(there["keys"]) <= told["after"]
    assert there["held_g"] == there["reserved_g"] > 0
    assert there["names"] == ["王小明"]
    assert (tmp_path / "new" / "media" / "claims" / "bad.jpg").read_bytes() == b"a photo"


@pytest.mark.postgres
def test_on_postgresql_too(tmp_path, postgres_url):
    archive = tmp_path / "all.tar"
    told = mid_sale(tmp_path / "old", archive, "--with-key", POSTHARVEST_DATABASE_URL=postgres_url)
    done = command("restore", archive, home=tmp_path / "new", POSTHARVEST_DATABASE_URL=postgres_url)
    assert done.returncode == 2
    assert "--replace" in done.stderr
    done = command(
        "restore", archive, "--replace", home=tmp_path / "new",
        POSTHARVEST_DATABASE_URL=postgres_url,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said = python(AFTER, home=tmp_path / "new", POSTHARVEST_DATABASE_URL=postgres_url)
    assert said.returncode == 0, said.stderr[-3000:]
    there = json.loads(said.stdout)
    assert set(told["before"]) <= set(there["keys"])
    assert there["held_g"] == there["reserved_g"] > 0


def test_names_stay_closed_without_the_key_and_nothing_is_replaced_unasked(tmp_path):
    old, archive = tmp_path / "old", tmp_path / "all.tar"
    mid_sale(old, archive)
    assert b"secret-key" not in archive.read_bytes()
    refused = command("restore", archive, home=tmp_path / "new")
    assert (refused.returncode, "can't open the contacts" in refused.stderr) == (2, True)
    assert not (tmp_path / "new" / "postharvest.sqlite3").exists()
    unasked = command("restore", archive, home=old)
    assert (unasked.returncode, "--replace" in unasked.stderr) == (2, True)
    assert command("restore", archive, "--replace", home=old).returncode == 0
    assert list(old.glob("postharvest.sqlite3.before-*"))


def _changed(archive: Path, out: Path, change) -> Path:
    with tarfile.open(archive) as source, tarfile.open(out, "w") as target:
        for info in source:
            content = change(info.name, source.extractfile(info).read())
            if content is None:
                continue
            info.size = len(content)
            part = out.with_suffix(".part")
            part.write_bytes(content)
            with part.open("rb") as stream:
                target.addfile(info, stream)
    return out


def test_a_damaged_or_strange_archive_is_refused(tmp_path):
    archive = tmp_path / "all.tar"
    mid_sale(tmp_path / "old", archive, "--with-key")
    spoilt = {
        "has changed": lambda name, b: b[:-1] + b"x" if name.startswith("database") else b,
        "is missing": lambda name, b: None if name.startswith("media") else b,
        "is no backup": lambda name, b: b"{}" if name == "manifest.json" else b,
    }
    for words, change in spoilt.items():
        bad = _changed(archive, tmp_path / "bad.tar", change)
        done = command("restore", bad, home=tmp_path / "new")
        assert (done.returncode, words in done.stderr) == (2, True), (words, done.stderr)
    (tmp_path / "text.tar").write_text("no tar")
    assert "is no backup" in command("restore", tmp_path / "text.tar", home=tmp_path / "new").stderr
    assert not (tmp_path / "new" / "postharvest.sqlite3").exists()
