"""Addresses of the site, by audience."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from postharvest.interfaces.web.views import shell, village

app_name = "web"
urlpatterns = [
    path("language/", set_language, name="language"),
    path("login/", LoginView.as_view(template_name="web/login.html"), name="login"),
    path("logout/", LogoutView.as_view(next_page="/"), name="logout"),
    path("theme/", shell.theme, name="theme"),
    path("land/<str:version>.svg", shell.land, name="land"),
    path("village/report/", village.report, name="village-report"),
    path("village/worker.js", village.worker, name="village-worker"),
    path("village/app.webmanifest", village.manifest, name="village-manifest"),
    path("village/reports/", village.reports, name="village-reports"),
    path("land/<str:version>.json", shell.outline, name="outline"),
    path("demo/clock/", shell.demo_clock, name="demo-clock"),
    path("demo/role/", shell.demo_role, name="demo-role"),
]
