from django.apps import AppConfig


class Members(AppConfig):
    name = "postharvest.operations.members"
    default_auto_field = "django.db.models.BigAutoField"
