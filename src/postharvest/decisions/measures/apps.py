from django.apps import AppConfig


class Measures(AppConfig):
    name = "postharvest.decisions.measures"
    default_auto_field = "django.db.models.BigAutoField"
