from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class Web(AppConfig):
    name = "postharvest.interfaces.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the folder of collected files, full or empty: whitenoise warns without one."""
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
