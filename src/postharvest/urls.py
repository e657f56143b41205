"""Where each face of the product is found."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("epcis/v2/", include("postharvest.interfaces.api.epcis.urls")),
    path("", include("postharvest.interfaces.web.urls")),
]
