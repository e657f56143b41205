"""What is printed of a sale's rows: everything about the goods, nothing about the person."""

from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest

from postharvest.operations.campaigns.models import Sale
from postharvest.operations.packing.models import PointStock, Shift
from postharvest.operations.parcels import fonts, printing
from postharvest.operations.parcels.labels import labels_pdf
from postharvest.operations.parcels.models import Despatch, Parcel
from postharvest.operations.parcels.papers import (
    Language,
    despatch_manifest_pdf,
    intake_slip_pdf,
    packing_list_pdf,
)

SECRETS = ("欧阳小明", "13987654321", "87654321", "127号", "501")


@pytest.fixture
def font() -> Path:
    try:
        return fonts.chinese_font()
    except fonts.FontMissing as missing:
        pytest.skip(str(missing))


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.font
def test_labels_show_the_goods_and_hide_the_person(posted_sale: Sale, font: Path) -> None:
    parcels = list(Parcel.objects.values_list("pk", flat=True))
    contents = printing.label_contents(
        parcel_ids=parcels, tracking_base="https://post.example/t/", ribbon="模拟 SIMULATED"
    )
    assert [content.number for content in contents] == ["PA000000014CN", "PA000000028CN"]
    shown = text_of(labels_pdf(contents, font=font))
    assert "139******21" in shown
    assert "4.5 kg" in shown
    assert "凤山中路***" in shown
    assert not any(secret in shown + repr(contents) for secret in SECRETS)


@pytest.mark.font
def test_the_papers_of_a_day_agree_with_its_rows(posted_sale: Sale, font: Path) -> None:
    packing = printing.packing_list(shift_id=Shift.objects.get().pk, ribbon="")
    manifest = printing.despatch_manifest(despatch_id=Despatch.objects.get().pk, ribbon="")
    stock = PointStock.objects.earliest("pk")
    slip = printing.intake_slip(
        stock_id=stock.pk,
        received_at=datetime(2026, 10, 9, 1, tzinfo=UTC),
        terms="净额分成",
        trace_base="https://post.example/t/",
        ribbon="",
    )
    assert {line.parcel for line in packing.lines} == {line.parcel for line in manifest.lines}
    assert slip.lines[0].net_g == stock.received_g
    for pdf in (
        packing_list_pdf(packing, Language.CHINESE, font=font),
        despatch_manifest_pdf(manifest, Language.ENGLISH, font=font),
        intake_slip_pdf(slip, Language.CHINESE, font=font),
    ):
        assert not any(secret in text_of(pdf) for secret in SECRETS)


@pytest.mark.django_db
def test_a_sale_has_the_labels_of_its_own_parcels_only(posted_sale: Sale) -> None:
    assert printing.label_contents(parcel_ids=[], tracking_base="x", ribbon="") == []
