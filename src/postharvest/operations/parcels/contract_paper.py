"""The one-page offer that a grower signs: what he gives, what he gets, who bears what.

Always in plain Chinese: it is read out in a yard, and one copy stays there.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from postharvest.core.units import FEN_PER_YUAN, GRAMS_PER_JIN, GRAMS_PER_KG, kilograms
from postharvest.core.vault.seal import unseal
from postharvest.operations.harvest.models import Contract
from postharvest.operations.parcels.sheet import Column, Sheet, sheet_pdf

_GRADES = {"first": "一级", "second": "二级", "mixed": "统货（不分级）"}
_TAKEN_OFF = {
    "postage": "邮费（按邮政实际收费）",
    "packaging": "纸箱和缓冲材料（按实际用量）",
    "packing": "打包工钱（按件）",
    "points": "打包点费用（场地、转运）",
    "fee": "平台和支付手续费",
}
"""Each deduction that a contract may name, in the words of its paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractPaper:
    """What stands on the offer."""

    number: str
    day: date
    branch: str
    grower: str
    village: str
    crop: str
    grade: str
    weight_g: int
    harvest_from: date
    harvest_to: date
    is_purchase: bool
    price_fen_per_kg: int
    floor_fen_per_kg: int
    advance_fen_per_kg: int
    deductions: tuple[str, ...]
    branch_bears_unsold: bool
    ribbon: str = ""


def paper_of(contract: Contract, *, ribbon: str) -> ContractPaper:
    """Gather what a contract's paper says; the grower's name stands on his own paper in full."""
    offer, surplus = contract.offer, contract.offer.part.surplus
    contact = offer.grower.contact
    return ContractPaper(
        number=contract.number,
        day=contract.offered_at.date(),
        branch=surplus.branch.name_zh,
        grower=unseal(bytes(contact.sealed)).name if contact else offer.grower.code,
        village=offer.grower.village,
        crop=surplus.produce.name_zh,
        grade=_GRADES.get(contract.grade, contract.grade),
        weight_g=contract.weight_g,
        harvest_from=offer.part.harvest_from,
        harvest_to=offer.part.harvest_to,
        is_purchase=contract.kind == Contract.Kind.PURCHASE,
        price_fen_per_kg=contract.price_fen_per_kg,
        floor_fen_per_kg=contract.floor_fen_per_kg,
        advance_fen_per_kg=contract.advance_fen_per_kg,
        deductions=tuple(contract.deductions),
        branch_bears_unsold=contract.if_unsold == Contract.Unsold.BRANCH,
        ribbon=ribbon,
    )


def contract_pdf(paper: ContractPaper, *, font: Path | None = None) -> bytes:
    """Print the offer on one page."""
    kg = f"{kilograms(paper.weight_g):,.0f} 公斤（{paper.weight_g / GRAMS_PER_JIN:,.0f} 斤）"
    terms = _purchase(paper) if paper.is_purchase else _share(paper)
    return sheet_pdf(
        Sheet(
            title="收购约定" if paper.is_purchase else "代销约定（净额分成）",
            number=paper.number,
            facts=(
                ("邮政", paper.branch),
                ("农户", paper.grower),
                ("村", paper.village),
                ("日期", f"{paper.day:%Y-%m-%d}"),
                ("品名和等级", f"{paper.crop} · {paper.grade}"),
                ("数量", kg),
                ("采收", f"{paper.harvest_from:%Y-%m-%d} 至 {paper.harvest_to:%Y-%m-%d}"),
            ),
            columns=(Column(title="约定", share=2), Column(title="内容", share=7)),
            rows=terms,
            notes=(
                "以交货时过磅的净重和分级结果为准：不合格的果子当场退回，不计价。",
                "本约定一式两份，双方各执一份，签字后生效。有不明白的地方，请先问清楚再签。",
            ),
            signatures=("农户（或代签人）", "邮政经办人"),
            ribbon=paper.ribbon,
            page_words="第 {page} 页，共 {pages} 页",
        ),
        font=font,
    )


def _purchase(paper: ContractPaper) -> tuple[tuple[str, ...], ...]:
    whole_fen = paper.weight_g * paper.price_fen_per_kg // GRAMS_PER_KG
    return (
        ("价格", f"{_per_kg(paper.price_fen_per_kg)}，一口价，不再变动。"),
        ("什么时候给钱", "交货过磅后当场结算付款。"),
        ("按约定数量合计", f"{whole_fen / FEN_PER_YUAN:,.2f} 元（以实际过磅为准）。"),
        ("卖不完怎么办", "由邮政承担，与农户无关。"),
        ("卖高了、卖低了", "盈亏都由邮政承担，农户不多拿也不少拿。"),
    )


def _share(paper: ContractPaper) -> tuple[tuple[str, ...], ...]:
    taken_off = "；".join(_TAKEN_OFF[name] for name in paper.deductions)
    advance = "不预付。"
    if paper.advance_fen_per_kg:
        advance = (
            f"交货过磅后先付 {_per_kg(paper.advance_fen_per_kg)}，"
            "算在分成里；卖得不好也不要求退还。"
        )
    floor = "没有保底价。"
    if paper.floor_fen_per_kg:
        floor = f"不低于 {_per_kg(paper.floor_fen_per_kg)}；分成低于保底的部分由邮政补足。"
    unsold = "没有卖出的由农户取回或自行处理，不计分成和保底。"
    if paper.branch_bears_unsold:
        unsold = "已交货但没有卖出的，邮政也按保底价付款。"
    return (
        ("农户得多少", "买家付的钱减去下面写明的各项，剩下的全部归农户，按各户卖出的重量分。"),
        ("扣除哪些", f"{taken_off}。除此以外一律不扣。"),
        ("保底", floor),
        ("预付", advance),
        ("卖不完怎么办", unsold),
        ("什么时候给钱", "销售结束、包裹签收后结算，付余款，并给每户一张明细单。"),
    )


def _per_kg(fen_per_kg: int) -> str:
    jin_yuan = fen_per_kg * GRAMS_PER_JIN / GRAMS_PER_KG / FEN_PER_YUAN
    return f"每公斤 {fen_per_kg / FEN_PER_YUAN:.2f} 元（每斤 {jin_yuan:.3f} 元）"
