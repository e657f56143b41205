"""The resources of EPCIS 2.0 that we offer, those that we don't, and two traces of our own."""

from django.urls import path, re_path

from postharvest.interfaces.api.epcis import views

app_name = "epcis"

urlpatterns = [
    path("capture", views.capture, name="capture"),
    path("capture/<str:capture_id>", views.capture_job, name="capture-job"),
    path("events", views.events, name="events"),
    path("events/<path:event_id>", views.event, name="event"),
    re_path(r"^traces/(?P<direction>forward|back)$", views.trace, name="trace"),
    re_path(
        r"^(?P<resource>queries|eventTypes|epcs|bizSteps|bizLocations|readPoints|dispositions)"
        r"(?:/.*)?$",
        views.not_offered,
        name="not-offered",
    ),
    re_path(r"", views.unknown, name="unknown"),
]
