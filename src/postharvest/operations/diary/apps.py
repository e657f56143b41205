from django.apps import AppConfig


class Diary(AppConfig):
    name = "postharvest.operations.diary"
    default_auto_field = "django.db.models.BigAutoField"
