"""The books as the accounting system takes them: a journal in CSV, and totals by account."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet, Sum

from postharvest.core.clock.time import at_hour, local_day
from postharvest.core.tables.writing import harmless
from postharvest.core.units import FEN_PER_YUAN
from postharvest.operations.settlement import accounts, taxes
from postharvest.operations.settlement.models import Line

COLUMNS = (
    "凭证号", "日期", "摘要", "科目", "科目名称", "基地", "活动", "借方(元)", "贷方(元)",
    "税率(%)", "其中税额(元)",
)  # fmt: skip
NAMES = {
    "deposit": "预收货款", "carrier": "应收承运人", "postage": "邮费", "packaging": "包装费",
    "fee": "平台服务费", "points": "打包点费用", "team_places": "团购补位", "shortfall": "平台补亏",
    "platform_loss": "平台损失", "packing_loss": "打包损失", "cash": "货币资金",
    "pool": "应付农户货款池", "wages": "打包工资准备", "grower": "应付农户", "packer": "应付打包工",
    "channel": "应收渠道", "freight": "大宗运费", "goods": "收购货款", "advances": "预付农户",
    "margin": "收购差价", "floor": "保底差额",
}  # fmt: skip
KINDS = {
    "payment": "收款", "refund": "退款", "split": "妥投结算", "claim": "售后赔付",
    "withdrawn": "撤回损失", "resent": "重寄邮费", "wages": "打包工资", "point": "打包点费用",
    "pool": "农户分配", "wages_rest": "工资结余", "payout": "付款", "correction": "更正",
    "team_places": "团购补位", "bulk": "大宗发货", "bulk_paid": "大宗收款", "handover": "交货应付",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTotal:
    """What one kind of account gained and lost in some days, at one rate of tax."""

    kind: str
    name: str
    tax_bp: int
    debit_fen: int
    credit_fen: int
    tax_fen: int


def journal_csv(*, scope: str, first: date, last: date) -> bytes:
    """Write every line of a region's books posted from one day to another, as spreadsheets read it.

    Lines of one entry stand together and sum to zero; parties are named by their numbers only.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in _rows(scope, first, last))
    return out.getvalue().encode("utf-8-sig")


def account_totals(*, scope: str, first: date, last: date) -> list[AccountTotal]:
    """Sum a region's books by kind of account and rate of tax; debits equal credits in all."""
    rows = _lines(scope, first, last).values_list("account", "tax_bp").order_by()
    sums: dict[tuple[str, int], list[int]] = {}
    for account, tax_bp, debit, credit in rows.annotate(
        debit=Sum("amount_fen", filter=Q(amount_fen__gt=0), default=0),
        credit=Sum("amount_fen", filter=Q(amount_fen__lt=0), default=0),
    ):
        both = sums.setdefault((accounts.kind_of(account), tax_bp), [0, 0])
        both[0] += debit
        both[1] -= credit
    return [
        AccountTotal(
            kind=kind,
            name=NAMES.get(kind, kind),
            tax_bp=tax_bp,
            debit_fen=debit,
            credit_fen=credit,
            tax_fen=taxes.contained_fen(credit - debit, tax_bp),
        )
        for (kind, tax_bp), (debit, credit) in sorted(sums.items())
    ]


def _lines(scope: str, first: date, last: date) -> QuerySet[Line]:
    return Line.objects.filter(
        entry__base__county__code__startswith=scope,
        entry__posted_at__gte=at_hour(first, 0),
        entry__posted_at__lt=at_hour(last, 24),
    )


def _rows(scope: str, first: date, last: date) -> Iterator[tuple[str, ...]]:
    rows = _lines(scope, first, last).select_related("entry__base").order_by("entry_id", "pk")
    for line in rows.iterator(chunk_size=5000):
        entry, kind = line.entry, accounts.kind_of(line.account)
        yield (
            str(entry.pk),
            local_day(entry.posted_at).isoformat(),
            entry.note or KINDS.get(entry.kind, entry.kind),
            line.account,
            NAMES.get(kind, kind),
            entry.base.code,
            str(entry.sale_id or ""),
            _yuan(line.amount_fen) if line.amount_fen > 0 else "",
            _yuan(-line.amount_fen) if line.amount_fen < 0 else "",
            f"{line.tax_bp / 100:g}",
            _yuan(abs(taxes.contained_fen(line.amount_fen, line.tax_bp))),
        )


def _yuan(fen: int) -> str:
    whole, rest = divmod(fen, FEN_PER_YUAN)
    return f"{whole}.{rest:02d}"
