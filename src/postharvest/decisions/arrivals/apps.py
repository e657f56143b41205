from django.apps import AppConfig


class Arrivals(AppConfig):
    name = "postharvest.decisions.arrivals"
    default_auto_field = "django.db.models.BigAutoField"
