"""Where each face of the product is found."""

from django.urls import URLPattern, URLResolver, include, path

from postharvest.interfaces import broken
from postharvest.interfaces.api.metrics.views import metrics
from postharvest.interfaces.api.v1 import views

handler500 = broken.handler500
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz),
    path("readyz", views.readyz),
    path("metrics", metrics),
    path("api/v1/", include("postharvest.interfaces.api.v1.urls")),
    path("epcis/v2/", include("postharvest.interfaces.api.epcis.urls")),
    path("", include("postharvest.interfaces.web.urls")),
]
