"""Static files as whole answers: they are small, and an ASGI server wants no sync streams."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]


class WholeFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Whitenoise, except that a file is read at once and closed."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:  # noqa: ANN401
        """Answer with the file, compressed as the browser likes it."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file:
                content = found.file.read()
        response = HttpResponse(content, status=int(found.status))
        del response["content-type"]
        for key, value in found.headers:
            response[key] = value
        return response
