"""RFC 9457 problem documents, in the reader's language."""

from dataclasses import dataclass, field
from typing import Any

TYPE = "application/problem+json"
_ZH = {
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
    "sold_out": "已经卖完",
    "day_full": "这几天的货已经排满",
    "not_fresh_there": "送到那里不够新鲜，所以不卖",
    "sale_closed": "现在不接受订单",
    "team_full": "这个团已满或已结束",
    "limit_reached": "已到每人限购数量",
    "busy": "现在太忙，请稍后用同一个键再试",
    "too_many_requests": "请求太频繁",
    "unknown_outcome": "结果未知，请用同一个键再试",
}
STATUS = {
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
        title = _ZH.get(self.code, self.code) if chinese else self.code.replace("_", " ")
        out = {
            "type": f"urn:postharvest:problem:{self.code}",
            "title": title,
            "status": self.status,
            "code": self.code,
            "detail": title if chinese and self.code in _ZH else self.detail,
            **{k: v for k, v in self.facts.items() if k != "field"},
        }
        if "field" in self.facts:
            out["pointer"] = "/" + str(self.facts["field"]).replace(".", "/")
            out["detail"] = self.detail
        return out


def wants_chinese(accept_language: str) -> bool:
    """Whether the first language asked for is Chinese."""
    return accept_language.strip().lower().startswith("zh")
