"""Papers say what happened, on as many pages as it takes, in the reader's language."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp

from postharvest.operations.parcels import fonts, papers, s10, sheet
from postharvest.operations.parcels.papers import Language

NOW = datetime(2026, 10, 8, 16, 30, tzinfo=UTC)  # half past midnight in Xi'an
SLIP = papers.IntakeSlip(
    number="IN-20261009-017",
    received_at=NOW,
    branch="富平县曹村支局",
    point="大渠村打包点",
    grower="G-104 王**",
    terms="净额分成，保底收购",
    floor_fen_per_kg=180,
    lines=(
        papers.IntakeLine(
            lot="FP-20261009-03", crop="富平尖柿", grade="一级", gross_g=1_012_500, tare_g=12_500
        ),
        papers.IntakeLine(
            lot="FP-20261009-04", crop="富平尖柿", grade="二级", gross_g=250_250, tare_g=250
        ),
    ),
    trace_url="https://post.example/t/FP-20261009-03",
)
PACKING = papers.PackingList(
    number="PK-0007",
    sale="尖柿秋季",
    point="大渠村打包点",
    day=date(2026, 10, 9),
    leader="P-12 李*",
    lines=tuple(
        papers.PackingLine(
            parcel=s10.make("PA", serial),
            order=f"{serial:06d}",
            listing="富平尖柿 4.5 kg 礼盒装，含缓冲材料与说明卡片",
            lot="FP-20261009-03",
            net_g=4500,
        )
        for serial in range(120)
    ),
)
MANIFEST = papers.DespatchManifest(
    number="DS-0005",
    closed_at=NOW,
    branch="富平县曹村支局",
    carrier="中国邮政",
    route="渭南 → 西安 → 广州",
    lines=tuple(
        papers.ManifestLine(
            parcel=s10.make("PA", serial),
            destination="佛山 4406",
            net_g=4500,
            sell_by=date(2026, 10, 19),
        )
        for serial in range(3)
    ),
)
STATEMENT = papers.SettlementStatement(
    number="ST-104-1",
    issued_at=NOW,
    branch="富平县曹村支局",
    sale="尖柿秋季",
    party="G-104 王**",
    paid_by="邮政汇款",
    lines=(
        papers.StatementLine(
            day=date(2026, 10, 9), text="销售净额分成", quantity="930 kg", amount_fen=412_345
        ),
        papers.StatementLine(
            day=date(2026, 10, 12), text="质量索赔", quantity="2", amount_fen=-1_205
        ),
    ),
    sold_g=930_000,
    wholesale_fen_per_kg=150,
    uplift_fen_per_kg=292,
)
TRACE = papers.TraceReport(
    number="TR-1",
    issued_at=NOW,
    identifier="PA000000014CN",
    is_recall=False,
    lines=(
        papers.TraceLine(
            at=NOW,
            step="装箱",
            place="大渠村打包点",
            source="FP-20261009-A",
            result="PA000000014CN",
        ),
    ),
    trace_url="https://post.example/t/PA000000014CN",
)
PRINTERS: list[tuple[Callable[..., bytes], object]] = [
    (papers.intake_slip_pdf, SLIP),
    (papers.packing_list_pdf, PACKING),
    (papers.despatch_manifest_pdf, MANIFEST),
    (papers.settlement_statement_pdf, STATEMENT),
    (papers.trace_report_pdf, TRACE),
]
pytestmark = pytest.mark.font


@pytest.fixture(autouse=True)
def font() -> Path:
    try:
        return fonts.chinese_font()
    except fonts.FontMissing as missing:
        pytest.skip(str(missing))


def pages_of(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


@pytest.mark.parametrize(("printer", "paper"), PRINTERS)
def test_each_paper_speaks_both_languages(printer: Callable[..., bytes], paper: object) -> None:
    chinese, english = (
        "\n".join(pages_of(printer(paper, language)))
        for language in (Language.CHINESE, Language.ENGLISH)
    )
    assert "第 1 页" in chinese
    assert "page 1 of" in english
    assert paper.number in chinese  # type: ignore[attr-defined]
    assert paper.number in english  # type: ignore[attr-defined]
    assert "SIMULATED" not in chinese
    marked = replace(paper, ribbon="模拟 SIMULATED")  # type: ignore[type-var]
    assert all("SIMULATED" in page for page in pages_of(printer(marked, Language.CHINESE)))


@pytest.mark.parametrize(("printer", "paper"), PRINTERS)
def test_the_same_paper_is_the_same_bytes(printer: Callable[..., bytes], paper: object) -> None:
    assert printer(paper, Language.CHINESE) == printer(paper, Language.CHINESE)


def test_the_intake_slip_adds_up_and_tells_postal_time() -> None:
    [page] = pages_of(papers.intake_slip_pdf(SLIP, Language.CHINESE))
    for words in ("1,250 kg", "2026-10-09 00:30", "1.80 元/公斤", "王**", "1,012.5"):
        assert words in page


def test_the_statement_is_right_to_the_fen() -> None:
    [page] = pages_of(papers.settlement_statement_pdf(STATEMENT, Language.ENGLISH))
    for words in ("4,123.45", "−12.05", "4,111.40", "1.50 yuan/kg", "2.92 yuan/kg"):
        assert words in page


def test_wages_have_nothing_to_compare_with() -> None:
    wages = replace(STATEMENT, uplift_fen_per_kg=None)
    [page] = pages_of(papers.settlement_statement_pdf(wages, Language.ENGLISH))
    assert "wholesale" not in page


def test_a_long_list_runs_over_pages_and_loses_no_box() -> None:
    pages = pages_of(papers.packing_list_pdf(PACKING, Language.CHINESE))
    assert len(pages) > 2
    whole = "\n".join(pages)
    for line in PACKING.lines:
        assert s10.parse(line.parcel).grouped in whole
    assert all("邮件号" in page for page in pages)
    assert f"第 {len(pages)} 页，共 {len(pages)} 页" in pages[-1]
    assert "540 kg" in pages[-1]


def test_the_manifest_leaves_room_for_the_carriers_count() -> None:
    [page] = pages_of(papers.despatch_manifest_pdf(MANIFEST, Language.ENGLISH))
    assert "missing ______" in page
    assert "PA 000 000 014 CN" in page


def test_the_trace_report_carries_a_code_that_reads() -> None:
    with pypdfium2.PdfDocument(papers.trace_report_pdf(TRACE, Language.CHINESE)) as document:
        image = document[0].render(scale=203 / 72).to_pil().convert("L")
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [TRACE.trace_url]


def test_nothing_is_printed_beyond_the_edge() -> None:
    for printer, paper in PRINTERS:
        with pypdfium2.PdfDocument(printer(paper, Language.CHINESE)) as document:
            for page in document:
                for found in page.get_objects():
                    left, bottom, right, top = found.get_bounds()
                    assert 0 <= left <= right <= 595.5
                    assert 0 <= bottom <= top <= 842.5


def test_a_row_that_misses_a_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="one text per column"):
        sheet.Sheet(
            title="x",
            number="1",
            facts=(),
            columns=(sheet.Column(title="a", share=1),),
            rows=(("a", "b"),),
        )
