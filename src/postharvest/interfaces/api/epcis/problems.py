"""What went wrong, as RFC 9457 problem documents under the standard's exception names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request

from postharvest.core.epcis.documents import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of problem: EPCIS 2.0's exception name, the status, the title in both languages."""

    exception: str
    code: str
    status: int
    zh: str
    en: str


INVALID = Kind(
    exception="ValidationException",
    code="epcis_invalid",
    status=400,
    zh="文档不符合 EPCIS 2.0",
    en="The document is not valid EPCIS 2.0",
)
PARAMETER = Kind(
    exception="QueryParameterException",
    code="epcis_parameter",
    status=400,
    zh="查询参数有误",
    en="A query parameter is wrong",
)
NOT_OFFERED = Kind(
    exception="ImplementationException",
    code="epcis_not_implemented",
    status=501,
    zh="本仓库不提供此功能",
    en="This repository does not offer this",
)
CONFLICT = Kind(
    exception="ResourceAlreadyExistsException",
    code="epcis_conflict",
    status=409,
    zh="事件标识已用于其他内容",
    en="The event identifier is known with other content",
)
CAPTURE_TOO_LARGE = Kind(
    exception="CaptureLimitExceededException",
    code="epcis_too_large",
    status=413,
    zh="一次提交的内容过多",
    en="Too much in one capture",
)
RESULT_TOO_LARGE = Kind(
    exception="QueryTooLargeException",
    code="epcis_result_too_large",
    status=413,
    zh="查询结果过多",
    en="The answer is too large",
)
NO_KEY = Kind(
    exception="SecurityException",
    code="unauthorized",
    status=401,
    zh="缺少有效的访问令牌",
    en="A valid access token is needed",
)
NOT_ALLOWED = Kind(
    exception="SecurityException",
    code="forbidden",
    status=403,
    zh="令牌无此权限",
    en="The token does not cover this",
)
NOT_FOUND = Kind(
    exception="NoSuchResourceException",
    code="not_found",
    status=404,
    zh="没有此资源",
    en="There is no such resource",
)
METHOD = Kind(
    exception="MethodNotAllowedException",
    code="method_not_allowed",
    status=405,
    zh="此资源不支持该方法",
    en="This resource does not know the method",
)
NOT_ACCEPTABLE = Kind(
    exception="NotAcceptableException",
    code="not_acceptable",
    status=406,
    zh="无法按所要求的版本或格式答复",
    en="Can't answer in the version or form that is asked for",
)
MEDIA_TYPE = Kind(
    exception="UnsupportedMediaTypeException",
    code="media_type",
    status=415,
    zh="只接受 JSON",
    en="Only JSON is taken",
)


def problem(
    request: HttpRequest,
    kind: Kind,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Answer with a problem document; ``errors`` point at each fault."""
    chinese = get_language_from_request(request).startswith("zh")
    body: dict[str, object] = {
        "type": f"epcisException:{kind.exception}",
        "title": kind.zh if chinese else kind.en,
        "status": kind.status,
        "code": kind.code,
        "detail": detail,
        "instance": request.path,
    }
    if faults:
        body["errors"] = [fault.as_json() for fault in faults]
    return HttpResponse(
        msgspec.json.encode(body),
        status=kind.status,
        content_type="application/problem+json",
        headers=dict(headers or {}),
    )
