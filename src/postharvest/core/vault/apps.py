from django.apps import AppConfig


class Vault(AppConfig):
    name = "postharvest.core.vault"
    default_auto_field = "django.db.models.BigAutoField"
