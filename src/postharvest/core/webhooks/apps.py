from django.apps import AppConfig


class Webhooks(AppConfig):
    name = "postharvest.core.webhooks"
    default_auto_field = "django.db.models.BigAutoField"
