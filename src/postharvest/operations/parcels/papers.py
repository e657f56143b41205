"""The papers that go with the goods: intake slip, packing list, manifest, statement, trace.

Each takes what it shows as a frozen value, in Chinese or English.  Names and phones come masked.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from postharvest.core.units import FEN_PER_YUAN, kilograms
from postharvest.operations.parcels import s10
from postharvest.operations.parcels.sheet import Column, Sheet, sheet_pdf

_ZONE = ZoneInfo("Asia/Shanghai")


class Language(StrEnum):
    CHINESE = "zh"
    ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLine:
    """One weighing."""

    lot: str
    crop: str
    grade: str
    gross_g: int
    tare_g: int

    @property
    def net_g(self) -> int:
        return self.gross_g - self.tare_g


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSlip:
    """What a grower handed over, and on which terms."""

    number: str
    received_at: datetime
    branch: str
    point: str
    grower: str
    terms: str
    floor_fen_per_kg: int
    lines: tuple[IntakeLine, ...]
    trace_url: str = ""
    ribbon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackingLine:
    """One box to pack or packed."""

    parcel: str
    order: str
    listing: str
    lot: str
    net_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackingList:
    """The boxes of one point's day."""

    number: str
    sale: str
    point: str
    day: date
    leader: str
    lines: tuple[PackingLine, ...]
    ribbon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestLine:
    """One parcel on the truck."""

    parcel: str
    destination: str
    net_g: int
    sell_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DespatchManifest:
    """The parcels that are handed to the carrier together, to be counted on both sides."""

    number: str
    closed_at: datetime
    branch: str
    carrier: str
    route: str
    lines: tuple[ManifestLine, ...]
    ribbon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One amount for (positive) or from (negative) the party."""

    day: date
    text: str
    quantity: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementStatement:
    """What a grower or packer earned, and what the wholesaler would have paid that day.

    ``uplift_fen_per_kg`` is None where there is nothing to compare with, as for wages.
    """

    number: str
    issued_at: datetime
    branch: str
    sale: str
    party: str
    paid_by: str
    lines: tuple[StatementLine, ...]
    sold_g: int = 0
    wholesale_fen_per_kg: int = 0
    uplift_fen_per_kg: int | None = None
    ribbon: str = ""

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """One event on the way of the goods."""

    at: datetime
    step: str
    place: str
    source: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceReport:
    """Where goods came from, or where they went, as told by the event log."""

    number: str
    issued_at: datetime
    identifier: str
    is_recall: bool
    lines: tuple[TraceLine, ...]
    trace_url: str = ""
    ribbon: str = ""


def intake_slip_pdf(slip: IntakeSlip, language: Language, *, font: Path | None = None) -> bytes:
    """Print the slip that the grower takes home."""
    say = _Words(language)
    total_g = sum(line.net_g for line in slip.lines)
    return sheet_pdf(
        Sheet(
            title=say("收货单", "Intake slip"),
            number=slip.number,
            facts=(
                (say("时间", "Time"), _instant(slip.received_at)),
                (say("支局", "Branch"), slip.branch),
                (say("农户", "Grower"), slip.grower),
                (say("收货点", "Point"), slip.point),
                (say("结算方式", "Terms"), slip.terms),
                (say("保底价", "Floor price"), say.yuan_per_kg(slip.floor_fen_per_kg)),
            ),
            columns=(
                Column(title=say("批次", "Lot"), share=4),
                Column(title=say("品名", "Produce"), share=4),
                Column(title=say("等级", "Grade"), share=2),
                Column(title=say("毛重 kg", "Gross kg"), share=2, is_number=True),
                Column(title=say("皮重 kg", "Tare kg"), share=2, is_number=True),
                Column(title=say("净重 kg", "Net kg"), share=2, is_number=True),
            ),
            rows=tuple(
                (
                    line.lot,
                    line.crop,
                    line.grade,
                    *map(_kg, (line.gross_g, line.tare_g)),
                    _kg(line.net_g),
                )
                for line in slip.lines
            ),
            totals=((say("净重合计", "Net in all"), f"{_kg(total_g)} kg"),),
            notes=(
                say(
                    "本单一式两份，是结算依据。如有异议请当场提出。",
                    "In two copies; the settlement rests on this slip. Object on the spot.",
                ),
            ),
            signatures=(say("农户", "Grower"), say("收货人", "Received by")),
            qr_url=slip.trace_url,
            ribbon=slip.ribbon,
            page_words=say.page,
        ),
        font=font,
    )


def packing_list_pdf(
    packing: PackingList, language: Language, *, font: Path | None = None
) -> bytes:
    """Print the work list of a point's day."""
    say = _Words(language)
    total_g = sum(line.net_g for line in packing.lines)
    return sheet_pdf(
        Sheet(
            title=say("装箱单", "Packing list"),
            number=packing.number,
            facts=(
                (say("活动", "Sale"), packing.sale),
                (say("日期", "Day"), packing.day.isoformat()),
                (say("打包点", "Point"), packing.point),
                (say("负责人", "Leader"), packing.leader),
            ),
            columns=(
                Column(title=say("邮件号", "Parcel"), share=5),
                Column(title=say("订单", "Order"), share=3),
                Column(title=say("规格", "Listing"), share=5),
                Column(title=say("批次", "Lot"), share=4),
                Column(title=say("净重 kg", "Net kg"), share=2, is_number=True),
                Column(title="✓", share=1),
            ),
            rows=tuple(
                (_grouped(line.parcel), line.order, line.listing, line.lot, _kg(line.net_g), "□")
                for line in packing.lines
            ),
            totals=(
                (say("箱数", "Boxes"), f"{len(packing.lines):,}"),
                (say("净重合计", "Net in all"), f"{_kg(total_g)} kg"),
            ),
            signatures=(say("打包负责人", "Packing leader"),),
            ribbon=packing.ribbon,
            page_words=say.page,
        ),
        font=font,
    )


def despatch_manifest_pdf(
    manifest: DespatchManifest, language: Language, *, font: Path | None = None
) -> bytes:
    """Print the hand-over to the carrier, with room for his count beside ours."""
    say = _Words(language)
    total_g = sum(line.net_g for line in manifest.lines)
    return sheet_pdf(
        Sheet(
            title=say("交运清单", "Despatch manifest"),
            number=manifest.number,
            facts=(
                (say("封发时间", "Closed"), _instant(manifest.closed_at)),
                (say("支局", "Branch"), manifest.branch),
                (say("承运", "Carrier"), manifest.carrier),
                (say("路向", "Route"), manifest.route),
            ),
            columns=(
                Column(title="#", share=1, is_number=True),
                Column(title=say("邮件号", "Parcel"), share=5),
                Column(title=say("寄达", "Destination"), share=5),
                Column(title=say("净重 kg", "Net kg"), share=2, is_number=True),
                Column(title=say("保鲜至", "Sell by"), share=3),
            ),
            rows=tuple(
                (
                    str(place),
                    _grouped(line.parcel),
                    line.destination,
                    _kg(line.net_g),
                    line.sell_by.isoformat(),
                )
                for place, line in enumerate(manifest.lines, 1)
            ),
            totals=(
                (say("件数", "Parcels"), f"{len(manifest.lines):,}"),
                (say("净重合计", "Net in all"), f"{_kg(total_g)} kg"),
            ),
            notes=(
                say(
                    "承运方清点：实收 ______ 件　缺 ______ 件　多 ______ 件",
                    "Carrier's count: accepted ______   missing ______   surplus ______",
                ),
            ),
            signatures=(say("交出", "Handed over"), say("接收", "Accepted")),
            ribbon=manifest.ribbon,
            page_words=say.page,
        ),
        font=font,
    )


def settlement_statement_pdf(
    statement: SettlementStatement, language: Language, *, font: Path | None = None
) -> bytes:
    """Print what a grower or packer is paid, to the fen."""
    say = _Words(language)
    facts = [
        (say("开具时间", "Issued"), _instant(statement.issued_at)),
        (say("支局", "Branch"), statement.branch),
        (say("收款人", "Payee"), statement.party),
        (say("活动", "Sale"), statement.sale),
        (say("付款方式", "Paid by"), statement.paid_by),
    ]
    notes = []
    if statement.uplift_fen_per_kg is not None:
        facts.append((say("售出", "Sold"), f"{_kg(statement.sold_g)} kg"))
        notes.append(
            say(
                f"当日本地批发价 {say.yuan_per_kg(statement.wholesale_fen_per_kg)}；"
                f"每公斤多得 {say.yuan_per_kg(statement.uplift_fen_per_kg)}。",
                f"That day's local wholesale price: "
                f"{say.yuan_per_kg(statement.wholesale_fen_per_kg)}; "
                f"more per kilogram: {say.yuan_per_kg(statement.uplift_fen_per_kg)}.",
            )
        )
    return sheet_pdf(
        Sheet(
            title=say("结算单", "Settlement statement"),
            number=statement.number,
            facts=tuple(facts),
            columns=(
                Column(title=say("日期", "Day"), share=3),
                Column(title=say("项目", "For"), share=8),
                Column(title=say("数量", "Quantity"), share=3, is_number=True),
                Column(title=say("金额（元）", "Amount, yuan"), share=3, is_number=True),
            ),
            rows=tuple(
                (line.day.isoformat(), line.text, line.quantity, _yuan(line.amount_fen))
                for line in statement.lines
            ),
            totals=((say("应付合计（元）", "To pay, yuan"), _yuan(statement.total_fen)),),
            notes=tuple(notes),
            signatures=(say("经办", "Prepared"), say("审核", "Approved"), say("收款人", "Payee")),
            ribbon=statement.ribbon,
            page_words=say.page,
        ),
        font=font,
    )


def trace_report_pdf(report: TraceReport, language: Language, *, font: Path | None = None) -> bytes:
    """Print the way of the goods for an inspector."""
    say = _Words(language)
    direction = say("正向（召回）", "forward (recall)") if report.is_recall else say("反向", "back")
    return sheet_pdf(
        Sheet(
            title=say("追溯报告", "Trace report"),
            number=report.number,
            facts=(
                (say("标识", "Identifier"), report.identifier),
                (say("方向", "Direction"), direction),
                (say("开具时间", "Issued"), _instant(report.issued_at)),
                (say("事件数", "Events"), f"{len(report.lines):,}"),
            ),
            columns=(
                Column(title=say("时间", "Time"), share=4),
                Column(title=say("环节", "Step"), share=3),
                Column(title=say("地点", "Place"), share=4),
                Column(title=say("由", "From"), share=5),
                Column(title=say("到", "To"), share=5),
            ),
            rows=tuple(
                (_instant(line.at), line.step, line.place, line.source, line.result)
                for line in report.lines
            ),
            notes=(
                say(
                    "依据只增不改的 EPCIS 2.0 事件日志；不含个人信息。",
                    "From the append-only EPCIS 2.0 event log; without personal data.",
                ),
            ),
            qr_url=report.trace_url,
            ribbon=report.ribbon,
            page_words=say.page,
        ),
        font=font,
    )


class _Words:
    """Says things in the reader's language."""

    def __init__(self, language: Language) -> None:
        self._is_chinese = language is Language.CHINESE

    def __call__(self, zh: str, en: str) -> str:
        return zh if self._is_chinese else en

    @property
    def page(self) -> str:
        return self("第 {page} 页，共 {pages} 页", "page {page} of {pages}")

    def yuan_per_kg(self, fen_per_kg: int) -> str:
        return self(f"{_yuan(fen_per_kg)} 元/公斤", f"{_yuan(fen_per_kg)} yuan/kg")


def _yuan(fen: int) -> str:
    whole, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'−' if fen < 0 else ''}{whole:,}.{rest:02d}"


def _kg(weight_g: int) -> str:
    return f"{kilograms(weight_g):,.3f}".rstrip("0").rstrip(".")


def _instant(at: datetime) -> str:
    return f"{at.astimezone(_ZONE):%Y-%m-%d %H:%M}"


def _grouped(number: str) -> str:
    return s10.parse(number).grouped if s10.is_valid(number) else number
