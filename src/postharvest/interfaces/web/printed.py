"""Papers as answers to a browser."""

from django.http import HttpResponse


def sent_pdf(content: bytes, *, name: str) -> HttpResponse:
    """Answer with a paper that the browser shows."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
