from django.apps import AppConfig


class EpcisConfig(AppConfig):
    name = "postharvest.core.epcis"
    label = "epcis"
