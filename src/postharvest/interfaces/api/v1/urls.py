"""Paths of the API, version 1."""

from django.urls import path, re_path

from postharvest.interfaces.api.v1 import payments, views
from postharvest.interfaces.api.v1.operations import OPERATIONS
from postharvest.interfaces.api.v1.resource import urls_of

urlpatterns = [
    *urls_of(OPERATIONS),
    path("payments/<str:provider>", payments.take),
    path("openapi.json", views.openapi),
    re_path(r"^[\s\S]*$", views.unknown),
]
