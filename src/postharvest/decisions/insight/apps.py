from django.apps import AppConfig


class Insight(AppConfig):
    name = "postharvest.decisions.insight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from postharvest.decisions.insight import reactions  # noqa: F401, PLC0415
