from django.apps import AppConfig


class SignIn(AppConfig):
    name = "postharvest.core.signin"
    default_auto_field = "django.db.models.BigAutoField"
