"""What is answered when something broke: a disk that can't be written is said, not dressed up.

No table is read and no session written here: both may be what broke.
"""

import errno
import logging
import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token

from postharvest.interfaces.api.problems import Problem
from postharvest.interfaces.api.v1.resource import problem

RETRY_AFTER_S = "30"
STORAGE_WORDS = (
    "disk is full", "disk I/O error", "readonly database", "read-only", "unable to open database",
    "No space left", "could not extend file", "connection to server", "connection failed",
    "server closed the connection", "the connection is closed", "terminating connection",
)  # fmt: skip
STORAGE_ERRNOS = (errno.ENOSPC, errno.EROFS, errno.EFBIG, errno.EDQUOT)
_logger = logging.getLogger("postharvest.storage")


def broken(request: HttpRequest) -> HttpResponse:
    """Answer for an exception that nobody expected, in words or as a problem document."""
    error = sys.exc_info()[1]
    is_storage = error is not None and is_storage_trouble(error)
    if is_storage:
        _logger.error("nothing was stored for %s %s: %s", request.method, request.path, error)
    status = 503 if is_storage else 500
    if request.path.startswith(("/api/", "/epcis/", "/metrics", "/readyz")):
        code = "storage_trouble" if is_storage else "broken"
        detail = "nothing was stored; ask again with the same key" if is_storage else "it is noted"
        response = problem(request, Problem(code=code, detail=detail))
    else:
        page = loader.render_to_string("503.html" if is_storage else "500.html")
        response = HttpResponse(page, status=status)
    if is_storage:
        response.headers["Retry-After"] = RETRY_AFTER_S
    return response


def is_storage_trouble(error: BaseException) -> bool:
    """Whether the disk or the database can't be written or reached: no fault of the code."""
    if isinstance(error, OSError):
        return error.errno in STORAGE_ERRNOS
    return isinstance(error, DatabaseError) and any(one in str(error) for one in STORAGE_WORDS)


handler500 = requires_csrf_token(broken)
