from django.apps import AppConfig


class Clock(AppConfig):
    name = "postharvest.core.clock"
    default_auto_field = "django.db.models.BigAutoField"
