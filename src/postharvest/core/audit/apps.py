from django.apps import AppConfig


class Audit(AppConfig):
    name = "postharvest.core.audit"
    default_auto_field = "django.db.models.BigAutoField"
