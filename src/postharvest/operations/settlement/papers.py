"""Papers of money and tax, in Chinese: vouchers, signature sheets, postal orders, totals.

Names stand in full where the law or a counter clerk needs them; who printed is written down by
`payouts.lines_of_batch`.
"""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from postharvest.core.money_words import in_capitals
from postharvest.core.units import FEN_PER_YUAN, kilograms
from postharvest.core.vault.seal import unseal
from postharvest.operations.parcels.sheet import Column, Sheet, sheet_pdf
from postharvest.operations.settlement import journal
from postharvest.operations.settlement.models import InvoiceRequest, Payee, PayoutBatch
from postharvest.operations.settlement.models import PurchaseVoucher as Voucher
from postharvest.operations.settlement.payouts import PayoutLine

_PAGE = "第 {page} 页，共 {pages} 页"
_ZONE = ZoneInfo("Asia/Shanghai")
_KINDS = {Payee.Kind.SELF: "本人", Payee.Kind.PROXY: "代领", Payee.Kind.HEIR: "继承人"}
_TITLES = {Payee.Way.CASH: "现金发放签收表", Payee.Way.POSTAL_ORDER: "邮政汇款清单"}


def voucher_pdf(voucher: Voucher, *, ribbon: str) -> bytes:
    """Print a purchase voucher: who sold what he grew, how much, for how much, free of tax."""
    person = unseal(bytes(voucher.grower.contact.sealed)) if voucher.grower.contact else None
    surplus = voucher.sale.surplus
    per_kg = voucher.amount_fen * 1000 / voucher.weight_g if voucher.weight_g else 0
    return sheet_pdf(
        Sheet(
            title="农产品收购凭证",
            number=voucher.number,
            facts=(
                ("开具日期", f"{voucher.issued_at.astimezone(_ZONE):%Y-%m-%d}"),
                ("收购单位", voucher.sale.branch.name_zh),
                ("销售方", person.name if person else voucher.grower.code),
                ("联系电话", person.phone if person else ""),
                ("地址", f"{surplus.county.name_zh}{voucher.grower.village}"),
                ("税率", "免税（自产农产品）"),
            ),
            columns=(
                Column(title="品名", share=4),
                Column(title="等级", share=2),
                Column(title="数量 kg", share=2, is_number=True),
                Column(title="单价 元/kg", share=2, is_number=True),
                Column(title="金额 元", share=3, is_number=True),
            ),
            rows=(
                (
                    surplus.produce.name_zh,
                    surplus.grade,
                    f"{kilograms(voucher.weight_g):g}",
                    f"{per_kg / FEN_PER_YUAN:.4f}",
                    _yuan(voucher.amount_fen),
                ),
            ),
            totals=(
                ("合计金额（大写）", in_capitals(voucher.amount_fen)),
                ("税额", "0.00"),
            ),
            notes=("销售方确认：上述农产品为本人（户）自产，数量、金额属实。",),
            signatures=("销售方签字", "收购经办人", "单位盖章"),
            ribbon=ribbon,
            page_words=_PAGE,
        )
    )


def batch_pdf(batch: PayoutBatch, lines: Sequence[PayoutLine], *, ribbon: str) -> bytes:
    """Print the signature sheet of cash, or the list of postal orders, of a batch."""
    is_cash = batch.way == Payee.Way.CASH
    last = Column(title="签字 / 手印" if is_cash else "地址", share=5)
    total = sum(line.amount_fen for line in lines)
    return sheet_pdf(
        Sheet(
            title=_TITLES.get(Payee.Way(batch.way), "付款清单"),
            number=f"PB-{batch.pk}",
            facts=(
                ("日期", f"{batch.made_at.astimezone(_ZONE):%Y-%m-%d}"),
                ("基地", batch.base.name_zh),
            ),
            columns=(
                Column(title="序号", share=1, is_number=True),
                Column(title="收款人", share=3),
                Column(title="身份", share=2),
                Column(title="用途", share=4),
                Column(title="金额 元", share=3, is_number=True),
                last,
            ),
            rows=tuple(
                (
                    str(line.number),
                    line.name,
                    _KINDS[Payee.Kind(line.kind)],
                    line.purpose,
                    _yuan(line.amount_fen),
                    "" if is_cash else line.line,
                )
                for line in lines
            ),
            totals=(("合计", f"{_yuan(total)} 元"), ("大写", in_capitals(total))),
            notes=("代领、继承须附授权书或证明，并由经办人核对。",) if is_cash else (),
            signatures=("发放人", "监督人", "负责人") if is_cash else ("经办人", "复核人"),
            ribbon=ribbon,
            page_words=_PAGE,
        )
    )


def invoice_request_pdf(request: InvoiceRequest, *, ribbon: str) -> bytes:
    """Print a buyer's request for an invoice, for whoever issues it."""
    person = unseal(bytes(request.contact.sealed))
    order = request.order
    states = {"requested": "待开票", "issued": "已开票", "refused": "不予开票"}
    return sheet_pdf(
        Sheet(
            title="开票申请单",
            number=f"INV-{request.pk}",
            facts=(
                ("申请时间", f"{request.requested_at.astimezone(_ZONE):%Y-%m-%d %H:%M}"),
                ("状态", states[request.state]),
                ("抬头", person.name),
                ("税号", person.payee or "个人"),
                ("接收邮箱", person.line),
                ("发票号码", request.number or "—"),
            ),
            columns=(
                Column(title="订单", share=2),
                Column(title="品名", share=4),
                Column(title="数量", share=2, is_number=True),
                Column(title="税率", share=2),
                Column(title="金额 元", share=3, is_number=True),
            ),
            rows=(
                (
                    str(order.pk),
                    order.sale.surplus.produce.name_zh,
                    str(order.quantity),
                    "免税",
                    _yuan(order.total_fen),
                ),
            ),
            totals=(("合计（大写）", in_capitals(order.total_fen)),),
            signatures=("经办人",),
            ribbon=ribbon,
            page_words=_PAGE,
        )
    )


def account_totals_pdf(*, title: str, scope: str, first: date, last: date, ribbon: str) -> bytes:
    """Print what every account of a region gained and lost in some days, with the tax in it."""
    rows = journal.account_totals(scope=scope, first=first, last=last)
    debit = sum(row.debit_fen for row in rows)
    credit = sum(row.credit_fen for row in rows)
    return sheet_pdf(
        Sheet(
            title="科目汇总表",
            number=f"{first:%Y%m%d}-{last:%Y%m%d}",
            facts=(("单位", title), ("期间", f"{first} 至 {last}")),
            columns=(
                Column(title="科目", share=5),
                Column(title="税率", share=2),
                Column(title="借方 元", share=3, is_number=True),
                Column(title="贷方 元", share=3, is_number=True),
                Column(title="其中税额 元", share=3, is_number=True),
            ),
            rows=tuple(
                (
                    row.name,
                    f"{row.tax_bp / 100:g}%",
                    _yuan(row.debit_fen),
                    _yuan(row.credit_fen),
                    _yuan(row.tax_fen),
                )
                for row in rows
            ),
            totals=(("借方合计", _yuan(debit)), ("贷方合计", _yuan(credit))),
            signatures=("制表人", "复核人"),
            ribbon=ribbon,
            page_words=_PAGE,
        )
    )


def _yuan(fen: int) -> str:
    whole, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"
