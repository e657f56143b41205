from django.apps import AppConfig


class Notices(AppConfig):
    name = "postharvest.operations.notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from postharvest.operations.notices import reactions  # noqa: F401, PLC0415
