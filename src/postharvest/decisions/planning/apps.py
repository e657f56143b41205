from django.apps import AppConfig


class Planning(AppConfig):
    name = "postharvest.decisions.planning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from postharvest.decisions.planning import reactions  # noqa: F401, PLC0415
