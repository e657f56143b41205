from django.apps import AppConfig


class Arrivals(AppConfig):
    name = "postharvest.decisions.arrivals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from postharvest.decisions.arrivals import reactions  # noqa: F401, PLC0415
