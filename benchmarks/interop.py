"""How fast the post's and the food chain's languages are spoken here.

usage: python benchmarks/interop.py [labels] [eta] [epcis] [tables]
    [--events 1000000] [--standards DIR]

Figures are CPU seconds of this process.  ``--standards`` names a folder with ``valid/`` and
``invalid/`` EPCIS documents of other people's to check against.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

BASE = "https://id.post.example"
BATCH = 10_000
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def measure_labels() -> None:
    from postharvest.core.privacy import mask_address, mask_name, mask_phone
    from postharvest.operations.parcels import s10
    from postharvest.operations.parcels.labels import LabelContent, labels_pdf
    from postharvest.operations.parcels.zpl import labels_zpl

    contents = [
        LabelContent(
            number=s10.make("PA", serial),
            tracking_url=f"https://post.example/t/{s10.make('PA', serial)}",
            service="农产品快递包裹 Farm parcel",
            route="渭南 → 西安 → 广州 → 4406",
            recipient_name=mask_name("欧阳小明"),
            recipient_phone=mask_phone(f"138{serial:08d}"),
            recipient_address=mask_address("广东省佛山市顺德区凤山中路127号3号楼2单元501室"),
            sender_name="富平县曹村支局",
            sender_place="陕西省渭南市富平县曹村镇",
            crop="富平尖柿 一级 Persimmon, grade 1",
            lot="FP-20261008-0001",
            net_weight_g=4500,
            packed_on=date(2026, 10, 8),
            best_before=date(2026, 10, 18),
        )
        for serial in range(1000)
    ]
    for kind, print_labels in (("PDF", labels_pdf), ("ZPL", labels_zpl)):
        start = time.process_time()
        size = len(print_labels(contents))
        spent = time.process_time() - start
        print(f"1,000 labels as {kind}: {spent:.1f} CPU s, {size / 1e6:.1f} MB")


def measure_eta() -> None:
    from postharvest.engines.transit.model import TransitParams
    from postharvest.engines.transit.replay import replay, simulated_journeys

    for seed in range(5):
        journeys = simulated_journeys(np.random.default_rng(seed))
        start = time.process_time()
        report = replay(journeys, TransitParams())
        spent = time.process_time() - start
        print(
            f"ETA replay, seed {seed}: {journeys.lane.size:,} parcels, 90 days, drift and a "
            f"disruption: 80 % windows covered {report.coverage_share:.1%}, "
            f"width {report.mean_width_hours:.1f} h, "
            f"mean absolute error {report.mean_absolute_error_hours:.1f} h, {spent:.1f} CPU s"
        )


def measure_epcis(events: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["POSTHARVEST_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "postharvest.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", "epcis", verbosity=0)
        _measure_capture(events)
        _measure_questions(events)


def _measure_capture(events: int) -> None:
    from postharvest.core.epcis.actions import capture_document

    chance = random.Random(1)
    spent = 0.0
    for start in range(0, events, BATCH):
        raw = _document(list(_chain(start, BATCH, chance)))
        begun = time.process_time()
        capture_document(raw, party="benchmark", now=NOW)
        spent += time.process_time() - begun
        done = start + BATCH
        if done in {BATCH, 100_000, 500_000, events}:
            rate = done / spent
            print(f"EPCIS: {done:,} events validated and stored, {rate:,.0f} per CPU second")


def _measure_questions(events: int) -> None:
    from postharvest.core.epcis import queries

    lot = events // 2000
    questions = {
        "forward trace of a raw lot": lambda: queries.forward_trace(f"{BASE}/raw/{lot}"),
        "back trace of a parcel": lambda: queries.back_trace(f"{BASE}/parcel/{lot * 200 + 7}"),
        "events of a parcel": lambda: (
            queries.simple_event_query({"MATCH_anyEPC": [f"{BASE}/parcel/{lot * 200 + 7}"]}).events
        ),
    }
    for name, ask in questions.items():
        start = time.perf_counter()
        found = len(ask())
        spent = time.perf_counter() - start
        print(f"EPCIS: {name} among {events:,} events: {found} rows, {spent * 1000:.1f} ms")


def _document(events: list[dict[str, Any]]) -> bytes:
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-11-24T00:00:00Z",
            "epcisBody": {"eventList": events},
        }
    ).encode()


def _chain(start: int, count: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Yield parcels packed, bagged, sent and delivered; 200 parcels a lot, 40 a bag."""
    steps = ("", "shipping", "arriving", "departing", "accepting")
    for number in range(start, start + count):
        parcel, step = divmod(number, 5)
        place = {"id": f"{BASE}/place/{number % 300}"}
        shared = {
            "eventID": f"urn:uuid:{chance.getrandbits(128):032x}",
            "eventTime": (
                datetime(2026, 9, 20, tzinfo=UTC) + timedelta(seconds=number)
            ).isoformat(),
            "eventTimeZoneOffset": "+08:00",
            "readPoint": place,
            "bizLocation": place,
        }
        lot = f"{BASE}/lot/{parcel // 200}"
        if step == 2 and parcel % 200 == 0:
            raws = [f"{BASE}/raw/{parcel // 200 + more}" for more in (0, 1)]
            yield shared | {
                "type": "TransformationEvent",
                "bizStep": "creating_class_instance",
                "inputQuantityList": [
                    {"epcClass": raw, "quantity": 450.5, "uom": "KGM"} for raw in raws
                ],
                "outputQuantityList": [{"epcClass": lot, "quantity": 901, "uom": "KGM"}],
            }
        elif step == 0:
            yield shared | {
                "type": "AggregationEvent",
                "action": "ADD",
                "bizStep": "packing",
                "parentID": f"{BASE}/parcel/{parcel}",
                "childQuantityList": [{"epcClass": lot, "quantity": 4.5, "uom": "KGM"}],
            }
        elif step == 1 and parcel % 40 == 0:
            yield shared | {
                "type": "AggregationEvent",
                "action": "ADD",
                "bizStep": "packing",
                "parentID": f"{BASE}/bag/{parcel // 40}",
                "childEPCs": [f"{BASE}/parcel/{parcel + more}" for more in range(40)],
            }
        else:
            yield shared | {
                "type": "ObjectEvent",
                "action": "OBSERVE",
                "bizStep": steps[step],
                "disposition": "in_transit",
                "epcList": [f"{BASE}/parcel/{parcel}"],
            }


def measure_tables() -> None:
    """Check 10,000 rows of a carrier's invoice, and take 10,000 villages in by both phases."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["POSTHARVEST_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "postharvest.settings"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from postharvest.core.audit.actor import SYSTEM
        from postharvest.core.tables import catalogue, writing
        from postharvest.operations.network import queries
        from postharvest.operations.network.actions import load_shipped_tables, take_table

        load_shipped_tables(now=NOW)
        shape = catalogue.shape("villages_guangxi_shaanxi")
        rows = queries.read_table(shape.name)[:10_000]
        for kind, raw in (
            ("CSV", writing.csv_bytes(shape, rows)),
            ("XLSX", writing.xlsx_bytes([(shape, rows)])),
        ):
            for dry_run in (True, False):
                start = time.process_time()
                told = take_table(
                    name=shape.name,
                    raw=raw,
                    file_name="benchmark",
                    dry_run=dry_run,
                    merge=True,
                    actor=SYSTEM,
                    now=NOW,
                )
                spent = time.process_time() - start
                phase = "dry run" if dry_run else "commit"
                what = f"10,000 of {told.rows:,} villages from {kind}, {phase}"
                print(f"{what}: {spent:.1f} CPU s")


def measure_standards(folder: Path) -> None:
    from postharvest.core.epcis.documents import InvalidDocument, read_document

    for kind in ("valid", "invalid"):
        passed = []
        files = sorted((folder / kind).glob("*.json"))
        for file in files:
            try:
                if not read_document(file.read_bytes()).faults:
                    passed.append(file.name)
            except InvalidDocument:
                continue
        print(f"EPCIS: {len(passed)} of {len(files)} {kind} documents of {folder} pass")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="*", default=["labels", "eta", "epcis"])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--standards", type=Path)
    options = parser.parse_args()
    if options.standards:
        measure_standards(options.standards)
    if "labels" in options.what:
        measure_labels()
    if "eta" in options.what:
        measure_eta()
    if "epcis" in options.what:
        measure_epcis(options.events)
    if "tables" in options.what:
        measure_tables()


if __name__ == "__main__":
    main()
