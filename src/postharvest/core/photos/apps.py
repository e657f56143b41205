from django.apps import AppConfig


class Photos(AppConfig):
    name = "postharvest.core.photos"
    default_auto_field = "django.db.models.BigAutoField"
