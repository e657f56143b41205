from django.apps import AppConfig


class Web(AppConfig):
    name = "postharvest.interfaces.web"
    default_auto_field = "django.db.models.BigAutoField"
