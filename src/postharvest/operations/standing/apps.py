from django.apps import AppConfig


class Standing(AppConfig):
    name = "postharvest.operations.standing"
    default_auto_field = "django.db.models.BigAutoField"
