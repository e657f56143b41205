"""RFC 9457 problem documents, in the reader's language."""

from dataclasses import dataclass, field
from typing import Any

TYPE = "application/problem+json"
CHINESE = {
    "invalid": "请求内容有误",
    "malformed": "请求不是合法的 JSON",
    "too_long": "请求内容太长",
    "price_changed": "价格已变，请确认新价格",
    "wrong_channel": "这个渠道不接受这种订单",
    "no_team_price": "这个商品没有拼团价",
    "idempotency_key_missing": "缺少 Idempotency-Key 请求头",
    "key_reused": "这个 Idempotency-Key 已用于另一个请求",
    "unknown_listing": "没有这个商品",
    "unknown_team": "没有这个团",
    "not_found": "找不到",
    "unauthorised": "需要有效的令牌",
    "not_allowed": "这个令牌无权这样做",
    "method_not_allowed": "这里不能这样请求",
    "precondition_failed": "内容已变，请重新读取",
    "precondition_required": "请带上 If-Match",
    "too_large": "请求太大",
    "unsupported_media_type": "请求的格式不对",
    "sold_out": "已经卖完",
    "day_full": "这几天的货已经排满",
    "not_fresh_there": "送到那里不够新鲜，所以不卖",
    "sale_closed": "现在不接受订单",
    "team_full": "这个团已满或已结束",
    "limit_reached": "已到每人限购数量",
    "busy": "现在太忙，请稍后用同一个键再试",
    "too_many_requests": "请求太频繁",
    "unknown_outcome": "结果未知，请用同一个键再试",
    "storage_trouble": "现在存不进去，什么也没有存下，请稍后用同一个键再试",
    "broken": "出错了，我们已经记下",
    "harvest.contract_bound": "已签的合同不能更改",
    "network.base_closed": "基地已关闭，不再接新业务",
    "network.contract_exists": "这个基地已有同号合同",
    "network.county_taken": "这个县已由别的基地负责",
    "orders.bulk_not_possible": "活动或当天没有这么多可供批发",
    "planning.scenario_adopted": "正在执行的方案不能丢弃",
    "planning.scenario_not_ready": "这个情景还没有方案",
    "bad_signature": "签名不对",
    "font_missing": "缺少中文字体",
    "campaigns.day_below_reserved": "当天已接的订单比这更多",
    "campaigns.sale_not_open": "这场活动现在不接单",
    "campaigns.share_taken": "这么多已经卖出或预留",
    "harvest.key_reused": "这个编号已用于另一份上报",
    "harvest.more_than_offered": "超过了农户上报的数量",
    "harvest.wrong_state": "这份上报现在不能这样处理",
    "network.already_open": "已经开通",
    "network.capacity_below_reserved": "已占用的运力比这更多",
    "network.illegal_move": "不能这样变更",
    "network.no_capacity_left": "没有剩余运力",
    "orders.claim_impossible": "这个订单不能这样申请售后",
    "orders.illegal_transition": "订单现在不能这样处理",
    "packing.already_signed_in": "已在别的打包点签到",
    "packing.more_than_cut": "超过了采收的数量",
    "packing.more_than_there": "打包点没有这么多货",
    "packing.not_signed_in": "没有在这里签到",
    "packing.shift_not_open": "这个班次没有开放",
    "parcels.invoice_known": "这张邮资账单已经录入",
    "parcels.numbers_exhausted": "邮件号码已用完",
    "planning.already_decided": "这份方案已有结论",
    "planning.nothing_to_sell": "方案不建议上网销售",
    "settlement.owed_less": "应付的没有这么多",
    "settlement.sale_not_finished": "这场活动还没有结束",
    "settlement.same_person": "提出和批准不能是同一人",
}
REFUSED_ZH = "现在不能这样做"
"""For refusals that have no title of their own; `code` and `detail` say which it is."""
STATUS = {
    "not_allowed": 403,
    "method_not_allowed": 405,
    "precondition_failed": 412,
    "too_large": 413,
    "unsupported_media_type": 415,
    "precondition_required": 428,
    "invalid": 422,
    "key_reused": 422,
    "malformed": 400,
    "too_long": 413,
    "idempotency_key_missing": 400,
    "unknown_listing": 404,
    "unknown_team": 404,
    "not_found": 404,
    "unauthorised": 401,
    "too_many_requests": 429,
    "busy": 503,
    "unknown_outcome": 503,
    "storage_trouble": 503,
    "broken": 500,
}
CONFLICT = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, for a program (``code``) and for a person (``detail``)."""

    code: str
    detail: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUS.get(self.code, CONFLICT)

    def document(self, *, chinese: bool) -> dict[str, Any]:
        """Return the document as it is sent; ``pointer`` names the field that is wrong."""
        title = CHINESE.get(self.code, REFUSED_ZH) if chinese else self.code.replace("_", " ")
        out = {
            "type": f"urn:postharvest:problem:{self.code}",
            "title": title,
            "status": self.status,
            "code": self.code,
            "detail": title if chinese and self.code in CHINESE else self.detail,
            **{k: v for k, v in self.facts.items() if k != "field"},
        }
        if "field" in self.facts:
            out["pointer"] = "/" + str(self.facts["field"]).replace(".", "/")
            out["detail"] = self.detail
        return out


def wants_chinese(accept_language: str) -> bool:
    """Whether the first language asked for is Chinese."""
    return accept_language.strip().lower().startswith("zh")
