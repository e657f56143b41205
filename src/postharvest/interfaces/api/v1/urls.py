"""Paths of the API, version 1."""

from django.urls import path

from postharvest.interfaces.api.v1 import payments, views

urlpatterns = [
    path("sales", views.sales),
    path("orders", views.place),
    path("orders/<str:number>", views.one_order),
    path("orders/<str:number>/cancel", views.cancel),
    path("payments/<str:provider>", payments.take),
    path("scans", views.scans),
    path("openapi.json", views.openapi),
]
