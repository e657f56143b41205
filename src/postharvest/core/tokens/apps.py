from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "postharvest.core.tokens"
    label = "tokens"
